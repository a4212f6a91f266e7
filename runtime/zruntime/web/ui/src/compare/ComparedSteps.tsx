import { useMemo } from "react";
import { Link } from "react-router-dom";
import { GraphView } from "../graph/GraphView";
import { Notice } from "../Message";
import { usePlaces } from "../places";
import type { Run } from "../record";
import type { Selected, UsedSelection } from "../selection";
import { ViewSwitch } from "../ViewSwitch";
import { ComparedPanel } from "./ComparedPanel";
import { type Comparison, differs, joined, marksOf } from "./comparison";
import { DifferenceTable } from "./DifferenceTable";
import { VerdictLegend } from "./VerdictBadge";

interface Props {
  readonly comparison: Comparison;
  /** Why what is shown may be out of date. */
  readonly notice: string | null;
  readonly selection: UsedSelection;
}

/** A run beside another one: the graph or table of both, and what is selected there. */
export function ComparedSteps({ comparison, notice, selection: [selection, change] }: Props) {
  const { selected, view } = selection;
  const run = useMemo(() => joined(comparison), [comparison]);
  const marks = useMemo(() => marksOf(comparison), [comparison]);
  const select = (next: Selected | null) => {
    change({ selected: next });
  };
  return (
    <>
      <header>
        <div>
          <p className="zc-title" role="status">
            {told(comparison)}
          </p>
          <p className="zc-muted">
            Run {comparison.after.name} compared with run <OtherRun run={comparison.before} />
          </p>
        </div>
        <EndComparison
          onEnd={() => {
            change({ compare: null });
          }}
        />
        <ViewSwitch
          onShow={(next) => {
            change({ view: next });
          }}
          view={view}
        />
        <VerdictLegend />
      </header>
      <Notice text={notice} />
      <div className="zc-main">
        {view === "graph" ? (
          <GraphView marks={marks} now={0} onSelect={select} run={run} selected={selected} />
        ) : (
          <DifferenceTable comparison={comparison} onSelect={select} selected={selected?.step} />
        )}
        <ComparedPanel comparison={comparison} onSelect={select} selected={selected} />
      </div>
    </>
  );
}

/** Leads from the comparison back to the run alone. */
export function EndComparison({ onEnd }: { readonly onEnd: () => void }) {
  return (
    <button onClick={onEnd} type="button">
      End comparison
    </button>
  );
}

function told({ steps }: Comparison): string {
  const count = steps.filter(({ verdict }) => differs(verdict)).length;
  const pending = steps.filter(({ verdict }) => verdict === "not known yet").length;
  const known = count === 0 ? "No step differs" : `${count} of ${steps.length} steps differ`;
  return pending === 0 ? known : `${known} so far, ${pending} not known yet`;
}

function OtherRun({ run }: { readonly run: Run }) {
  const address = usePlaces().run({ pipeline: run.pipeline, run: run.name, step: "" }, run.dag_id);
  return address === null ? run.name : <Link to={address}>{run.name}</Link>;
}
