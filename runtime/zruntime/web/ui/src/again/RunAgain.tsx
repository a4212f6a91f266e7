import { useRef, useState } from "react";
import { useNavigate } from "react-router-dom";
import { lineagePath } from "../routes";
import { runAgain } from "./runAgain";

interface Props {
  readonly dagId: string;
  readonly runId: string;
}

/** Runs a Dag again without the cache, once the user has confirmed it, and goes to the new run. */
export function RunAgain({ dagId, runId }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const navigate = useNavigate();
  const [refused, setRefused] = useState("");
  const [asking, setAsking] = useState(false);

  const run = async () => {
    setAsking(true);
    const asked = await runAgain(document.baseURI, dagId, runId);
    setAsking(false);
    if (asked.refused === undefined) {
      dialog.current?.close();
      await navigate(lineagePath(dagId, asked.runId));
    } else {
      setRefused(asked.refused);
    }
  };

  return (
    <>
      <button
        onClick={() => {
          setRefused("");
          dialog.current?.showModal();
        }}
        type="button"
      >
        Run again without cache
      </button>
      <dialog aria-label="Run again without cache" ref={dialog}>
        <p>
          All steps are computed again, in a new run with the parameters of this one. Later runs use
          the new results.
        </p>
        {refused === "" ? null : <p role="alert">{refused}</p>}
        <form method="dialog">
          <button type="submit">Cancel</button>
          <button
            disabled={asking}
            onClick={() => {
              void run();
            }}
            type="button"
          >
            Run
          </button>
        </form>
      </dialog>
    </>
  );
}
