import type { Run } from "./record";

const LIVE_MS = 2000;
const LATER_MS = 5000;

/** Milliseconds until a run is asked for again; null if it has ended. */
export function runInterval(run: Run): number | null {
  if (run.status === "running" || run.steps.some((step) => step.state === "running")) {
    return LIVE_MS;
  }
  // Airflow may try a failed step again, and goes on with the steps that do not need it.
  return run.status === "failed" ? LATER_MS : null;
}
