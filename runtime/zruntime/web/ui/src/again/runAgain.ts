import { refusal } from "../client";
import { apiRunPath } from "../routes";

/** What came of asking for a run: its id, or why there is none. */
export type Asked =
  { readonly runId: string; readonly refused?: never } | { readonly refused: string };

/**
 * Has Airflow run a Dag again with the parameters of a former run, and without looking results up.
 * Airflow itself checks whether the user may do this.
 *
 * @param base Address that Airflow is served under, with a slash at its end.
 */
export async function runAgain(base: string, dagId: string, runId: string): Promise<Asked> {
  try {
    const former = await fetch(new URL(apiRunPath(dagId, runId), base));
    if (!former.ok) {
      return { refused: (await refusal(former)).message };
    }
    const { conf } = (await former.json()) as { readonly conf: Readonly<Record<string, unknown>> };
    const body = { logical_date: null, conf: { ...conf, enable_cache: false } };
    const made = await fetch(new URL(apiRunPath(dagId), base), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!made.ok) {
      return { refused: (await refusal(made)).message };
    }
    return { runId: ((await made.json()) as { readonly dag_run_id: string }).dag_run_id };
  } catch {
    return { refused: "The server cannot be reached." };
  }
}
