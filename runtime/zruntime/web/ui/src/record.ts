// The record of a run, as `GET api/dags/{dag_id}/runs/{run_id}` answers it.

export const STATES = ["cached", "completed", "running", "failed", "skipped", "waiting"] as const;

export type StepState = (typeof STATES)[number];

export interface Producer {
  readonly pipeline: string;
  readonly run: string;
  readonly step: string;
}

export interface Artifact {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly type: string;
  readonly materializer: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One call of a mapped step. */
export interface Instance {
  /** Which item of the list it takes, from 0. */
  readonly index: number;
  readonly state: StepState;
  readonly reason: string;
  /** Unix time in seconds. */
  readonly started: number | null;
  /** Seconds. */
  readonly duration: number | null;
  readonly error: string;
}

/** What a key was made of; older records may lack some of it. */
export interface Parts {
  readonly code_parts?: Readonly<Record<string, string>>;
  readonly packages?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly cache_version?: string;
}

export interface Step {
  /** Its name in the pipeline, which is Airflow's task_id. */
  readonly name: string;
  readonly function: string;
  readonly state: StepState;
  readonly key: string | null;
  readonly parts: Parts;
  /** Why it was not taken from the cache, or empty. */
  readonly reason: string;
  /** Unified diffs of the code that changed since. */
  readonly diffs: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, { readonly step: string; readonly output: string }>>;
  /** The declared type of each output; older records have none. */
  readonly declares?: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, Artifact>>;
  /** The step run that computed the result of a cached step. */
  readonly producer: Producer | null;
  /** The DAG of the producing run, if it was a run of Airflow. */
  readonly producer_dag_id: string | null;
  /** Unix time in seconds. */
  readonly started: number | null;
  /** Seconds. */
  readonly duration: number | null;
  /** Seconds that the computation of a cached result had taken. */
  readonly saved: number | null;
  readonly error: string;
  /** Those of a mapped step, once its list is known; null for other steps. */
  readonly instances: readonly Instance[] | null;
}

export interface Run {
  readonly pipeline: string;
  readonly name: string;
  readonly number: number;
  readonly dag_id: string | null;
  readonly status: "completed" | "failed" | "running";
  /** The run's own cache switch; null if it has none. */
  readonly enable_cache: boolean | null;
  /** Unix time in seconds. */
  readonly started: number;
  /** Unix time in seconds. */
  readonly ended: number | null;
  readonly steps: readonly Step[];
  /** Whether whoever asked may act on it. */
  readonly editable?: boolean;
  /** The digests of those of its artifacts that are pinned. */
  readonly pinned?: readonly string[];
}
