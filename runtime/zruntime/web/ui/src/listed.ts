import type { Run, StepState } from "./record";

/** A step as lists of runs show it. */
export interface ListedStep {
  readonly name: string;
  readonly state: StepState;
  /** Seconds. */
  readonly duration: number | null;
  /** Seconds that the computation of a cached result had taken. */
  readonly saved: number | null;
  /** Bytes of its artifacts. */
  readonly size: number;
}

/** A run as lists of runs show it. */
export type ListedRun = Omit<Run, "steps"> & { readonly steps: readonly ListedStep[] };

const LIVE_MS = 2000;
const IDLE_MS = 10_000;

/** Milliseconds until a list of runs is asked for again: new ones may begin at any time. */
export const listInterval = (runs: readonly ListedRun[]): number =>
  runs.some((run) => run.status === "running") ? LIVE_MS : IDLE_MS;
