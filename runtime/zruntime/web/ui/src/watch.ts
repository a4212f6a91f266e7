import type { Answer } from "./client";
import { delay, type Interval, LOADING, next, type Page } from "./page";

export type Ask<T> = (etag: string | null, signal: AbortSignal) => Promise<Answer<T>>;

/** The part of `document` that says whether anybody is looking. */
export type Viewer = Pick<Document, "hidden" | "addEventListener" | "removeEventListener">;

const FOLLOW_MS = 1000;
const FOLLOW_FOR_MS = 60_000;

/** How long a page is asked for although its value looks final: something was done to it. */
export interface Followed {
  /** Milliseconds since 1970. */
  until: number;
}

/**
 * Keeps a page up to date: asks now, again while its value may change, and whenever a viewer comes
 * back to it. Nothing is asked while nobody looks.
 *
 * @param followed Outlives the watch, where the page is mounted anew.
 * @param known What was shown before that; only what differs from it is sent again.
 * @returns `end` ends the watch; `follow` has it go on for a minute after the last change, where
 * changes are known to come.
 */
export function watch<T>(
  ask: Ask<T>,
  interval: Interval<T>,
  show: (page: Page<T>) => void,
  viewer: Viewer,
  followed: Followed = { until: 0 },
  known: Page<T> = LOADING,
): { readonly end: () => void; readonly follow: () => void } {
  const ending = new AbortController();
  let page = known;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  const following = () => Date.now() < followed.until;
  const prolong = () => {
    followed.until = Date.now() + FOLLOW_FOR_MS;
  };

  const refresh = async () => {
    asking = true;
    clearTimeout(timer);
    const answer = await ask(page.phase === "ready" ? page.etag : null, ending.signal);
    asking = false;
    if (ending.signal.aborted) {
      return;
    }
    if (answer.kind === "value" && following()) {
      prolong();
    }
    page = next(page, answer);
    show(page);
    const wait = delay(page, interval) ?? (following() ? FOLLOW_MS : null);
    if (wait !== null) {
      timer = setTimeout(look, wait);
    }
  };
  const look = () => {
    if (!asking && !viewer.hidden) {
      void refresh();
    }
  };

  viewer.addEventListener("visibilitychange", look);
  look();
  return {
    end: () => {
      ending.abort();
      clearTimeout(timer);
      viewer.removeEventListener("visibilitychange", look);
    },
    follow: () => {
      prolong();
      look();
    },
  };
}
