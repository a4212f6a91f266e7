import { refusal } from "../client";
import type { Step } from "../record";
import { apiRunPath, clearPath } from "../routes";
import { act, type Acted } from "./act";

/**
 * Has Airflow run a Dag again with the parameters of a former run, and without looking results up.
 *
 * @param base Address that Airflow is served under, with a slash at its end.
 * @returns The id of the new run.
 */
export async function runAgain(base: string, dagId: string, runId: string): Promise<Acted<string>> {
  let conf: Readonly<Record<string, unknown>>;
  try {
    const former = await fetch(new URL(apiRunPath(dagId, runId), base));
    if (!former.ok) {
      return { refused: (await refusal(former)).message };
    }
    ({ conf } = (await former.json()) as { readonly conf: typeof conf });
  } catch {
    return { refused: "The server cannot be reached." };
  }
  const made = await act<{ readonly dag_run_id: string }>(new URL(apiRunPath(dagId), base), {
    logical_date: null,
    conf: { ...conf, enable_cache: false },
  });
  return made.refused === undefined ? { value: made.value.dag_run_id } : made;
}

/**
 * Has Airflow run a step and all that depends on it again, in the same run. What was cleared does not
 * look results up.
 *
 * @param base As above.
 * @returns What Airflow cleared.
 */
export const runStepAgain = (base: string, dagId: string, runId: string, step: Step) =>
  act<unknown>(new URL(clearPath(dagId), base), {
    dry_run: false,
    dag_run_id: runId,
    task_ids: [step.instances === null ? step.name : `expand_${step.name}`],
    include_downstream: true,
    only_failed: false,
    reset_dag_runs: true,
  });
