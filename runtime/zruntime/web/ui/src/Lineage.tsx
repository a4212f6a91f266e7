import { type Address, pageAddress } from "./address";
import { summary } from "./format";
import { GraphView } from "./graph/GraphView";
import { useNow, useRecord } from "./hooks";
import { DetailsPanel } from "./panel/DetailsPanel";
import { airflowPlaces, PlacesContext } from "./places";
import type { Run } from "./record";
import { recordUrl } from "./routes";
import { type Selected, useSelection } from "./selection";
import type { Shown } from "./shown";
import { Legend } from "./StateBadge";
import { StepTable } from "./StepTable";
import css from "./styles";
import { ViewSwitch } from "./ViewSwitch";

export interface LineageProps {
  /** The Dag and its run, where Airflow shows the page. */
  readonly dagId?: string;
  readonly runId?: string;
  /** What to show outside Airflow. */
  readonly shown?: Shown;
}

/** The Lineage tab of a Dag run; outside Airflow, the page of a run. */
export function Lineage({ dagId, runId, shown }: LineageProps) {
  const page = shown ?? inAirflow(dagId, runId);
  return (
    <section aria-label="Lineage" className="zcompile">
      <style>{css}</style>
      {page === null ? (
        <NoRecord />
      ) : (
        <PlacesContext value={page.places}>
          {page.run === undefined ? (
            <RunPage key={page.url} url={page.url} />
          ) : (
            <RunSteps notice={null} run={page.run} />
          )}
        </PlacesContext>
      )}
    </section>
  );
}

const inAirflow = (dagId: string | undefined, runId: string | undefined): Shown | null =>
  dagId === undefined || runId === undefined
    ? null
    : {
        url: recordUrl(document.baseURI, dagId, runId),
        places: airflowPlaces(dagId, runId),
      };

/** The record at an address, kept up to date. */
function RunPage({ url }: { readonly url: string }) {
  const [page, retry] = useRecord(url);
  switch (page.phase) {
    case "loading":
      return <Loading />;
    case "missing":
      return <NoRecord />;
    case "failed":
      return <Failed message={page.failure.message} onRetry={retry} />;
    case "ready":
      return <RunSteps notice={page.failure?.message ?? null} run={page.run} />;
  }
}

interface RunStepsProps {
  readonly run: Run;
  /** Why what is shown may be out of date. */
  readonly notice: string | null;
  readonly address?: Address;
}

/** The record of a run: its summary, its graph or table, and what is selected there. */
export function RunSteps({ address = pageAddress, notice, run }: RunStepsProps) {
  const now = useNow(run.steps.some((step) => step.state === "running"));
  const [{ selected, view }, change] = useSelection(address);
  const select = (next: Selected | null) => {
    change({ selected: next });
  };
  return (
    <>
      <header>
        <div>
          <p className="zc-title" role="status">
            {summary(run)}
          </p>
          <p className="zc-muted">
            Run {run.number} of pipeline {run.pipeline}
            {run.enable_cache === false ? ", with the cache switched off" : null}
          </p>
        </div>
        <ViewSwitch
          onShow={(next) => {
            change({ view: next });
          }}
          view={view}
        />
        <Legend graph={view === "graph"} />
      </header>
      {notice === null ? null : (
        <p className="zc-notice" role="alert">
          This page may be out of date. {notice}
        </p>
      )}
      <div className="zc-main">
        {view === "graph" ? (
          <GraphView now={now} onSelect={select} run={run} selected={selected} />
        ) : (
          <StepTable
            now={now}
            onSelect={(step) => {
              select({ step, output: null });
            }}
            selected={selected?.step}
            steps={run.steps}
          />
        )}
        {selected === null ? null : (
          <DetailsPanel now={now} onSelect={select} run={run} selected={selected} />
        )}
      </div>
    </>
  );
}

function Loading() {
  return (
    <p className="zc-message zc-muted" role="status">
      Loading the steps of this run…
    </p>
  );
}

export function NoRecord() {
  return (
    <div className="zc-message" role="status">
      <p className="zc-title">No steps recorded</p>
      <p className="zc-muted">
        The runs of Dags that zcompile generated show their steps here once they are planned.
      </p>
    </div>
  );
}

interface FailedProps {
  readonly message: string;
  readonly onRetry: () => void;
}

export function Failed({ message, onRetry }: FailedProps) {
  return (
    <div className="zc-message" role="alert">
      <p className="zc-title">The steps of this run cannot be shown</p>
      <p className="zc-muted">{message}</p>
      <button onClick={onRetry} type="button">
        Try again
      </button>
    </div>
  );
}
