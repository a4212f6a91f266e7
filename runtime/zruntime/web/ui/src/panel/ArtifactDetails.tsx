import { isPinned, PinArtifact } from "../actions/PinArtifact";
import { formatBytes } from "../format";
import type { Node } from "../graph/model";
import { ProducingRun } from "../ProducingRun";
import type { Artifact, Run } from "../record";
import type { Selected } from "../selection";
import { asText, Facts } from "./Facts";
import { NodeButton } from "./NodeButton";
import { Preview } from "./Preview";
import { Section } from "./Section";

interface Props {
  readonly node: Node;
  readonly run: Run;
  readonly onSelect: (selected: Selected) => void;
}

/** What an artifact is, who made it, who takes it, and a glance at it. */
export function ArtifactDetails({ node, onSelect, run }: Props) {
  const { artifact, output, step } = node;
  const consumers = run.steps.filter((each) =>
    Object.values(each.inputs).some(
      (source) => source.step === step.name && source.output === output,
    ),
  );
  return (
    <>
      {artifact === null ? <p className="zc-muted">It has not been made in this run.</p> : null}
      <Facts
        rows={[
          [
            "Output of",
            <NodeButton key="step" onSelect={onSelect} to={{ step: step.name, output: null }}>
              {step.name}
            </NodeButton>,
          ],
          ["Computed by", step.state === "cached" && <ProducingRun step={step} />],
          ...(artifact === null ? [] : described(artifact)),
          ["Pinned", artifact !== null && isPinned(run, artifact.digest) && PINNED],
          [
            "Taken by",
            consumers.length > 0 && (
              <ul>
                {consumers.map(({ name }) => (
                  <li key={name}>
                    <NodeButton onSelect={onSelect} to={{ step: name, output: null }}>
                      {name}
                    </NodeButton>
                  </li>
                ))}
              </ul>
            ),
          ],
        ]}
      />
      {artifact === null ? null : (
        <>
          <Preview metadata={artifact.metadata} />
          <Section title="Digest">
            <code className="zc-digest">{artifact.digest}</code>
          </Section>
          <PinArtifact digest={artifact.digest} output={output ?? ""} run={run} step={step.name} />
        </>
      )}
    </>
  );
}

const PINNED = "No garbage collection removes it.";

function described({ materializer, metadata, size, type }: Artifact) {
  return [
    ["Type", type.replace(":", ".")],
    ...Object.entries(metadata)
      .filter(([name]) => !ELSEWHERE.has(name))
      .map(([name, value]) => [nameOf(name), valueOf(value)] as const),
    ["Size", formatBytes(size)],
    ["Format", materializer],
  ] as const;
}

/** Metadata that the preview shows. */
const ELSEWHERE: ReadonlySet<string> = new Set(["preview", "columns", "value"]);

/** The size of a picture is no number of bytes. */
const nameOf = (name: string) =>
  name === "size"
    ? "Dimensions"
    : `${name.slice(0, 1).toUpperCase()}${name.slice(1).replaceAll("_", " ")}`;

const valueOf = (value: unknown) =>
  Array.isArray(value) && value.every((item) => typeof item === "number")
    ? value.join(" × ")
    : asText(value);
