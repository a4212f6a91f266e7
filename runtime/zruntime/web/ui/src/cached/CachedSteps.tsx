import { Figures } from "../Figures";
import { formatBytes, formatDuration, formatShare } from "../format";
import { type ListedRun, listInterval } from "../listed";
import { Message, Notice } from "../Message";
import { runsUrl } from "../routes";
import { Legend } from "../StateBadge";
import css from "../styles";
import { Watched } from "../Watched";
import { Grid } from "./Grid";
import { overviewOf } from "./overview";

/** The "Cached steps" tab of a Dag. */
export function CachedSteps({ dagId }: { readonly dagId?: string }) {
  return (
    <section aria-label="Cached steps" className="zcompile">
      <style>{css}</style>
      {dagId === undefined ? (
        <NoRuns />
      ) : (
        <Watched
          interval={listInterval}
          key={dagId}
          missing={<NoRuns />}
          url={runsUrl(document.baseURI, dagId)}
          what="the runs of this Dag"
        >
          {(runs: readonly ListedRun[], notice) =>
            runs.length === 0 ? <NoRuns /> : <Runs dagId={dagId} notice={notice} runs={runs} />
          }
        </Watched>
      )}
    </section>
  );
}

interface RunsProps {
  readonly dagId: string;
  /** The newest first. */
  readonly runs: readonly ListedRun[];
  readonly notice: string | null;
}

export function Runs({ dagId, notice, runs }: RunsProps) {
  const overview = overviewOf(runs);
  return (
    <>
      <header>
        <Figures
          figures={[
            [runs.length === 1 ? "Run" : "Last runs", String(runs.length)],
            ["From the cache", formatShare(overview.rate)],
            ["Time saved", formatDuration(overview.saved)],
            ["Artifacts of the last run", formatBytes(overview.size)],
          ]}
        />
        <Legend graph={false} />
      </header>
      <Notice text={notice} />
      <Grid dagId={dagId} editable={runs[0]?.editable === true} overview={overview} />
    </>
  );
}

function NoRuns() {
  return (
    <Message title="No runs recorded">
      Runs of Dags that zcompile generated show their steps here once they are planned.
    </Message>
  );
}
