import { createContext, useContext } from "react";
import type { Producer, Step } from "./record";
import { comparisonUrl, lineagePath, recordUrl, runsUrl, taskPath } from "./routes";

/** Addresses that compare the run of a page with others. */
export interface Comparable {
  /** Where the runs are asked for that a run may be compared with. */
  readonly runs: string;
  /** Where a comparison with one of them is asked for. */
  readonly comparison: (other: string) => string;
}

/** Addresses, for the router, of the pages around this one; null where there is none. */
export interface Places {
  /** The task instance of a step, with its log. */
  readonly task: (step: Step) => string | null;
  /** The Dag and its run, which may be asked for once more; null outside Airflow. */
  readonly dagRun: { readonly dagId: string; readonly runId: string } | null;
  readonly comparable: Comparable | null;
  /** Where the record of the run is, below which its results are acted on; null in a file. */
  readonly record: string | null;
  /** The lineage of the run that computed a result. */
  readonly run: (producer: Producer, dagId: string | null) => string | null;
}

/**
 * The pages of Airflow around a run of a Dag.
 *
 * @param base Address that Airflow is served under, with a slash at its end.
 */
export const airflowPlaces = (base: string, dagId: string, runId: string): Places => ({
  dagRun: { dagId, runId },
  record: recordUrl(base, dagId, runId),
  comparable: {
    runs: runsUrl(base, dagId),
    comparison: (other) => comparisonUrl(base, dagId, runId, other),
  },
  task: (step) => taskPath(dagId, runId, step.name, isMapped(step)),
  run: (producer, producerDag) =>
    producerDag === null ? null : lineagePath(producerDag, producer.run),
});

/** Airflow maps a task over the instances that are not cached, if there are any. */
const isMapped = ({ instances }: Step) =>
  instances?.some((instance) => instance.state !== "cached") ?? false;

/** Those of a page that stands alone. */
export const NOWHERE: Places = {
  dagRun: null,
  comparable: null,
  record: null,
  task: () => null,
  run: () => null,
};

export const PlacesContext = createContext(NOWHERE);

export const usePlaces = () => useContext(PlacesContext);
