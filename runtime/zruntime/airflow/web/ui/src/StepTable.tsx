import { Link } from "react-router-dom";
import { elapsed, formatDuration } from "./format";
import { Instances } from "./Instances";
import type { Step } from "./record";
import { lineagePath, taskPath } from "./routes";
import { StateBadge } from "./StateBadge";

interface Props {
  readonly dagId: string;
  readonly runId: string;
  readonly steps: readonly Step[];
  /** Unix time in seconds. */
  readonly now: number;
}

/** The steps of a run in their order: how each went, how long it took, and why. */
export function StepTable({ dagId, now, runId, steps }: Props) {
  return (
    <div className="zc-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">State</th>
            <th className="zc-number" scope="col">
              Duration
            </th>
            <th className="zc-number" scope="col">
              Saved
            </th>
            <th className="zc-reason" scope="col">
              Reason
            </th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr data-step={step.name} key={step.name}>
              <th scope="row">
                <Link title="Task instance and log" to={taskPath(dagId, runId, step.name)}>
                  {step.name}
                </Link>
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
        </tbody>
      </table>
    </div>
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

function ProducingRun({ step }: { readonly step: Step }) {
  if (step.producer === null) {
    return null;
  }
  const { pipeline, run } = step.producer;
  if (step.producer_dag_id === null) {
    return (
      <span title="A run outside Airflow">
        {run} of {pipeline}
      </span>
    );
  }
  return <Link to={lineagePath(step.producer_dag_id, run)}>{run}</Link>;
}
