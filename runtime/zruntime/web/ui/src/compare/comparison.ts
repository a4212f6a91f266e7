// Two runs side by side, as `GET api/dags/{dag_id}/runs/{run_id}/compared/{other}` answers it.

import { nodeId } from "../graph/model";
import { runInterval } from "../interval";
import type { Run, Step } from "../record";

export const VERDICTS = [
  "changed",
  "other inputs",
  "other result",
  "added",
  "removed",
  "not known yet",
  "same",
] as const;

export type Verdict = (typeof VERDICTS)[number];

export interface Change {
  /** A part of the key, or "source", "state", "instances" or "result". */
  readonly part: string;
  readonly name: string;
  /** Plain data; digests of inputs, results and code. */
  readonly old: unknown;
  readonly new: unknown;
  readonly text: string;
}

export interface ComparedStep {
  readonly name: string;
  readonly verdict: Verdict;
  readonly changes: readonly Change[];
  /** Unified diffs of the code that differs, where both texts are still kept. */
  readonly diffs: readonly string[];
}

export interface Comparison {
  /** The run that the shown one is compared with. */
  readonly before: Run;
  readonly after: Run;
  readonly steps: readonly ComparedStep[];
}

/** Whether a verdict says that something differs. */
export const differs = (verdict: Verdict) => verdict !== "same" && verdict !== "not known yet";

/** Milliseconds until two runs are asked for again; null if both have ended. */
export function comparisonInterval({ after, before }: Comparison): number | null {
  const waits = [before, after].map(runInterval).filter((wait) => wait !== null);
  return waits.length === 0 ? null : Math.min(...waits);
}

/** The shown run with the steps and outputs that only the other one has. */
export function joined({ after, before }: Comparison): Run {
  const former = new Map(before.steps.map((step) => [step.name, step]));
  const names = new Set(after.steps.map((step) => step.name));
  const steps = after.steps.map((step) => {
    const names = outputsOf(former.get(step.name), step);
    return { ...step, declares: Object.fromEntries(names.map((name) => [name, ""])) };
  });
  return { ...after, steps: [...steps, ...before.steps.filter(({ name }) => !names.has(name))] };
}

/** The verdicts on the steps and artifacts of both runs, by the ids of their nodes. */
export function marksOf({ after, before, steps }: Comparison): ReadonlyMap<string, Verdict> {
  const [then, now] = [before, after].map(
    (run) => new Map(run.steps.map((step) => [step.name, step])),
  );
  return new Map(
    steps.flatMap((step): readonly (readonly [string, Verdict])[] => {
      const outputs = outputsOf(then?.get(step.name), now?.get(step.name));
      return [
        [nodeId(step.name, null), step.verdict],
        ...outputs.map((output) => [nodeId(step.name, output), verdictOn(step, output)] as const),
      ];
    }),
  );
}

/** The names of the outputs that a step has in one of two runs. */
const outputsOf = (...steps: readonly (Step | undefined)[]): readonly string[] => [
  ...new Set(
    steps.flatMap((step) => [
      ...Object.keys(step?.declares ?? {}),
      ...Object.keys(step?.outputs ?? {}),
    ]),
  ),
];

function verdictOn({ changes, verdict }: ComparedStep, output: string): Verdict {
  if (verdict === "added" || verdict === "removed" || verdict === "not known yet") {
    return verdict;
  }
  const change = changes.find(({ name, part }) => part === "result" && name === output);
  if (change === undefined) {
    return "same";
  }
  return change.old === null ? "added" : change.new === null ? "removed" : "other result";
}
