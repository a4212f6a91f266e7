import { createContext, useContext } from "react";
import type { Producer } from "./record";
import { lineagePath, taskPath } from "./routes";

/** Addresses, for the router, of the pages around this one; null where there is none. */
export interface Places {
  /** The task instance of a step, with its log. */
  readonly task: (step: string) => string | null;
  /** The lineage of the run that computed a result. */
  readonly run: (producer: Producer, dagId: string | null) => string | null;
}

/** The pages of Airflow around a run of a Dag. */
export const airflowPlaces = (dagId: string, runId: string): Places => ({
  task: (step) => taskPath(dagId, runId, step),
  run: (producer, producerDag) =>
    producerDag === null ? null : lineagePath(producerDag, producer.run),
});

const NOWHERE: Places = { task: () => null, run: () => null };

export const PlacesContext = createContext(NOWHERE);

export const usePlaces = () => useContext(PlacesContext);
