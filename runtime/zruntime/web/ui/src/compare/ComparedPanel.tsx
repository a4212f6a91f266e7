import type { ReactNode } from "react";
import { nodeId } from "../graph/model";
import { Diff } from "../panel/Diff";
import { NodeButton } from "../panel/NodeButton";
import { Panel } from "../panel/Panel";
import { Preview } from "../panel/Preview";
import { Section } from "../panel/Section";
import type { Selected } from "../selection";
import { type ComparedStep, type Comparison, differs, marksOf } from "./comparison";
import { artifactSides, stepOf, type Sides, stepSides } from "./sides";
import { VerdictBadge, VerdictShape } from "./VerdictBadge";

interface Props {
  readonly comparison: Comparison;
  readonly selected: Selected | null;
  readonly onSelect: (selected: Selected | null) => void;
}

/** Both sides of what is selected; the steps that differ while nothing is. */
export function ComparedPanel({ comparison, onSelect, selected }: Props) {
  if (selected === null) {
    return <Differences onSelect={onSelect} steps={comparison.steps} />;
  }
  const verdict = marksOf(comparison).get(nodeId(selected.step, selected.output));
  return (
    <Panel
      badge={verdict === undefined ? null : <VerdictBadge verdict={verdict} />}
      name={selected.output ?? selected.step}
      onClose={() => {
        onSelect(null);
      }}
    >
      {selected.output === null ? (
        <StepOfBoth comparison={comparison} name={selected.step} />
      ) : (
        <ArtifactOfBoth comparison={comparison} output={selected.output} step={selected.step} />
      )}
    </Panel>
  );
}

interface DifferencesProps {
  readonly steps: readonly ComparedStep[];
  readonly onSelect: (selected: Selected) => void;
}

function Differences({ onSelect, steps }: DifferencesProps) {
  const different = steps.filter(({ verdict }) => differs(verdict));
  return (
    <aside aria-label="Steps that differ" className="zc-panel">
      <h2>Steps that differ</h2>
      {different.length === 0 ? <p className="zc-muted">There are none.</p> : null}
      <ul className="zc-differences">
        {different.map((step) => (
          <li key={step.name}>
            <NodeButton onSelect={onSelect} to={{ step: step.name, output: null }}>
              {step.name}
            </NodeButton>
            <VerdictBadge verdict={step.verdict} />
            {step.changes.map(({ text }) => (
              <span className="zc-muted" key={text}>
                {text}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </aside>
  );
}

interface StepProps {
  readonly comparison: Comparison;
  readonly name: string;
}

function StepOfBoth({ comparison, name }: StepProps) {
  const { changes = [], diffs = [] } = comparison.steps.find((step) => step.name === name) ?? {};
  const told = changes.filter(({ part }) => !BESIDE.has(part));
  const lacksText = diffs.length === 0 && told.some(({ part }) => part === "code");
  return (
    <>
      {told.length === 0 ? null : (
        <Section title="What differs of the step itself">
          {told.map(({ text }) => (
            <p key={text}>{text}</p>
          ))}
          {diffs.map((diff) => (
            <Diff key={diff} text={diff} />
          ))}
          {lacksText ? <p className="zc-muted">The texts of both are not kept here.</p> : null}
        </Section>
      )}
      <SideBySide rows={stepSides(comparison, name)} />
    </>
  );
}

/** The parts whose changes are told beside each other. */
const BESIDE: ReadonlySet<string> = new Set(["parameter", "input", "source", "state", "result"]);

interface ArtifactProps {
  readonly comparison: Comparison;
  readonly step: string;
  readonly output: string;
}

function ArtifactOfBoth({ comparison: { after, before }, output, step }: ArtifactProps) {
  const [then, now] = [before, after].map((run) => stepOf(run, step)?.outputs[output]);
  const isSame = then?.digest === now?.digest;
  return (
    <>
      <SideBySide rows={artifactSides(then, now)} />
      {then === undefined || isSame ? null : (
        <PreviewOf title="In the other run">
          <Preview metadata={then.metadata} />
        </PreviewOf>
      )}
      {now === undefined ? null : (
        <PreviewOf title={isSame ? "In both runs" : "In this run"}>
          <Preview metadata={now.metadata} />
        </PreviewOf>
      )}
    </>
  );
}

function PreviewOf({ children, title }: { readonly title: string; readonly children: ReactNode }) {
  return <section aria-label={`Preview: ${title}`}>{children}</section>;
}

function SideBySide({ rows }: { readonly rows: readonly Sides[] }) {
  return (
    <table className="zc-sides">
      <thead>
        <tr>
          <td />
          <th scope="col">Other run</th>
          <th scope="col">This run</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ after, before, differs: isDifferent, label }) => (
          <tr className={isDifferent ? "zc-differs" : undefined} key={label}>
            <th scope="row">
              {label}{" "}
              {isDifferent ? (
                <svg aria-label="differs" role="img" viewBox="0 0 16 16">
                  <VerdictShape verdict="changed" />
                </svg>
              ) : null}
            </th>
            <td>{before ?? "–"}</td>
            <td>{after ?? "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
