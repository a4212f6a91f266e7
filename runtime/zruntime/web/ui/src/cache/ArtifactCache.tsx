import { Figures } from "../Figures";
import { formatBytes, formatDuration, formatTime } from "../format";
import { Message, Notice } from "../Message";
import { cacheUrl } from "../routes";
import css from "../styles";
import { Table } from "../Table";
import { Watched } from "../Watched";
import type { Numbers } from "./numbers";

const HEADS = [
  ["Step"],
  ["Pipeline"],
  ["Results", "zc-number"],
  ["Size", "zc-number"],
  ["Share", "zc-share"],
] as const;

const AGAIN_MS = 30_000;

/** The "Artifact cache" page of the navigation. */
export function ArtifactCache() {
  return (
    <section aria-label="Artifact cache" className="zcompile zc-page">
      <style>{css}</style>
      <header>
        <h1 className="zc-title">Artifact cache</h1>
      </header>
      <Watched interval={again} missing={null} url={cacheUrl(document.baseURI)} what="the cache">
        {(numbers: Numbers, notice) => (
          <>
            <Notice text={notice} />
            <StoreFigures numbers={numbers} />
          </>
        )}
      </Watched>
    </section>
  );
}

const again = () => AGAIN_MS;

export function StoreFigures({ numbers }: { readonly numbers: Numbers }) {
  const { garbage } = numbers;
  return numbers.entries === 0 && numbers.artifacts === 0 ? (
    <Message title={numbers.remote === "" ? "Nothing is stored yet" : "Nothing is stored here"}>
      {numbers.remote === "" ? (
        "The results of the steps of Dags that zcompile generated are kept here."
      ) : (
        <OwnStore remote={numbers.remote} />
      )}
    </Message>
  ) : (
    <>
      <Figures
        figures={[
          ["Size", formatBytes(numbers.size)],
          ["Results", String(numbers.entries)],
          ["Artifacts", String(numbers.artifacts)],
          ["Times used again", String(numbers.hits)],
          ["Time saved", formatDuration(numbers.saved)],
          ["Garbage", formatBytes(garbage.size)],
          ["Set aside as damaged", String(numbers.set_aside)],
        ]}
      />
      <p className="zc-muted">
        Counted at {formatTime(numbers.counted)}.{" "}
        {garbage.size === 0 ? null : (
          <>
            <code>zcompile cache gc</code> would remove the garbage.{" "}
          </>
        )}
        {numbers.remote === "" ? null : <OwnStore remote={numbers.remote} />}
      </p>
      {numbers.entries === 0 ? null : <Consumers numbers={numbers} />}
    </>
  );
}

/** Which store the figures are of, where each host has one of its own. */
const OwnStore = ({ remote }: { readonly remote: string }) => (
  <>
    These are the figures of the API server&rsquo;s own store. Workers have stores of their own and
    share results through {remote}, which is not counted here.
  </>
);

/** The steps whose results take most. */
function Consumers({ numbers: { others, size, steps } }: { readonly numbers: Numbers }) {
  return (
    <Table heads={HEADS}>
      {steps.map((each) => (
        <tr key={`${each.pipeline} ${each.step}`}>
          <th scope="row">{each.step}</th>
          <td>{each.pipeline}</td>
          <td className="zc-number">{each.entries}</td>
          <td className="zc-number">{formatBytes(each.size)}</td>
          <td>
            <meter max={Math.max(size, each.size, 1)} value={each.size} />
          </td>
        </tr>
      ))}
      {others.entries === 0 ? null : (
        <tr>
          <th className="zc-muted" colSpan={2} scope="row">
            Other steps
          </th>
          <td className="zc-number">{others.entries}</td>
          <td className="zc-number">{formatBytes(others.size)}</td>
          <td />
        </tr>
      )}
    </Table>
  );
}
