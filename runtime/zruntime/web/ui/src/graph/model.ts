import type { Artifact, Run, Step, StepState } from "../record";
import type { Link } from "./layered";

/** A step, drawn as a circle, or an artifact, drawn as a square. */
export interface Node {
  readonly id: string;
  readonly step: Step;
  /** Name of the step's output that the artifact is; null for the step itself. */
  readonly output: string | null;
  /** What the record says of the artifact, once it is made. */
  readonly artifact: Artifact | null;
  readonly state: StepState;
}

export interface Graph {
  /** Each of them after those that have links to it. */
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
}

/** Names of steps and outputs hold no blanks. */
export const nodeId = (step: string, output: string | null) =>
  output === null ? step : `${step} ${output}`;

/** The steps of a run and the artifacts that they hand on. */
export function graphOf(run: Run): Graph {
  const wanted = new Map<string, Set<string>>(
    run.steps.map((step) => [
      step.name,
      new Set(Object.keys({ ...step.declares, ...step.outputs })),
    ]),
  );
  for (const source of run.steps.flatMap((step) => Object.values(step.inputs))) {
    wanted.get(source.step)?.add(source.output);
  }
  const nodes = run.steps.flatMap((step) => [
    stepNode(step),
    ...[...(wanted.get(step.name) ?? [])].map((output) => artifactNode(step, output)),
  ]);
  const made = nodes
    .filter((node) => node.output !== null)
    .map((node) => ({ from: node.step.name, to: node.id }));
  const taken = run.steps.flatMap((step) =>
    Object.values(step.inputs).map((source) => ({
      from: nodeId(source.step, source.output),
      to: step.name,
    })),
  );
  return { nodes, links: [...made, ...taken] };
}

const stepNode = (step: Step): Node => ({
  id: nodeId(step.name, null),
  step,
  output: null,
  artifact: null,
  state: step.state,
});

function artifactNode(step: Step, output: string): Node {
  const artifact = step.outputs[output] ?? null;
  const state = artifact === null && step.state !== "skipped" ? "waiting" : step.state;
  return { id: nodeId(step.name, output), step, output, artifact, state };
}
