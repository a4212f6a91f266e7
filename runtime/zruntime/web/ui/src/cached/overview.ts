import type { ListedRun, ListedStep } from "../listed";

/** A step over several runs. */
export interface StepRow {
  readonly name: string;
  /** How it went in each run, in their order; null where the run has no such step. */
  readonly cells: readonly (ListedStep | null)[];
  readonly rate: number | null;
  /** Seconds. */
  readonly saved: number;
  /** Bytes of its artifacts in the last run that has some. */
  readonly size: number;
}

export interface Overview {
  /** Oldest first. */
  readonly runs: readonly ListedRun[];
  readonly rows: readonly StepRow[];
  /** Share of the results that came from the cache, from 0 to 1; null if there are none. */
  readonly rate: number | null;
  /** Seconds. */
  readonly saved: number;
  /** Bytes of the artifacts of the last run. */
  readonly size: number;
}

/**
 * What runs tell of their steps.
 *
 * @param newestFirst The runs, as the API lists them.
 */
export function overviewOf(newestFirst: readonly ListedRun[]): Overview {
  const runs = [...newestFirst].reverse();
  const names = new Set(newestFirst.flatMap((run) => run.steps.map((step) => step.name)));
  const byName = runs.map((run) => new Map(run.steps.map((step) => [step.name, step])));
  const rows = [...names].map((name) =>
    rowOf(
      name,
      byName.map((steps) => steps.get(name) ?? null),
    ),
  );
  const steps = runs.flatMap((run) => run.steps);
  return {
    runs,
    rows,
    rate: rateOf(steps),
    saved: savedBy(steps),
    size: rows.reduce((sum, row) => sum + (row.cells.at(-1)?.size ?? 0), 0),
  };
}

/**
 * Seconds that the steps of a run were executed for.
 *
 * The time from its start to its end would hold the days until somebody cleared it.
 */
export const workOf = ({ steps }: ListedRun): number =>
  steps.reduce((sum, step) => sum + (step.state === "cached" ? 0 : (step.duration ?? 0)), 0);

function rowOf(name: string, cells: readonly (ListedStep | null)[]): StepRow {
  const steps = cells.filter((step) => step !== null);
  const size = [...steps].reverse().find((step) => step.size > 0)?.size ?? 0;
  return { name, cells, rate: rateOf(steps), saved: savedBy(steps), size };
}

function rateOf(steps: readonly ListedStep[]): number | null {
  const hits = steps.filter((step) => step.state === "cached").length;
  const ran = steps.filter((step) => step.state === "completed" || step.state === "failed").length;
  return hits + ran === 0 ? null : hits / (hits + ran);
}

const savedBy = (steps: readonly ListedStep[]) =>
  steps.reduce((sum, step) => sum + (step.saved ?? 0), 0);
