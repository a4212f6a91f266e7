import type { JSX } from "react";
import { type Verdict, VERDICTS } from "./comparison";

/** What a verdict is called in the page of the shown run. */
export const WORDS: Readonly<Record<Verdict, string>> = {
  changed: "changed",
  "other inputs": "other inputs",
  "other result": "other result",
  added: "only in this run",
  removed: "only in the other",
  "not known yet": "not known yet",
  same: "same",
};

const MEANING: Readonly<Record<Verdict, string>> = {
  changed: "Its code, its parameters or something else of its own differs",
  "other inputs": "Only what it was given differs",
  "other result": "Nothing else differs, and yet its result or its end does",
  added: "The other run has no such step",
  removed: "This run has no such step",
  "not known yet": "It has not ended in one of the runs",
  same: "Code, parameters, inputs and results are the same",
};

// Each has a shape of its own, for people who do not see the colours apart.
const SHAPE: Readonly<Record<Verdict, JSX.Element>> = {
  changed: <path d="M3 6h10M3 10h10M11 2.5 5 13.5" />,
  "other inputs": <path d="M2 8h8M7 4.5 10.5 8 7 11.5M13.5 3v10" />,
  "other result": <path d="M8 2.5v11M3.2 5.2l9.6 5.6M12.8 5.2l-9.6 5.6" />,
  added: <path d="M8 3v10M3 8h10" />,
  removed: <path d="M3 8h10" />,
  "not known yet": <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" />,
  same: <path d="M3 6h10M3 10h10" />,
};

interface Props {
  readonly verdict: Verdict;
}

/** The shape of a verdict, on a field of 16 by 16. */
export const VerdictShape = ({ verdict }: Props) => SHAPE[verdict];

export const verdictClass = (verdict: Verdict) => `zc-v-${verdict.replaceAll(" ", "-")}`;

/** A verdict in words, shape and colour. */
export function VerdictBadge({ verdict }: Props) {
  return (
    <span
      className={`zc-badge ${verdictClass(verdict)}`}
      data-verdict={verdict}
      title={MEANING[verdict]}
    >
      <svg aria-hidden="true" viewBox="0 0 16 16">
        <VerdictShape verdict={verdict} />
      </svg>
      {WORDS[verdict]}
    </span>
  );
}

export function VerdictLegend() {
  return (
    <ul aria-label="Differences" className="zc-legend">
      {VERDICTS.map((verdict) => (
        <li key={verdict}>
          <VerdictBadge verdict={verdict} />
        </li>
      ))}
    </ul>
  );
}
