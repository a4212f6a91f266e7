import type { Answer } from "./client";
import { delay, type Interval, LOADING, next, type Page } from "./page";

export type Ask<T> = (etag: string | null, signal: AbortSignal) => Promise<Answer<T>>;

/** The part of `document` that says whether anybody is looking. */
export type Viewer = Pick<Document, "hidden" | "addEventListener" | "removeEventListener">;

/**
 * Keeps a page up to date: asks now, again while its value may change, and whenever a viewer comes
 * back to it. Nothing is asked while nobody looks.
 *
 * @returns A function that ends the watch.
 */
export function watch<T>(
  ask: Ask<T>,
  interval: Interval<T>,
  show: (page: Page<T>) => void,
  viewer: Viewer,
): () => void {
  const ending = new AbortController();
  let page: Page<T> = LOADING;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;

  const refresh = async () => {
    asking = true;
    clearTimeout(timer);
    const answer = await ask(page.phase === "ready" ? page.etag : null, ending.signal);
    asking = false;
    if (ending.signal.aborted) {
      return;
    }
    page = next(page, answer);
    show(page);
    const wait = delay(page, interval);
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
  return () => {
    ending.abort();
    clearTimeout(timer);
    viewer.removeEventListener("visibilitychange", look);
  };
}
