import { useRef, useState } from "react";
import { formatTime, summary } from "../format";
import { type ListedRun, listInterval } from "../listed";
import type { Comparable } from "../places";
import type { Run } from "../record";
import { StateBadge } from "../StateBadge";
import { Table } from "../Table";
import { Watched } from "../Watched";

const HEADS = [["Run"], ["State"], ["Started"], ["Steps"]] as const;

interface Props {
  readonly run: Run;
  readonly comparable: Comparable;
  readonly onChoose: (other: string) => void;
}

/** Chooses the run that the shown one is compared with, among those of the same pipeline. */
export function CompareWith({ comparable, onChoose, run }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        onClick={() => {
          setOpen(true);
          dialog.current?.showModal();
        }}
        type="button"
      >
        Compare
      </button>
      <dialog
        aria-label="Compare with another run"
        className="zc-wide"
        onClose={() => {
          setOpen(false);
        }}
        ref={dialog}
      >
        <p className="zc-title">Compare with another run</p>
        {isOpen ? (
          <Watched interval={listInterval} missing={null} url={comparable.runs} what="the runs">
            {(runs: readonly ListedRun[]) => (
              <Runs onChoose={onChoose} runs={runs.filter((each) => isOther(each, run))} />
            )}
          </Watched>
        ) : null}
        <form method="dialog">
          <button type="submit">Cancel</button>
        </form>
      </dialog>
    </>
  );
}

const isOther = (each: ListedRun, run: Run) =>
  each.pipeline === run.pipeline && each.name !== run.name;

interface RunsProps {
  readonly runs: readonly ListedRun[];
  readonly onChoose: (other: string) => void;
}

function Runs({ onChoose, runs }: RunsProps) {
  return runs.length === 0 ? (
    <p className="zc-muted">There is no other run yet.</p>
  ) : (
    <Table heads={HEADS}>
      {runs.map((run) => (
        <tr key={run.name}>
          <th scope="row">
            <button
              className="zc-link"
              onClick={() => {
                onChoose(run.name);
              }}
              type="button"
            >
              {run.name}
            </button>
          </th>
          <td>
            <StateBadge state={run.status} />
          </td>
          <td>{formatTime(run.started)}</td>
          <td>{summary(run)}</td>
        </tr>
      ))}
    </Table>
  );
}
