import { useCallback, useEffect, useState } from "react";
import { ask } from "./client";
import { type Interval, LOADING, type Page } from "./page";
import { watch } from "./watch";

/** What was shown last: Airflow mounts a plugin's page anew when it first renders it again. */
let latest: { readonly url: string; readonly page: Page<unknown> } = { url: "", page: LOADING };

/**
 * The page of the value at `url`, kept up to date, and a function that asks for it anew.
 *
 * @param interval A function of a module, which is the same each time.
 */
export function usePage<T>(url: string, interval: Interval<T>): readonly [Page<T>, () => void] {
  const [page, setPage] = useState<Page<T>>(() =>
    latest.url === url ? (latest.page as Page<T>) : LOADING,
  );
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const show = (shown: Page<T>) => {
      latest = { url, page: shown };
      setPage(shown);
    };
    return watch((etag, signal) => ask<T>(url, etag, signal), interval, show, document);
  }, [url, interval, attempt]);
  const retry = useCallback(() => {
    setPage(LOADING);
    setAttempt((count) => count + 1);
  }, []);
  return [page, retry];
}

/** Unix time in seconds; moves on every second while `ticking`. */
export function useNow(ticking: boolean): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    if (!ticking) {
      return;
    }
    const timer = setInterval(() => {
      setNow(Date.now() / 1000);
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, [ticking]);
  return now;
}
