import type { ReactNode } from "react";
import { Link, useNavigate } from "react-router-dom";
import { InvalidateStep } from "../actions/InvalidateStep";
import { formatBytes, formatDuration, formatShare, formatTime } from "../format";
import type { ListedRun, ListedStep } from "../listed";
import { lineagePath } from "../routes";
import { StateShape } from "../StateBadge";
import type { Overview, StepRow } from "./overview";

interface Props {
  readonly dagId: string;
  /** Whether the user may forget results. */
  readonly editable: boolean;
  readonly overview: Overview;
}

/** Steps by runs, in the colours of their states; each cell leads to the step in that run. */
export function Grid({ dagId, editable, overview }: Props) {
  const navigate = useNavigate();
  const longest = Math.max(...overview.runs.map(seconds));
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
                  style={{ height: `${0.5 + (3 * seconds(run)) / Math.max(longest, 1e-9)}rem` }}
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
        <tbody
          onClick={(event) => {
            const cell = (event.target as Element).closest<HTMLElement>("[data-run]");
            if (cell !== null) {
              const step = encodeURIComponent(cell.dataset.step ?? "");
              void navigate(`${lineagePath(dagId, cell.dataset.run ?? "")}?step=${step}`);
            }
          }}
        >
          {overview.rows.map((row) => (
            <Row key={row.name} row={row} runs={overview.runs}>
              {editable ? <InvalidateStep dagId={dagId} step={row.name} /> : null}
            </Row>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const seconds = (run: ListedRun) => (run.ended === null ? 0 : run.ended - run.started);

const titleOf = (run: ListedRun) =>
  `${run.name}\n${run.status}, started ${formatTime(run.started)}` +
  (run.ended === null ? "" : `, took ${formatDuration(seconds(run))}`);

interface RowProps {
  readonly row: StepRow;
  readonly runs: readonly ListedRun[];
  /** What can be done with the step's results. */
  readonly children: ReactNode;
}

function Row({ children, row, runs }: RowProps) {
  return (
    <tr>
      <th scope="row">{row.name}</th>
      {row.cells.map((step, at) => (
        <Cell key={runs[at]?.name ?? at} run={runs[at]?.name ?? ""} step={step} />
      ))}
      <td className="zc-number">{formatShare(row.rate)}</td>
      <td className="zc-number">{row.saved === 0 ? "–" : formatDuration(row.saved)}</td>
      <td className="zc-number">{row.size === 0 ? "–" : formatBytes(row.size)}</td>
      {children === null ? null : <td className="zc-actions">{children}</td>}
    </tr>
  );
}

function Cell({ run, step }: { readonly run: string; readonly step: ListedStep | null }) {
  if (step === null) {
    return <td />;
  }
  return (
    <td data-run={run} data-step={step.name}>
      <span className={`zc-cell zc-${step.state}`} data-state={step.state} title={told(run, step)}>
        <svg aria-label={step.state} role="img" viewBox="0 0 16 16">
          <StateShape state={step.state} />
        </svg>
      </span>
    </td>
  );
}

function told(run: string, { duration, name, saved, state }: ListedStep): string {
  const time =
    state === "cached"
      ? saved === null || `saved ${formatDuration(saved)}`
      : duration !== null && `took ${formatDuration(duration)}`;
  return [`${name}: ${state}`, time, run].filter((part) => typeof part === "string").join("\n");
}
