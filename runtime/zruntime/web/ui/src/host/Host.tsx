import type { ComponentType } from "react";
import { BrowserRouter, MemoryRouter, Route, Routes, useParams } from "react-router-dom";
import type { Places } from "../places";
import type { Shown } from "../shown";
import type { HostPage } from "./page";
import { RunList } from "./RunList";
import css from "./host.css?inline";

/** The page outside Airflow: a list of runs, and the lineage of each; or that of a single run. */
export function Host({ page }: { readonly page: HostPage }) {
  return (
    <>
      <style>{css}</style>
      {page.run === null ? (
        <BrowserRouter>
          <Routes>
            <Route element={<RunList />} path="/" />
            <Route element={<ServedRun />} path="/runs/:pipeline/:name" />
          </Routes>
        </BrowserRouter>
      ) : (
        <MemoryRouter>
          <LineagePage shown={{ run: page.run, places: ALONE }} />
        </MemoryRouter>
      )}
    </>
  );
}

const ALONE: Places = { task: () => null, run: () => null };

const SERVED: Places = {
  task: () => null,
  run: ({ pipeline, run }) => runPath(pipeline, run),
};

export const runPath = (pipeline: string, run: string) =>
  `/runs/${encodeURIComponent(pipeline)}/${encodeURIComponent(run)}`;

function ServedRun() {
  const { name = "", pipeline = "" } = useParams();
  const url = new URL(`/api${runPath(pipeline, name)}`, document.baseURI).href;
  return <LineagePage shown={{ url, places: SERVED }} />;
}

/** The page of the lineage bundle, which is a script of its own. */
function LineagePage({ shown }: { readonly shown: Shown }) {
  const { AirflowPlugin: Lineage } = globalThis as unknown as {
    readonly AirflowPlugin: ComponentType<{ readonly shown: Shown }>;
  };
  return <Lineage shown={shown} />;
}
