import type { Answer, Failure } from "./client";
import type { Run } from "./record";

/** What the page shows. */
export type Page =
  | { readonly phase: "loading" }
  | { readonly phase: "missing" }
  | { readonly phase: "failed"; readonly failure: Failure }
  | {
      readonly phase: "ready";
      readonly run: Run;
      readonly etag: string | null;
      /** Why the record shown may be out of date. */
      readonly failure: Failure | null;
    };

export const LOADING: Page = { phase: "loading" };

const LIVE_MS = 2000;
const RETRY_MS = 5000;

/** The page after an answer; the same object if the answer changes nothing. */
export function next(page: Page, answer: Answer): Page {
  switch (answer.kind) {
    case "record":
      return { phase: "ready", run: answer.run, etag: answer.etag, failure: null };
    case "unchanged":
      return page.phase === "ready" && page.failure !== null ? { ...page, failure: null } : page;
    case "missing":
      return page.phase === "missing" ? page : { phase: "missing" };
    case "failed":
      // A record that was true a moment ago is worth more than an error in its place.
      return page.phase === "ready"
        ? { ...page, failure: answer }
        : { phase: "failed", failure: answer };
  }
}

/** Milliseconds until the record is asked for again; null if nothing is going to change. */
export function delay(page: Page): number | null {
  switch (page.phase) {
    case "loading":
      return null;
    case "missing":
      // The run may not have come to its first step yet.
      return RETRY_MS;
    case "failed":
      return page.failure.passing ? RETRY_MS : null;
    case "ready":
      if (page.failure !== null) {
        return page.failure.passing ? RETRY_MS : null;
      }
      return runDelay(page.run);
  }
}

function runDelay(run: Run): number | null {
  if (run.status === "running" || run.steps.some((step) => step.state === "running")) {
    return LIVE_MS;
  }
  // Airflow may try a failed step again, and goes on with the steps that do not need it.
  return run.status === "failed" ? RETRY_MS : null;
}
