import type { Answer } from "./client";
import { delay, LOADING, next, type Page } from "./page";

export type Ask = (etag: string | null, signal: AbortSignal) => Promise<Answer>;

/** The part of `document` that says whether anybody is looking. */
export type Viewer = Pick<Document, "hidden" | "addEventListener" | "removeEventListener">;

/**
 * Keeps a page up to date: asks now, again while the run is not finished, and whenever a viewer
 * comes back to it. Nothing is asked while nobody looks.
 *
 * @returns A function that ends the watch.
 */
export function watch(ask: Ask, show: (page: Page) => void, viewer: Viewer): () => void {
  const ending = new AbortController();
  let page = LOADING;
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
    const wait = delay(page);
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
