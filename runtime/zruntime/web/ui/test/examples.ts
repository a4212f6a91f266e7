import type { Artifact, Instance, Run, Step, StepState } from "../src/record";

export function step(values: Partial<Step> & Pick<Step, "name" | "state">): Step {
  return {
    function: "svc_trainer",
    key: null,
    parts: {},
    reason: "",
    diffs: [],
    parameters: {},
    inputs: {},
    outputs: {},
    producer: null,
    producer_dag_id: null,
    started: null,
    duration: null,
    saved: null,
    error: "",
    instances: null,
    ...values,
  };
}

export function run(steps: readonly Step[], values: Partial<Run> = {}): Run {
  return {
    pipeline: "first_pipeline",
    name: "manual__2026-11-22T10:00:00+00:00",
    number: 3,
    dag_id: "first_pipeline",
    status: "completed",
    enable_cache: null,
    started: 1795341600,
    ended: null,
    steps,
    ...values,
  };
}

export function artifact(values: Partial<Artifact> = {}): Artifact {
  return {
    digest: "a".repeat(64),
    size: 735872,
    type: "numpy:ndarray",
    materializer: "numpy/1",
    metadata: {},
    ...values,
  };
}

export const instance = (
  index: number,
  state: StepState,
  values: Partial<Instance> = {},
): Instance => ({ index, state, reason: "", started: null, duration: null, error: "", ...values });
