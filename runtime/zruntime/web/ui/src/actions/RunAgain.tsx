import { useNavigate } from "react-router-dom";
import { lineagePath } from "../routes";
import { Ask } from "./Ask";
import { runAgain } from "./runAgain";

interface Props {
  readonly dagId: string;
  readonly runId: string;
}

/** Runs a Dag again without the cache, and goes to the new run. */
export function RunAgain({ dagId, runId }: Props) {
  const navigate = useNavigate();
  const run = async () => {
    const asked = await runAgain(document.baseURI, dagId, runId);
    if (asked.refused !== undefined) {
      return asked;
    }
    await navigate(lineagePath(dagId, asked.value));
    return { value: "" };
  };
  return (
    <Ask label="Run again without cache" onConfirm={run} verb="Run">
      <p>
        All steps are computed again, in a new run with the parameters of this one. Later runs use
        the new results.
      </p>
    </Ask>
  );
}
