import { useFollow } from "../following";
import { Section } from "../panel/Section";
import { usePlaces } from "../places";
import type { Run } from "../record";
import { pinPath } from "../routes";
import { Ask } from "./Ask";
import { act } from "./act";

interface Props {
  readonly run: Run;
  readonly step: string;
  readonly output: string;
  readonly digest: string;
}

/** Keeps an artifact from garbage collection, or does so no longer. */
export function PinArtifact({ digest, output, run, step }: Props) {
  const { record } = usePlaces();
  const follow = useFollow();
  if (run.editable !== true || record === null) {
    return null;
  }
  const pinned = isPinned(run, digest);
  const verb = pinned ? "Unpin" : "Pin";
  return (
    <Section title="Actions">
      <div className="zc-actions">
        <Ask
          key={verb}
          label={`${verb} artifact`}
          onConfirm={async () => {
            const acted = await act(record + pinPath(step, output), { pinned: !pinned });
            if (acted.refused !== undefined) {
              return acted;
            }
            follow();
            return { value: "" };
          }}
          verb={verb}
        >
          <p>
            {pinned
              ? "A garbage collection may remove it again, once no stored result names it."
              : "No garbage collection removes it, even if its result is forgotten, until it is unpinned."}
          </p>
        </Ask>
      </div>
    </Section>
  );
}

export const isPinned = (run: Run, digest: string) => run.pinned?.includes(digest) ?? false;
