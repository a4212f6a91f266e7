import type { Selected } from "../selection";
import { StateBadge } from "../StateBadge";
import { Table } from "../Table";
import type { ComparedStep, Comparison } from "./comparison";
import { stepOf, stepSides } from "./sides";
import { VerdictBadge } from "./VerdictBadge";

const HEADS = [
  ["Step"],
  ["Difference"],
  ["Other run"],
  ["This run"],
  ["What differs", "zc-reason"],
] as const;

interface Props {
  readonly comparison: Comparison;
  /** The name of the step that is selected. */
  readonly selected: string | undefined;
  readonly onSelect: (selected: Selected) => void;
}

/** The steps of two runs: how each ended and how long it took in both, and what differs. */
export function DifferenceTable({ comparison, onSelect, selected }: Props) {
  return (
    <Table heads={HEADS}>
      {comparison.steps.map((step) => (
        <tr aria-selected={step.name === selected} data-step={step.name} key={step.name}>
          <th scope="row">
            <button
              className="zc-link"
              onClick={() => {
                onSelect({ step: step.name, output: null });
              }}
              type="button"
            >
              {step.name}
            </button>
          </th>
          <td>
            <VerdictBadge verdict={step.verdict} />
          </td>
          <Ended comparison={comparison} side="before" step={step} />
          <Ended comparison={comparison} side="after" step={step} />
          <td className="zc-reason">
            {step.changes.map(({ text }) => (
              <span key={text}>{text}</span>
            ))}
          </td>
        </tr>
      ))}
    </Table>
  );
}

interface EndedProps {
  readonly comparison: Comparison;
  readonly side: "before" | "after";
  readonly step: ComparedStep;
}

function Ended({ comparison, side, step }: EndedProps) {
  const found = stepOf(comparison[side], step.name);
  const time = stepSides(comparison, step.name).find(({ label }) => label === "Time");
  return found === undefined ? (
    <td className="zc-muted">–</td>
  ) : (
    <td>
      <StateBadge state={found.state} /> {time?.[side]}
    </td>
  );
}
