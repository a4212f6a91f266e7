import { type KeyboardEvent, memo, type MouseEvent, useRef, useState } from "react";
import { Link, useHref, useNavigate } from "react-router-dom";
import { InvalidateStep } from "../actions/InvalidateStep";
import { formatBytes, formatDuration, formatShare, formatTime } from "../format";
import type { ListedRun, ListedStep } from "../listed";
import { lineagePath } from "../routes";
import { StateShape } from "../StateBadge";
import { beside, newest, type Position } from "./beside";
import { type Overview, type StepRow, workOf } from "./overview";

interface Props {
  readonly dagId: string;
  /** Whether the user may forget results. */
  readonly editable: boolean;
  readonly overview: Overview;
}

/**
 * Steps by runs, in the colours of their states; each cell leads to the step in that run.
 *
 * The cells are one stop of the Tab key, and arrow keys lead from one to the next.
 */
export function Grid({ dagId, editable, overview }: Props) {
  const navigate = useNavigate();
  const root = useHref("/");
  const body = useRef<HTMLTableSectionElement>(null);
  const [walked, setWalked] = useState<Position>();
  const longest = Math.max(...overview.runs.map(workOf));
  const { rows } = overview;
  const isThere = walked !== undefined && Boolean(rows[walked.row]?.cells[walked.column]);
  const current = isThere ? walked : newest(rows);

  const onClick = (event: MouseEvent) => {
    const link = linkOf(event.target);
    if (link !== null && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      void navigate(stepPath(dagId, link.dataset.run ?? "", link.dataset.step ?? ""));
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const cell = linkOf(event.target)?.closest("td");
    const row = cell?.closest("tr");
    if (!cell || !row) {
      return;
    }
    const here = { row: row.sectionRowIndex, column: cell.cellIndex - 1 };
    const next = beside(event.key, here, rows);
    if (next !== undefined) {
      event.preventDefault();
      setWalked(next);
      body.current?.rows[next.row]?.cells[next.column + 1]?.querySelector("a")?.focus();
    }
  };

  return (
    <div className="zc-scroll">
      <table className="zc-grid">
        <thead>
          <tr>
            <th scope="col">Step</th>
            {overview.runs.map((run) => (
              <th key={run.name} scope="col">
                <Link
                  aria-label={`Lineage of run ${run.name}, ${run.status}`}
                  className={`zc-bar zc-${run.status}`}
                  style={{ height: `${0.5 + (3 * workOf(run)) / Math.max(longest, 1e-9)}rem` }}
                  title={titleOf(run)}
                  to={lineagePath(dagId, run.name)}
                />
              </th>
            ))}
            <th className="zc-number" scope="col">
              From the cache
            </th>
            <th className="zc-number" scope="col">
              Saved
            </th>
            <th className="zc-number" scope="col">
              Size
            </th>
            {editable ? <th scope="col">Results</th> : null}
          </tr>
        </thead>
        <tbody onClick={onClick} onKeyDown={onKeyDown} ref={body}>
          {rows.map((row, at) => (
            <Row
              dagId={dagId}
              editable={editable}
              key={row.name}
              root={root}
              row={row}
              runs={overview.runs}
              stop={current?.row === at ? current.column : null}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const titleOf = (run: ListedRun) =>
  `${run.name}\n${run.status}, started ${formatTime(run.started)}` +
  (run.ended === null ? "" : `, its steps took ${formatDuration(workOf(run))}`);

interface RowProps {
  readonly dagId: string;
  readonly editable: boolean;
  /** Where Airflow's pages begin. */
  readonly root: string;
  readonly row: StepRow;
  readonly runs: readonly ListedRun[];
  /** The column of the cell that the Tab key stops at, if it is in this row. */
  readonly stop: number | null;
}

const Row = memo(function Row({ dagId, editable, root, row, runs, stop }: RowProps) {
  return (
    <tr>
      <th scope="row">{row.name}</th>
      {row.cells.map((step, at) => {
        const run = runs[at]?.name ?? "";
        return (
          <td key={run}>
            {step === null ? null : (
              <a
                aria-label={`${step.name}: ${step.state}, run ${run}`}
                className={`zc-cell zc-${step.state}`}
                data-run={run}
                data-state={step.state}
                data-step={step.name}
                href={root.replace(/\/$/, "") + stepPath(dagId, run, step.name)}
                tabIndex={at === stop ? 0 : -1}
                title={told(run, step)}
              >
                <svg aria-label={step.state} role="img" viewBox="0 0 16 16">
                  <StateShape state={step.state} />
                </svg>
              </a>
            )}
          </td>
        );
      })}
      <td className="zc-number">{formatShare(row.rate)}</td>
      <td className="zc-number">{row.saved === 0 ? "–" : formatDuration(row.saved)}</td>
      <td className="zc-number">{row.size === 0 ? "–" : formatBytes(row.size)}</td>
      {editable ? (
        <td className="zc-actions">
          <InvalidateStep dagId={dagId} step={row.name} />
        </td>
      ) : null}
    </tr>
  );
});

const linkOf = (target: EventTarget) => (target as Element).closest<HTMLElement>("a[data-run]");

const stepPath = (dagId: string, run: string, step: string) =>
  `${lineagePath(dagId, run)}?step=${encodeURIComponent(step)}`;

function told(run: string, { duration, name, saved, state }: ListedStep): string {
  const time =
    state === "cached"
      ? saved === null || `saved ${formatDuration(saved)}`
      : duration !== null && `took ${formatDuration(duration)}`;
  return [`${name}: ${state}`, time, run].filter((part) => typeof part === "string").join("\n");
}
