import { stepInvalidateUrl } from "../routes";
import { Ask } from "./Ask";
import { act } from "./act";
import { forgotten, type Forgotten } from "./forgotten";

interface Props {
  readonly dagId: string;
  readonly step: string;
}

/** Forgets all stored results of a step. */
export function InvalidateStep({ dagId, step }: Props) {
  return (
    <Ask
      label="Invalidate"
      name={`Invalidate all results of ${step}`}
      onConfirm={async () =>
        forgotten(await act<Forgotten>(stepInvalidateUrl(document.baseURI, dagId, step), {}))
      }
      verb="Invalidate"
    >
      <p>
        All stored results of {step} are forgotten, whatever its parameters and inputs were, so the
        next run computes it again. Other pipelines that share them do so, too.
      </p>
    </Ask>
  );
}
