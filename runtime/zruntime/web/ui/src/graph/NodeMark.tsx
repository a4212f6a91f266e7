import { memo } from "react";
import type { Verdict } from "../compare/comparison";
import { verdictClass, VerdictShape, WORDS } from "../compare/VerdictBadge";
import type { StepState } from "../record";
import { StateShape } from "../StateBadge";
import { CIRCLE, COLUMN, SQUARE, TEXT } from "./sizes";

const LETTERS = 16;

export interface NodeMarkProps {
  readonly id: string;
  readonly kind: "step" | "artifact";
  readonly state: StepState;
  readonly name: string;
  /** What stands below the name. */
  readonly note: string;
  /** Instances of a mapped step. */
  readonly instances: number | null;
  readonly x: number;
  readonly y: number;
  readonly selected: boolean;
  /** Whether the tab key stops here. */
  readonly current: boolean;
  /** Whether a search finds it. */
  readonly found: boolean;
  /** How it differs from that of another run, if two are compared. */
  readonly verdict: Verdict | null;
}

/** A step as a circle, or an artifact as a square, in the colour and with the shape of its state. */
export const NodeMark = memo(function NodeMark(props: NodeMarkProps) {
  const { current, found, id, instances, kind, name, note, selected, state, verdict, x, y } = props;
  const size = kind === "step" ? CIRCLE : SQUARE;
  const marks = [`zc-node zc-${state}`];
  if (selected) {
    marks.push("zc-selected");
  }
  if (found) {
    marks.push("zc-found");
  }
  if (verdict !== null) {
    marks.push(verdictClass(verdict));
  }
  const compared = verdict === null ? "" : `, ${WORDS[verdict]}`;
  const many = instances === null ? "" : `, ${instances} instances`;
  return (
    <g
      aria-label={`${name}, ${kind}, ${state}${many}${compared}`}
      aria-pressed={selected}
      className={marks.join(" ")}
      data-node={id}
      data-state={state}
      role="button"
      tabIndex={current ? 0 : -1}
      transform={`translate(${x},${y})`}
    >
      <title>{note === "" ? name : `${name}: ${note}`}</title>
      <rect className="zc-hit" height={2 * size + TEXT} width={COLUMN} x={-COLUMN / 2} y={-size} />
      {instances === null ? null : <circle className="zc-behind" cx="5" cy="-5" r={CIRCLE} />}
      {kind === "step" ? (
        <circle className="zc-body" r={size} />
      ) : (
        <rect className="zc-body" height={2 * size} rx="3" width={2 * size} x={-size} y={-size} />
      )}
      <g
        className="zc-icon"
        transform={kind === "step" ? "translate(-8,-8)" : "translate(-7,-7) scale(.875)"}
      >
        <StateShape state={state} />
      </g>
      {verdict === null || verdict === "same" ? null : (
        <g className="zc-mark" transform={`translate(${size - 2},${2 - size})`}>
          <circle r="9" />
          <g transform="translate(-6,-6) scale(.75)">
            <VerdictShape verdict={verdict} />
          </g>
        </g>
      )}
      <text className="zc-name" y={size + 14}>
        {shortened(name)}
      </text>
      <text className="zc-note" y={size + 27}>
        {shortened(note)}
      </text>
    </g>
  );
});

const shortened = (text: string) =>
  text.length <= LETTERS ? text : `${text.slice(0, LETTERS - 1)}…`;
