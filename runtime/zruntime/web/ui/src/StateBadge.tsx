import type { JSX } from "react";
import { STATES, type StepState } from "./record";

const MEANING: Readonly<Record<StepState, string>> = {
  cached: "Taken from the cache; nothing was computed",
  completed: "Computed in this run",
  running: "Being computed now",
  failed: "Raised an error",
  skipped: "Did not run, because of a condition",
  waiting: "Not started yet",
};

// Each state has a shape of its own, for people who do not see the colours apart.
const SHAPE: Readonly<Record<StepState, JSX.Element>> = {
  cached: <path d="M8 1.8 14.2 5 8 8.2 1.8 5zM2.2 8 8 11l5.8-3M2.2 11 8 14l5.8-3" />,
  completed: <path d="M3 8.5 6.5 12 13 4.5" />,
  running: <path className="zc-spin" d="M8 2a6 6 0 1 1-5.7 4" />,
  failed: <path d="m4 4 8 8M12 4l-8 8" />,
  skipped: <path d="M2.5 8h11M9.5 4l4 4-4 4M2.5 4v8" />,
  waiting: <circle cx="8" cy="8" r="5.5" strokeDasharray="2.4 2.2" />,
};

interface Props {
  readonly state: StepState;
}

/** The shape of a state, on a field of 16 by 16. */
export const StateShape = ({ state }: Props) => SHAPE[state];

/** A state in words, shape and colour. */
export function StateBadge({ state }: Props) {
  return (
    <span className={`zc-badge zc-${state}`} data-state={state} title={MEANING[state]}>
      <svg aria-hidden="true" viewBox="0 0 16 16">
        <StateShape state={state} />
      </svg>
      {state}
    </span>
  );
}

const FORMS = [
  ["Step", <circle cx="8" cy="8" key="" r="6" />],
  ["Artifact", <rect height="11" key="" rx="1.5" width="11" x="2.5" y="2.5" />],
  ["From the cache", <path d="M0 8h16" key="" strokeDasharray="4 3" />],
] as const;

/** The states, and the forms in the graph. */
export function Legend({ graph }: { readonly graph: boolean }) {
  return (
    <div className="zc-legend">
      <ul aria-label="Legend">
        {STATES.map((state) => (
          <li key={state}>
            <StateBadge state={state} />
          </li>
        ))}
      </ul>
      {graph ? (
        <ul aria-label="Forms">
          {FORMS.map(([name, form]) => (
            <li className="zc-form" key={name}>
              <svg aria-hidden="true" viewBox="0 0 16 16">
                {form}
              </svg>
              {name}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
