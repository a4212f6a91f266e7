import { useCallback, useEffect, useState } from "react";
import { askForRecord } from "./client";
import { LOADING, type Page } from "./page";
import { watch } from "./watch";

/** What was shown last: Airflow mounts a plugin's page anew when it first renders it again. */
let latest = { url: "", page: LOADING };

/** The page of the record at `url`, kept up to date, and a function that asks for it anew. */
export function useRecord(url: string): readonly [Page, () => void] {
  const [page, setPage] = useState<Page>(() => (latest.url === url ? latest.page : LOADING));
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const show = (shown: Page) => {
      latest = { url, page: shown };
      setPage(shown);
    };
    return watch((etag, signal) => askForRecord(url, etag, signal), show, document);
  }, [url, attempt]);
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
