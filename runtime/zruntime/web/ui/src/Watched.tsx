import type { ReactNode } from "react";
import { FollowContext } from "./following";
import { usePage } from "./hooks";
import type { Interval } from "./page";

interface WatchedProps<T> {
  readonly url: string;
  readonly interval: Interval<T>;
  /** What is at the address, for sentences: "the steps of this run". */
  readonly what: string;
  /** Shown where the server knows of no value. */
  readonly missing: ReactNode;
  /** Shows the value; the notice says why it may be out of date. */
  readonly children: (value: T, notice: string | null) => ReactNode;
}

/** The value at an address, kept up to date, or why it is not there. */
export function Watched<T>({ children, interval, missing, url, what }: WatchedProps<T>) {
  const [page, retry, follow] = usePage(url, interval);
  switch (page.phase) {
    case "loading":
      return (
        <p className="zc-message zc-muted" role="status">
          Loading {what}…
        </p>
      );
    case "missing":
      return missing;
    case "failed":
      return <Failed message={page.failure.message} onRetry={retry} what={what} />;
    case "ready":
      return (
        <FollowContext value={follow}>
          {children(page.value, page.failure?.message ?? null)}
        </FollowContext>
      );
  }
}

interface FailedProps {
  readonly what: string;
  readonly message: string;
  readonly onRetry: () => void;
}

export function Failed({ message, onRetry, what }: FailedProps) {
  return (
    <div className="zc-message" role="alert">
      <p className="zc-title">
        {what.slice(0, 1).toUpperCase()}
        {what.slice(1)} cannot be shown
      </p>
      <p className="zc-muted">{message}</p>
      <button onClick={onRetry} type="button">
        Try again
      </button>
    </div>
  );
}
