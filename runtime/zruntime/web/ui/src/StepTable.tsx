import { elapsed, formatDuration } from "./format";
import { Instances } from "./Instances";
import { ProducingRun } from "./ProducingRun";
import type { Step } from "./record";
import { StateBadge } from "./StateBadge";
import { Table } from "./Table";

const HEADS = [
  ["Step"],
  ["State"],
  ["Duration", "zc-number"],
  ["Saved", "zc-number"],
  ["Reason", "zc-reason"],
] as const;

interface Props {
  readonly steps: readonly Step[];
  /** Unix time in seconds. */
  readonly now: number;
  /** The name of the step that is selected. */
  readonly selected: string | undefined;
  readonly onSelect: (step: string) => void;
}

/** The steps of a run in their order: how each went, how long it took, and why. */
export function StepTable({ now, onSelect, selected, steps }: Props) {
  return (
    <Table heads={HEADS}>
      {steps.map((step) => (
        <tr aria-selected={step.name === selected} data-step={step.name} key={step.name}>
          <th scope="row">
            <button
              className="zc-link"
              onClick={() => {
                onSelect(step.name);
              }}
              type="button"
            >
              {step.name}
            </button>
            <span className="zc-muted">{step.function}</span>
          </th>
          <td>
            <StateBadge state={step.state} />
          </td>
          <td className="zc-number">
            <Seconds value={elapsed(step, now)} />
          </td>
          <td className="zc-number">
            <Seconds value={step.saved} />
          </td>
          <td className="zc-reason">
            <Reason step={step} />
            {step.instances === null ? null : (
              <Instances instances={step.instances} now={now} step={step.name} />
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Seconds({ value }: { readonly value: number | null }) {
  return value === null ? <span className="zc-muted">–</span> : formatDuration(value);
}

function Reason({ step }: { readonly step: Step }) {
  return (
    <>
      {step.producer !== null && step.state === "cached" ? (
        <span>
          Computed by {step.producer.step} in run <ProducingRun step={step} />
        </span>
      ) : null}
      {step.reason !== "" ? <span>{step.reason}</span> : null}
      {step.error !== "" ? <pre>{step.error}</pre> : null}
    </>
  );
}
