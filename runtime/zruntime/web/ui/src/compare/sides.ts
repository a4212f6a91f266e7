import { formatBytes, formatDuration } from "../format";
import { asText } from "../panel/Facts";
import type { Artifact, Run, Step } from "../record";
import type { Comparison } from "./comparison";

/** One thing in two runs; null where a run has none. */
export interface Sides {
  readonly label: string;
  readonly before: string | null;
  readonly after: string | null;
  /** Whether it counts as a difference; durations do not. */
  readonly differs: boolean;
}

/** What a run tells of a step or an artifact. */
interface Told {
  readonly label: string;
  readonly text: string;
  /** The changes that are about it: one of these parts, of this name. */
  readonly parts: readonly string[];
  readonly name: string;
}

/** What two runs tell of a step. */
export function stepSides({ after, before, steps }: Comparison, name: string): readonly Sides[] {
  const changes = steps.find((step) => step.name === name)?.changes ?? [];
  return paired(stepTold(before, name), stepTold(after, name), (told) =>
    changes.some((change) => told.parts.includes(change.part) && change.name === told.name),
  );
}

/** What two runs tell of an artifact. */
export const artifactSides = (
  before: Artifact | undefined,
  after: Artifact | undefined,
): readonly Sides[] => paired(artifactTold(before), artifactTold(after), (_, isSame) => !isSame);

/** The record of a step in a run. */
export const stepOf = (run: Run, name: string): Step | undefined =>
  run.steps.find((step) => step.name === name);

function paired(
  before: readonly Told[],
  after: readonly Told[],
  isDifferent: (told: Told, isSame: boolean) => boolean,
): readonly Sides[] {
  const [then, now] = [before, after].map((side) => new Map(side.map((at) => [at.label, at])));
  const all = new Map([...(now ?? []), ...(then ?? [])]);
  return [...all.values()].map((told) => {
    const [old, present] = [then?.get(told.label)?.text, now?.get(told.label)?.text];
    return {
      label: told.label,
      before: old ?? null,
      after: present ?? null,
      differs: isDifferent(told, old === present),
    };
  });
}

function stepTold(run: Run, name: string): readonly Told[] {
  const step = stepOf(run, name);
  if (step === undefined) {
    return [];
  }
  const time = timeOf(step);
  return [
    told("State", step.state, ["state"]),
    ...(time === null ? [] : [told("Time", time)]),
    told("Function", step.function),
    ...Object.entries(step.parameters).map(([key, value]) =>
      told(`Parameter ${key}`, asText(value), ["parameter"], key),
    ),
    ...Object.entries(step.inputs).map(([key, source]) => {
      const made = stepOf(run, source.step)?.outputs[source.output];
      const digest = made === undefined ? "" : ` (${short(made.digest)})`;
      const text = `${source.output} of ${source.step}${digest}`;
      return told(`Input ${key}`, text, ["input", "source"], key);
    }),
    ...Object.entries(step.outputs).map(([key, { digest, size }]) =>
      told(`Result ${key}`, `${short(digest)}, ${formatBytes(size)}`, ["result"], key),
    ),
  ];
}

function artifactTold(made: Artifact | undefined): readonly Told[] {
  if (made === undefined) {
    return [];
  }
  return [
    told("Type", made.type.replace(":", ".")),
    ...Object.entries(made.metadata)
      .filter(([name]) => name !== "preview" && name !== "columns")
      .map(([name, value]) => told(name.replaceAll("_", " "), asText(value))),
    told("Size", formatBytes(made.size)),
    told("Format", made.materializer),
    told("Digest", short(made.digest)),
  ];
}

const told = (label: string, text: string, parts: readonly string[] = [], name = ""): Told => ({
  label,
  text,
  parts,
  name,
});

function timeOf({ duration, saved, state }: Step): string | null {
  if (state === "cached") {
    return saved === null ? null : `saved ${formatDuration(saved)}`;
  }
  return duration === null ? null : formatDuration(duration);
}

/** Digests are told apart by their beginnings. */
const short = (digest: string) => digest.slice(0, 8);
