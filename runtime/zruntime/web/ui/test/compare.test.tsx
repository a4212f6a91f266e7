import { renderToStaticMarkup } from "react-dom/server";
import { MemoryRouter } from "react-router-dom";
import { describe, expect, it } from "vitest";
import { ComparedSteps } from "../src/compare/ComparedSteps";
import {
  type Change,
  type ComparedStep,
  type Comparison,
  comparisonInterval,
  joined,
  marksOf,
  VERDICTS,
} from "../src/compare/comparison";
import { stepSides } from "../src/compare/sides";
import { WORDS } from "../src/compare/VerdictBadge";
import { airflowPlaces, PlacesContext } from "../src/places";
import { readSelection } from "../src/selection";
import { artifact, run, step } from "./examples";

const change = (part: string, name: string, values: Partial<Change> = {}): Change => ({
  part,
  name,
  old: 1,
  new: 2,
  text: `${part} ${name} <differs>`,
  ...values,
});

const compared = (
  name: string,
  verdict: ComparedStep["verdict"],
  ...changes: readonly Change[]
): ComparedStep => ({ name, verdict, changes, diffs: [] });

const rows = artifact({ digest: "b".repeat(64) });
const train = { inputs: { X: { step: "load", output: "rows" } } };

const PAIR: Comparison = {
  before: run(
    [
      step({ name: "load", state: "completed", duration: 2, outputs: { rows: artifact() } }),
      step({ name: "train", state: "completed", ...train, outputs: { model: artifact() } }),
      step({ name: "old", state: "completed", outputs: { gone: artifact() } }),
    ],
    { name: "r:1" },
  ),
  after: run(
    [
      step({ name: "load", state: "cached", saved: 2, parameters: { n: 2 }, outputs: { rows } }),
      step({ name: "train", state: "failed", ...train }),
      step({ name: "new", state: "completed" }),
    ],
    { name: "r:2" },
  ),
  steps: [
    {
      ...compared("load", "changed", change("parameter", "n"), change("result", "rows")),
      diffs: ["--- a.py\n+++ a.py\n-<old>\n+<new>"],
    },
    compared(
      "train",
      "other inputs",
      change("input", "X"),
      change("state", ""),
      change("result", "model", { new: null }),
    ),
    compared("new", "added"),
    compared("old", "removed"),
  ],
};

function page(comparison: Comparison, query = ""): string {
  const selection = readSelection(new URLSearchParams(query));
  return renderToStaticMarkup(
    <MemoryRouter>
      <PlacesContext value={airflowPlaces("http://af/", "first", "r:2")}>
        <ComparedSteps
          comparison={comparison}
          notice={null}
          selection={[selection, () => undefined]}
        />
      </PlacesContext>
    </MemoryRouter>,
  );
}

describe("two runs as one", () => {
  it("has the steps and the outputs of both, producers before consumers", () => {
    const { name, steps } = joined(PAIR);
    expect(name).toBe("r:2");
    expect(steps.map((each) => each.name)).toEqual(["load", "train", "new", "old"]);
  });

  it("marks steps and artifacts", () => {
    expect(Object.fromEntries(marksOf(PAIR))).toEqual({
      load: "changed",
      "load rows": "other result",
      train: "other inputs",
      "train model": "removed",
      new: "added",
      old: "removed",
      "old gone": "removed",
    });
  });

  it("is asked for again while one of them goes on", () => {
    expect(comparisonInterval(PAIR)).toBeNull();
    const after = run([], { status: "running" });
    expect(comparisonInterval({ ...PAIR, after })).not.toBeNull();
  });
});

describe("a step in both runs", () => {
  it("has a row for each thing that one of them tells, marked where it differs", () => {
    const told = stepSides(PAIR, "load").map((side) => [side.label, side.differs]);
    expect(told).toEqual([
      ["State", false],
      ["Time", false],
      ["Function", false],
      ["Parameter n", true],
      ["Result rows", true],
    ]);
    const [parameter] = stepSides(PAIR, "load").filter(({ label }) => label === "Parameter n");
    expect([parameter?.before, parameter?.after]).toEqual([null, "2"]);
    const input = stepSides(PAIR, "train").find(({ label }) => label === "Input X");
    expect(input?.before).toBe("rows of load (aaaaaaaa)");
    expect(input?.after).toBe("rows of load (bbbbbbbb)");
  });
});

describe("the page of two runs", () => {
  it("tells the verdicts apart in words and by shape, not by colour alone", () => {
    const html = page(PAIR);
    const legend = /aria-label="Differences".*?<\/ul>/.exec(html)?.[0] ?? "";
    const badges = [...legend.matchAll(/data-verdict[^>]*><svg[^>]*>(.*?)<\/svg>([^<]+)</g)];
    expect(badges.map((badge) => badge[2])).toEqual(VERDICTS.map((verdict) => WORDS[verdict]));
    expect(new Set(badges.map((badge) => badge[1])).size).toBe(VERDICTS.length);
  });

  it("names the difference of each node", () => {
    const labels = [...page(PAIR).matchAll(/<g aria-label="([^"]*)"/g)].map((found) => found[1]);
    expect(labels).toContain("load, step, cached, changed");
    expect(labels).toContain("model, artifact, waiting, only in the other");
    expect(labels).toContain("old, step, completed, only in the other");
  });

  it("lists the steps that differ, as text, and links to the other run", () => {
    const html = page(PAIR);
    expect(html).toContain("4 of 4 steps differ");
    expect(html).toMatch(/aria-label="Steps that differ".*parameter n &lt;differs&gt;/);
    expect(html).toContain('href="/dags/first_pipeline/runs/r:1/plugin/zcompile-lineage"');
  });

  it("says so when nothing differs, or is not known yet", () => {
    const same = { ...PAIR, steps: [compared("load", "same")] };
    expect(page(same)).toContain("No step differs");
    const pending = { ...PAIR, steps: [compared("load", "not known yet")] };
    expect(page(pending)).toContain("No step differs so far, 1 not known yet");
  });

  it("shows both sides of the step that is selected, with the diff of its code", () => {
    const html = page(PAIR, "step=load");
    expect(html).toContain('aria-label="Details of load"');
    expect(html).toMatch(/<tr class="zc-differs"><th scope="row">Parameter n <svg[^>]*differs/);
    const code = change("code", "function `load` in a.py", { text: "code: changed" });
    const changed = { ...compared("load", "changed", code), diffs: ["-<old>\n+<new>"] };
    const withDiff = page({ ...PAIR, steps: [changed] }, "step=load");
    expect(withDiff).toContain('<span class="zc-added">+&lt;new&gt;\n</span>');
    const without = page({ ...PAIR, steps: [{ ...changed, diffs: [] }] }, "step=load");
    expect(without).toContain("The texts of both are not kept here.");
  });

  it("shows both sides of the artifact that is selected", () => {
    const html = page(PAIR, "step=load&output=rows");
    expect(html).toMatch(/Digest <svg[^>]*differs.*aaaaaaaa<\/td><td>bbbbbbbb/);
  });

  it("has a table of all steps with both states", () => {
    const html = page(PAIR, "view=table");
    expect(html).toMatch(/data-step="train".*completed<\/span>.*failed<\/span>/);
    expect(html).toMatch(/data-step="new".*<td class="zc-muted">–<\/td>/);
  });
});
