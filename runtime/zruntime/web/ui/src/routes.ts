// Addresses of Airflow's pages, for its router, and of the plugin's API. Run ids hold ":" and "+".

const path = (...parts: readonly string[]) => `/${parts.map(encodeURIComponent).join("/")}`;

/** A page of Airflow's, which takes a tab for the open one only if ":" and "+" are as they are. */
const page = (...parts: readonly string[]) =>
  path(...parts)
    .replaceAll("%3A", ":")
    .replaceAll("%2B", "+");

/** Airflow's page of a run. */
export const runPath = (dagId: string, runId: string) => page("dags", dagId, "runs", runId);

/** Airflow's page of a task instance, which shows its log; of a mapped task, that of its instances. */
export const taskPath = (dagId: string, runId: string, taskId: string, mapped: boolean) =>
  page("dags", dagId, "runs", runId, "tasks", taskId, ...(mapped ? ["mapped"] : []));

/** The Lineage tab of a run. */
export const lineagePath = (dagId: string, runId: string) =>
  `${runPath(dagId, runId)}/plugin/zcompile-lineage`;

/** Where Airflow's own API knows a run of a Dag, or all of them, below the address of Airflow. */
export const apiRunPath = (dagId: string, runId?: string) =>
  `api/v2${path("dags", dagId, "dagRuns", ...(runId === undefined ? [] : [runId]))}`;

/** Where Airflow's own API clears tasks of a Dag, below the address of Airflow. */
export const clearPath = (dagId: string) => `api/v2${path("dags", dagId, "clearTaskInstances")}`;

/** Where the result of a step is invalidated, below the record of its run. */
export const invalidatePath = (step: string) => path("steps", step, "invalidate");

/** Where an artifact is pinned, below the record of the run. */
export const pinPath = (step: string, output: string) =>
  path("steps", step, "outputs", output, "pin");

/**
 * Where the record of a run is asked for.
 *
 * @param base Address that Airflow is served under, with a slash at its end.
 */
export const recordUrl = (base: string, dagId: string, runId: string) =>
  new URL(`zcompile/api${path("dags", dagId, "runs", runId)}`, base).href;

/** Where a run beside another one of its Dag is asked for; `base` as above. */
export const comparisonUrl = (base: string, dagId: string, runId: string, other: string) =>
  new URL(`zcompile/api${path("dags", dagId, "runs", runId, "compared", other)}`, base).href;

/** Where the runs of a Dag are asked for; `base` as above. */
export const runsUrl = (base: string, dagId: string) =>
  new URL(`zcompile/api${path("dags", dagId, "runs")}`, base).href;

/** Where all results of a step are invalidated; `base` as above. */
export const stepInvalidateUrl = (base: string, dagId: string, step: string) =>
  new URL(`zcompile/api${path("dags", dagId, "steps", step, "invalidate")}`, base).href;

/** Where the numbers of the store are asked for; `base` as above. */
export const cacheUrl = (base: string) => new URL("zcompile/api/cache", base).href;
