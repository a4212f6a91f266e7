import type { Answer, Failure } from "./client";

/** What a page shows: a value that a server was asked for. */
export type Page<T> =
  | { readonly phase: "loading" }
  | { readonly phase: "missing" }
  | { readonly phase: "failed"; readonly failure: Failure }
  | {
      readonly phase: "ready";
      readonly value: T;
      readonly etag: string | null;
      /** Why the value shown may be out of date. */
      readonly failure: Failure | null;
    };

export const LOADING = { phase: "loading" } as const;

/** Milliseconds until a value is asked for again; null if it is not going to change. */
export type Interval<T> = (value: T) => number | null;

const RETRY_MS = 5000;

/** The page after an answer; the same object if the answer changes nothing. */
export function next<T>(page: Page<T>, answer: Answer<T>): Page<T> {
  switch (answer.kind) {
    case "value":
      return { phase: "ready", value: answer.value, etag: answer.etag, failure: null };
    case "unchanged":
      return page.phase === "ready" && page.failure !== null ? { ...page, failure: null } : page;
    case "missing":
      return page.phase === "missing" ? page : { phase: "missing" };
    case "failed":
      // A value that was true a moment ago is worth more than an error in its place.
      return page.phase === "ready"
        ? { ...page, failure: answer }
        : { phase: "failed", failure: answer };
  }
}

/** Milliseconds until the page asks again; null if nothing is going to change. */
export function delay<T>(page: Page<T>, interval: Interval<T>): number | null {
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
      return interval(page.value);
  }
}
