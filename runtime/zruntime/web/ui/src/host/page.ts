import type { Run } from "../record";

/** What a page outside Airflow is to show: the runs of the server that it came from, or one run. */
export interface HostPage {
  /** The record of the only run of a page that is a file; null for a page that a server gives. */
  readonly run: Run | null;
}

/** Reads what the document holds beside the bundles. */
export function readPage(from: Document): HostPage {
  const text = from.getElementById("zcompile-run")?.textContent;
  return { run: text === undefined ? null : (JSON.parse(text) as Run) };
}
