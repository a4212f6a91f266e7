import { graphOf, nodeId } from "../graph/model";
import type { Run } from "../record";
import type { Selected } from "../selection";
import { StateBadge } from "../StateBadge";
import { ArtifactDetails } from "./ArtifactDetails";
import { Panel } from "./Panel";
import { StepDetails } from "./StepDetails";

interface Props {
  readonly run: Run;
  readonly selected: Selected;
  /** Unix time in seconds. */
  readonly now: number;
  readonly onSelect: (selected: Selected | null) => void;
}

/** All that the record says of the step or artifact that is selected. */
export function DetailsPanel({ now, onSelect, run, selected }: Props) {
  const id = nodeId(selected.step, selected.output);
  const node = graphOf(run).nodes.find((each) => each.id === id);
  const name = selected.output ?? selected.step;
  return (
    <Panel
      badge={node === undefined ? null : <StateBadge state={node.state} />}
      name={name}
      onClose={() => {
        onSelect(null);
      }}
    >
      {node === undefined ? (
        <p className="zc-muted">
          This run has no {selected.output === null ? "step" : "artifact"} of this name.
        </p>
      ) : node.output === null ? (
        <StepDetails now={now} onSelect={onSelect} run={run} step={node.step} />
      ) : (
        <ArtifactDetails node={node} onSelect={onSelect} run={run} />
      )}
    </Panel>
  );
}
