import { Link } from "react-router-dom";
import { StepActions } from "../actions/StepActions";
import { elapsed, formatBytes, formatDuration, formatTime } from "../format";
import { Instances } from "../Instances";
import { usePlaces } from "../places";
import { ProducingRun } from "../ProducingRun";
import type { Run, Step } from "../record";
import type { Selected } from "../selection";
import { Diff } from "./Diff";
import { asText, Facts } from "./Facts";
import { KeyParts } from "./KeyParts";
import { NodeButton } from "./NodeButton";
import { Section } from "./Section";

interface Props {
  readonly run: Run;
  readonly step: Step;
  /** Unix time in seconds. */
  readonly now: number;
  readonly onSelect: (selected: Selected) => void;
}

/** How a step fared, why, with what, and what it made. */
export function StepDetails({ now, onSelect, run, step }: Props) {
  const task = usePlaces().task(step);
  const seconds = step.state === "cached" ? null : elapsed(step, now);
  const parameters = Object.entries(step.parameters);
  return (
    <>
      <Why step={step} />
      <Facts
        rows={[
          ["Function", step.function],
          ["Started", step.started === null ? null : formatTime(step.started)],
          ["Duration", seconds === null ? null : formatDuration(seconds)],
          ["Time saved", step.saved === null ? null : formatDuration(step.saved)],
          ["Computed by", step.state === "cached" && <ProducingRun step={step} />],
          ["Airflow", task !== null && <Link to={task}>Task instance and log</Link>],
        ]}
      />
      {step.instances === null ? null : (
        <Section title="Instances">
          <Instances instances={step.instances} now={now} step={step.name} />
        </Section>
      )}
      {parameters.length === 0 ? null : (
        <Section title="Parameters">
          <Facts rows={parameters.map(([name, value]) => [name, asText(value)])} />
        </Section>
      )}
      <Ends onSelect={onSelect} step={step} />
      <KeyParts step={step} />
      <StepActions run={run} step={step} />
    </>
  );
}

function Why({ step }: { readonly step: Step }) {
  return (
    <>
      {step.error === "" ? null : (
        <Section title="What went wrong">
          <pre>{step.error}</pre>
        </Section>
      )}
      {step.reason === "" ? null : (
        <Section title={step.state === "skipped" ? "Why it was skipped" : "Why it was not cached"}>
          <p>{step.reason}</p>
          {step.diffs.map((diff) => (
            <Diff key={diff} text={diff} />
          ))}
        </Section>
      )}
    </>
  );
}

/** The artifacts that a step takes and makes. */
function Ends({ onSelect, step }: Omit<Props, "now" | "run">) {
  const [inputs, outputs] = [Object.entries(step.inputs), Object.entries(step.outputs)];
  return (
    <>
      {inputs.length === 0 ? null : (
        <Section title="Inputs">
          <Facts
            rows={inputs.map(([name, source]) => [
              name,
              <NodeButton key={name} onSelect={onSelect} to={source}>
                {source.output} of {source.step}
              </NodeButton>,
            ])}
          />
        </Section>
      )}
      {outputs.length === 0 ? null : (
        <Section title="Outputs">
          <Facts
            rows={outputs.map(([output, artifact]) => [
              output,
              <NodeButton key={output} onSelect={onSelect} to={{ step: step.name, output }}>
                {artifact.type.replace(":", ".")}, {formatBytes(artifact.size)}
              </NodeButton>,
            ])}
          />
        </Section>
      )}
    </>
  );
}
