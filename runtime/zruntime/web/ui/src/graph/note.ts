import { elapsed, formatBytes, formatDuration } from "../format";
import type { Artifact, Instance, Step } from "../record";
import type { Node } from "./model";

/**
 * What stands below a node's name: how long a step took or what it saved, how large an artifact is.
 *
 * @param now Unix time in seconds.
 */
export function noteOf(node: Node, now: number): string {
  return node.output === null ? stepNote(node.step, now) : artifactNote(node.artifact);
}

function stepNote(step: Step, now: number): string {
  if (step.instances !== null && step.state === "running") {
    return `${step.instances.filter(hasEnded).length} of ${step.instances.length} done`;
  }
  if (step.state === "cached") {
    return step.saved === null ? "" : `saved ${formatDuration(step.saved)}`;
  }
  const seconds = elapsed(step, now);
  return seconds === null ? "" : formatDuration(seconds);
}

const hasEnded = ({ state }: Instance) => state !== "waiting" && state !== "running";

function artifactNote(artifact: Artifact | null): string {
  if (artifact === null) {
    return "";
  }
  const { shape } = artifact.metadata;
  return Array.isArray(shape) && shape.length > 0 ? shape.join(" × ") : formatBytes(artifact.size);
}
