import { Link } from "react-router-dom";
import { usePlaces } from "./places";
import type { Step } from "./record";

/** The run that computed a step's result, as a link where it has a page. */
export function ProducingRun({ step }: { readonly step: Step }) {
  const places = usePlaces();
  if (step.producer === null) {
    return null;
  }
  const address = places.run(step.producer, step.producer_dag_id);
  const { pipeline, run } = step.producer;
  return address === null ? (
    <span title="A run without a page here">
      {run} of {pipeline}
    </span>
  ) : (
    <Link to={address}>{run}</Link>
  );
}
