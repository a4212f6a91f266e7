import { type Instance, STATES, type Step } from "./record";

/** A duration for people: milliseconds matter below a second, and not above a minute. */
export function formatDuration(seconds: number): string {
  if (seconds === 0) {
    return "0 s";
  }
  if (seconds < 9.995) {
    return `${seconds.toFixed(seconds < 0.9995 ? 3 : 2)} s`;
  }
  if (seconds < 59.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) {
    return `${minutes} min ${whole % 60} s`;
  }
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const UNITS = ["kB", "MB", "GB", "TB"] as const;

/** A size for people, in powers of ten. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  }
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size.toPrecision(3)} ${UNITS[unit] ?? ""}`;
}

/** A share from 0 to 1 in percent. */
export const formatShare = (share: number | null) =>
  share === null ? "–" : `${Math.round(100 * share)} %`;

/**
 * A moment in the reader's own time zone.
 *
 * @param time Unix time in seconds.
 */
export const formatTime = (time: number) =>
  new Date(time * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** How many steps are in which state, and the time saved: "1 cached, 1 completed, saved 0.135 s". */
export function summary(run: { readonly steps: readonly Pick<Step, "state" | "saved">[] }): string {
  const parts = counts(run.steps);
  const saved = run.steps.reduce((sum, step) => sum + (step.saved ?? 0), 0);
  if (saved > 0) {
    parts.push(`saved ${formatDuration(saved)}`);
  }
  return parts.length > 0 ? parts.join(", ") : "No steps";
}

/** The instances of a mapped step: "5 instances: 4 cached, 1 completed". */
export function instancesSummary(instances: readonly Instance[]): string {
  const count = `${instances.length} ${instances.length === 1 ? "instance" : "instances"}`;
  return instances.length === 0 ? count : `${count}: ${counts(instances).join(", ")}`;
}

function counts(parts: readonly Pick<Step, "state">[]): string[] {
  return STATES.map((state) => ({
    state,
    count: parts.filter((part) => part.state === state).length,
  }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`);
}

/**
 * Seconds that a step or an instance took, or has taken so far; null if it has not started.
 *
 * @param now Unix time in seconds.
 */
export function elapsed(step: Step | Instance, now: number): number | null {
  if (step.state === "running" && step.started !== null) {
    // A browser's clock may be behind the worker's.
    return Math.max(0, now - step.started);
  }
  return step.duration;
}
