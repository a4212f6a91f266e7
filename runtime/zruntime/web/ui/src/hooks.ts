import { useCallback, useEffect, useRef, useState } from "react";
import { ask } from "./client";
import { type Interval, LOADING, type Page } from "./page";
import { type Followed, watch } from "./watch";

/** What was shown last: Airflow mounts a plugin's page anew when it first renders it again. */
let latest: { readonly url: string; readonly page: Page<unknown> } = { url: "", page: LOADING };

/** What somebody has acted on; it is followed on when the page is mounted anew. */
let acted: { readonly url: string; readonly followed: Followed } = {
  url: "",
  followed: { until: 0 },
};

function followedAt(url: string): Followed {
  if (acted.url !== url) {
    acted = { url, followed: { until: 0 } };
  }
  return acted.followed;
}

/**
 * The page of the value at `url`, kept up to date, a function that asks for it anew, and one that
 * expects a change of it.
 *
 * @param interval A function of a module, which is the same each time.
 */
export function usePage<T>(
  url: string,
  interval: Interval<T>,
): readonly [Page<T>, () => void, () => void] {
  const [page, setPage] = useState<Page<T>>(() =>
    latest.url === url ? (latest.page as Page<T>) : LOADING,
  );
  const [attempt, setAttempt] = useState(0);
  const following = useRef<() => void>(() => undefined);
  useEffect(() => {
    const show = (shown: Page<T>) => {
      latest = { url, page: shown };
      setPage(shown);
    };
    const asked = (etag: string | null, signal: AbortSignal) => ask<T>(url, etag, signal);
    const known = latest.url === url && latest.page.phase === "ready" ? latest.page : LOADING;
    const watched = watch(asked, interval, show, document, followedAt(url), known as Page<T>);
    following.current = watched.follow;
    return watched.end;
  }, [url, interval, attempt]);
  const follow = useCallback(() => {
    following.current();
  }, []);
  const retry = useCallback(() => {
    setPage(LOADING);
    setAttempt((count) => count + 1);
  }, []);
  return [page, retry, follow];
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
