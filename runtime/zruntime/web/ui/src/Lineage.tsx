import { pageAddress } from "./address";
import { RunAgain } from "./actions/RunAgain";
import { ComparedSteps, EndComparison } from "./compare/ComparedSteps";
import { CompareWith } from "./compare/CompareWith";
import { type Comparison, comparisonInterval } from "./compare/comparison";
import { summary } from "./format";
import { GraphView } from "./graph/GraphView";
import { useNow } from "./hooks";
import { runInterval } from "./interval";
import { Message, Notice } from "./Message";
import { DetailsPanel } from "./panel/DetailsPanel";
import { airflowPlaces, PlacesContext, usePlaces } from "./places";
import type { Run } from "./record";
import { recordUrl } from "./routes";
import { type Selected, type UsedSelection, useSelection } from "./selection";
import type { Shown } from "./shown";
import { Legend } from "./StateBadge";
import { StepTable } from "./StepTable";
import css from "./styles";
import { ViewSwitch } from "./ViewSwitch";
import { Watched } from "./Watched";

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
          {page.run === undefined ? <ServedRun url={page.url} /> : <KnownRun run={page.run} />}
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
        places: airflowPlaces(document.baseURI, dagId, runId),
      };

/** A run that is asked for and followed, alone or beside another one. */
function ServedRun({ url }: { readonly url: string }) {
  const selection = useSelection(pageAddress);
  const { comparable } = usePlaces();
  const [{ compare }, change] = selection;
  return compare === null || comparable === null ? (
    <Watched
      interval={runInterval}
      key={url}
      missing={<NoRecord />}
      url={url}
      what="the steps of this run"
    >
      {(run: Run, notice) => <RunSteps notice={notice} run={run} selection={selection} />}
    </Watched>
  ) : (
    <Watched
      interval={comparisonInterval}
      key={comparable.comparison(compare)}
      missing={
        <Message title="There is nothing to compare">
          This run or run {compare} has no steps recorded.{" "}
          <EndComparison
            onEnd={() => {
              change({ compare: null });
            }}
          />
        </Message>
      }
      url={comparable.comparison(compare)}
      what="the comparison of the runs"
    >
      {(comparison: Comparison, notice) => (
        <ComparedSteps comparison={comparison} notice={notice} selection={selection} />
      )}
    </Watched>
  );
}

function KnownRun({ run }: { readonly run: Run }) {
  return <RunSteps notice={null} run={run} selection={useSelection(pageAddress)} />;
}

interface RunStepsProps {
  readonly run: Run;
  /** Why what is shown may be out of date. */
  readonly notice: string | null;
  readonly selection: UsedSelection;
}

/** The record of a run: its summary, its graph or table, and what is selected there. */
export function RunSteps({ notice, run, selection: [selection, change] }: RunStepsProps) {
  const now = useNow(run.steps.some((step) => step.state === "running"));
  const { comparable, dagRun } = usePlaces();
  const { selected, view } = selection;
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
        {comparable === null ? null : (
          <CompareWith
            comparable={comparable}
            onChoose={(compare) => {
              change({ compare });
            }}
            run={run}
          />
        )}
        {dagRun === null || run.editable !== true ? null : <RunAgain {...dagRun} />}
        <ViewSwitch
          onShow={(next) => {
            change({ view: next });
          }}
          view={view}
        />
        <Legend graph={view === "graph"} />
      </header>
      <Notice text={notice} />
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

export function NoRecord() {
  return (
    <Message title="No steps recorded">
      The runs of Dags that zcompile generated show their steps here once they are planned.
    </Message>
  );
}
