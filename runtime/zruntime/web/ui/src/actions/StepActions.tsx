import { useFollow } from "../following";
import { Section } from "../panel/Section";
import { usePlaces } from "../places";
import type { Run, Step } from "../record";
import { invalidatePath } from "../routes";
import { Ask } from "./Ask";
import { act } from "./act";
import { forgotten, type Forgotten } from "./forgotten";
import { runStepAgain } from "./runAgain";

interface Props {
  readonly run: Run;
  readonly step: Step;
}

/** What those who may can do with a step of a run. */
export function StepActions({ run, step }: Props) {
  const { dagRun, record } = usePlaces();
  const mayRun = dagRun !== null && ENDED.has(step.state);
  const hasResult =
    step.key !== null || (step.instances ?? []).some(({ state }) => STORED.has(state));
  if (run.editable !== true || record === null || !(mayRun || hasResult)) {
    return null;
  }
  return (
    <Section title="Actions">
      <div className="zc-actions">
        {mayRun ? <RunStepAgain {...dagRun} step={step} /> : null}
        {hasResult ? <Invalidate record={record} step={step} /> : null}
      </div>
    </Section>
  );
}

/** States of steps that Airflow may run once more. */
const ENDED: ReadonlySet<string> = new Set(["cached", "completed", "failed"]);

/** States of what has a result. */
const STORED: ReadonlySet<string> = new Set(["cached", "completed"]);

interface AgainProps {
  readonly dagId: string;
  readonly runId: string;
  readonly step: Step;
}

function RunStepAgain({ dagId, runId, step }: AgainProps) {
  const follow = useFollow();
  return (
    <Ask
      label="Run from here without cache"
      onConfirm={async () => {
        const asked = await runStepAgain(document.baseURI, dagId, runId, step);
        if (asked.refused !== undefined) {
          return asked;
        }
        follow();
        return { value: "Airflow runs it again." };
      }}
      verb="Run"
    >
      <p>
        {step.name} and all steps that depend on it are computed again in this run, without looking
        for stored results. Later runs use the new results.
      </p>
    </Ask>
  );
}

function Invalidate({ record, step }: { readonly record: string; readonly step: Step }) {
  return (
    <Ask
      label="Invalidate result"
      onConfirm={async () =>
        forgotten(await act<Forgotten>(record + invalidatePath(step.name), {}))
      }
      verb="Invalidate"
    >
      <p>
        The stored result of {step.name} is forgotten, so the next run that wants it computes it
        again. Other pipelines that share it do so, too. This run stays as it is.
      </p>
    </Ask>
  );
}
