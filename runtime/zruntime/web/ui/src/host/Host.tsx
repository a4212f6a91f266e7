import type { ComponentType } from "react";
import { BrowserRouter, Link, MemoryRouter, Route, Routes, useParams } from "react-router-dom";
import { NOWHERE, type Places } from "../places";
import type { Run } from "../record";
import type { Shown } from "../shown";
import css from "./host.css?inline";
import { runPath } from "./paths";
import { RunList } from "./RunList";

/**
 * The page outside Airflow: a list of runs, and the lineage of each; or that of a single run.
 *
 * @param run The record of the only run; null for a page that a server gives.
 */
export function Host({ run }: { readonly run: Run | null }) {
  return (
    <>
      <style>{css}</style>
      {run === null ? (
        <BrowserRouter>
          <Routes>
            <Route element={<RunList />} path="/" />
            <Route element={<ServedRun />} path="/runs/:pipeline/:name" />
          </Routes>
        </BrowserRouter>
      ) : (
        <MemoryRouter>
          <h1>{run.name}</h1>
          <LineagePage shown={{ run, places: NOWHERE }} />
        </MemoryRouter>
      )}
    </>
  );
}

const api = (path: string) => new URL(`/api${path}`, document.baseURI).href;

const served = (path: string): Places => ({
  ...NOWHERE,
  record: api(path),
  comparable: {
    runs: api("/runs"),
    comparison: (other) => api(`${path}/compared/${encodeURIComponent(other)}`),
  },
  run: ({ pipeline, run }) => runPath(pipeline, run),
});

function ServedRun() {
  const { name = "", pipeline = "" } = useParams();
  const path = runPath(pipeline, name);
  return (
    <>
      <nav aria-label="Breadcrumb">
        <Link to="/">Runs</Link>
        <h1>{name}</h1>
      </nav>
      <LineagePage shown={{ url: api(path), places: served(path) }} />
    </>
  );
}

/** The page of the lineage bundle, which is a script of its own. */
function LineagePage({ shown }: { readonly shown: Shown }) {
  const { AirflowPlugin: Lineage } = globalThis as unknown as {
    readonly AirflowPlugin: ComponentType<{ readonly shown: Shown }>;
  };
  return <Lineage shown={shown} />;
}
