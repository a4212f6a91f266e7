import { Link } from "react-router-dom";
import { formatDuration, formatTime, summary } from "../format";
import { type ListedRun, listInterval } from "../listed";
import { Message, Notice } from "../Message";
import { StateBadge } from "../StateBadge";
import css from "../styles";
import { Table } from "../Table";
import { Watched } from "../Watched";
import { runPath } from "./paths";

const HEADS = [
  ["Run"],
  ["State"],
  ["Pipeline"],
  ["Started"],
  ["Took", "zc-number"],
  ["Steps"],
] as const;

/** The newest runs, each leading to its lineage. */
export function RunList() {
  return (
    <section aria-label="Runs" className="zcompile">
      <style>{css}</style>
      <Watched
        interval={listInterval}
        missing={null}
        url={new URL("/api/runs", document.baseURI).href}
        what="the runs of this store"
      >
        {(runs: readonly ListedRun[], notice) => (
          <>
            <header>
              <h1 className="zc-title">Runs</h1>
            </header>
            <Notice text={notice} />
            {runs.length === 0 ? (
              <Message title="No runs yet">
                Runs appear here as soon as a pipeline runs that uses this store.
              </Message>
            ) : (
              <RunTable runs={runs} />
            )}
          </>
        )}
      </Watched>
    </section>
  );
}

export function RunTable({ runs }: { readonly runs: readonly ListedRun[] }) {
  return (
    <Table heads={HEADS}>
      {runs.map((run) => (
        <tr key={`${run.pipeline} ${run.number}`}>
          <th scope="row">
            <Link to={runPath(run.pipeline, run.name)}>{run.name}</Link>
          </th>
          <td>
            <StateBadge state={run.status} />
          </td>
          <td>{run.pipeline}</td>
          <td>{formatTime(run.started)}</td>
          <td className="zc-number">
            {run.ended === null ? "–" : formatDuration(run.ended - run.started)}
          </td>
          <td>{summary(run)}</td>
        </tr>
      ))}
    </Table>
  );
}
