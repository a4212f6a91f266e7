import { elapsed, formatDuration, instancesSummary } from "./format";
import type { Instance } from "./record";
import { StateBadge } from "./StateBadge";

/** Instances shown one by one; the rest is counted. */
const SHOWN = 200;

interface Props {
  readonly step: string;
  readonly instances: readonly Instance[];
  /** Unix time in seconds. */
  readonly now: number;
}

/** The instances of a mapped step: how many are in which state, and each of them on request. */
export function Instances({ instances, now, step }: Props) {
  if (instances.length === 0) {
    return <span>{instancesSummary(instances)}</span>;
  }
  return (
    <details>
      <summary>{instancesSummary(instances)}</summary>
      <ol aria-label={`Instances of ${step}`} className="zc-instances">
        {instances.slice(0, SHOWN).map((instance) => (
          <Row instance={instance} key={instance.index} now={now} />
        ))}
        {instances.length > SHOWN ? (
          <li className="zc-muted">and {instances.length - SHOWN} more</li>
        ) : null}
      </ol>
    </details>
  );
}

function Row({ instance, now }: { readonly instance: Instance; readonly now: number }) {
  const seconds = elapsed(instance, now);
  return (
    <li>
      <span className="zc-number">{instance.index}</span>
      <StateBadge state={instance.state} />
      {instance.state === "cached" || seconds === null ? null : (
        <span>{formatDuration(seconds)}</span>
      )}
      <span>{instance.error === "" ? instance.reason : instance.error}</span>
    </li>
  );
}
