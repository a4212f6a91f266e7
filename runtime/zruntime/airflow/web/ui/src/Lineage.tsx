import { summary } from "./format";
import { useNow, useRecord } from "./hooks";
import css from "./lineage.css?inline";
import type { Run } from "./record";
import { recordUrl } from "./routes";
import { Legend } from "./StateBadge";
import { StepTable } from "./StepTable";

export interface LineageProps {
  readonly dagId?: string;
  readonly runId?: string;
}

/** The Lineage tab of a Dag run. */
export function Lineage({ dagId, runId }: LineageProps) {
  return (
    <section aria-label="Lineage" className="zcompile">
      <style>{css}</style>
      {dagId === undefined || runId === undefined ? (
        <NoRecord />
      ) : (
        <RunPage dagId={dagId} key={`${dagId} ${runId}`} runId={runId} />
      )}
    </section>
  );
}

function RunPage({ dagId, runId }: { readonly dagId: string; readonly runId: string }) {
  const [page, retry] = useRecord(recordUrl(document.baseURI, dagId, runId));
  switch (page.phase) {
    case "loading":
      return <Loading />;
    case "missing":
      return <NoRecord />;
    case "failed":
      return <Failed message={page.failure.message} onRetry={retry} />;
    case "ready":
      return (
        <RunSteps
          dagId={dagId}
          notice={page.failure?.message ?? null}
          run={page.run}
          runId={runId}
        />
      );
  }
}

interface RunStepsProps {
  readonly dagId: string;
  readonly runId: string;
  readonly run: Run;
  /** Why what is shown may be out of date. */
  readonly notice: string | null;
}

/** The record of a run: its summary, the legend and its steps. */
export function RunSteps({ dagId, notice, run, runId }: RunStepsProps) {
  const now = useNow(run.steps.some((step) => step.state === "running"));
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
        <Legend />
      </header>
      {notice === null ? null : (
        <p className="zc-notice" role="alert">
          This page may be out of date. {notice}
        </p>
      )}
      <StepTable dagId={dagId} now={now} runId={runId} steps={run.steps} />
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
