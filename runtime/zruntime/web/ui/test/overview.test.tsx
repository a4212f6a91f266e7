import { renderToStaticMarkup } from "react-dom/server";
import { MemoryRouter } from "react-router-dom";
import { describe, expect, it } from "vitest";
import { StoreFigures } from "../src/cache/ArtifactCache";
import type { Numbers } from "../src/cache/numbers";
import { beside, newest } from "../src/cached/beside";
import { Runs } from "../src/cached/CachedSteps";
import { overviewOf, workOf } from "../src/cached/overview";
import { type ListedRun, listInterval, type ListedStep } from "../src/listed";
import type { StepState } from "../src/record";
import { run } from "./examples";

const listed = (name: string, state: StepState, values: Partial<ListedStep> = {}): ListedStep => ({
  name,
  state,
  duration: null,
  saved: null,
  size: 0,
  ...values,
});

const listedRun = (
  name: string,
  steps: readonly ListedStep[],
  values: Partial<ListedRun> = {},
): ListedRun => ({ ...run([]), name, steps, ...values });

const NEWEST_FIRST = [
  listedRun("r:3", [listed("b", "running"), listed("new", "waiting")], { status: "running" }),
  listedRun("r:2", [listed("a", "cached", { saved: 60 }), listed("b", "failed")]),
  listedRun("r:1", [
    listed("a", "completed", { size: 500 }),
    listed("b", "completed", { size: 1 }),
  ]),
];

describe("an overview", () => {
  const overview = overviewOf(NEWEST_FIRST);

  it("has the steps of the newest run first, and the runs from left to right", () => {
    expect(overview.runs.map(({ name }) => name)).toEqual(["r:1", "r:2", "r:3"]);
    expect(overview.rows.map(({ name }) => name)).toEqual(["b", "new", "a"]);
    expect(overview.rows.map(({ cells }) => cells.map((cell) => cell?.state))).toEqual([
      ["completed", "failed", "running"],
      [undefined, undefined, "waiting"],
      ["completed", "cached", undefined],
    ]);
  });

  it("counts results, not steps that have none", () => {
    expect(overview.rate).toBe(0.25);
    expect(overview.rows.map(({ rate }) => rate)).toEqual([0, null, 0.5]);
    expect(overview.saved).toBe(60);
  });

  it("tells the size of what a step made last", () => {
    expect(overview.rows.map(({ size }) => size)).toEqual([1, 0, 500]);
  });

  it("tells what a run executed, not how long it lay before it was cleared", () => {
    const steps = [
      listed("a", "cached", { duration: 60 }),
      listed("b", "failed", { duration: 2 }),
      listed("c", "completed", { duration: 3 }),
      listed("d", "waiting"),
    ];
    expect(workOf(listedRun("r", steps, { started: 0, ended: 1e6 }))).toBe(5);
  });

  it("is asked for more often while a run goes on", () => {
    expect(listInterval(NEWEST_FIRST)).toBeLessThan(listInterval(NEWEST_FIRST.slice(1)));
  });
});

it("a grid tells states in words, and leads to the lineage of each run", () => {
  const html = renderToStaticMarkup(
    <MemoryRouter>
      <Runs dagId="d" notice={null} runs={NEWEST_FIRST} />
    </MemoryRouter>,
  );
  expect(html).toContain('href="/dags/d/runs/r:2/plugin/zcompile-lineage"');
  expect(html).toContain('aria-label="Lineage of run r:3, running"');
  expect(html).toContain('<svg aria-label="cached" role="img"');
  expect(html).toContain('aria-label="a: cached, run r:2"');
  expect(html).toContain('href="/dags/d/runs/r:2/plugin/zcompile-lineage?step=a"');
  expect(html).toContain("<dt>From the cache</dt><dd>25 %</dd>");
});

describe("the cells of a grid", () => {
  const { rows } = overviewOf(NEWEST_FIRST);

  it("are entered at the first step of the newest run", () => {
    expect(newest(rows)).toEqual({ row: 0, column: 2 });
    expect(newest([])).toBeUndefined();
  });

  it("are walked by arrow keys, past runs that have no such step", () => {
    expect(beside("ArrowDown", { row: 0, column: 2 }, rows)).toEqual({ row: 1, column: 2 });
    expect(beside("ArrowDown", { row: 0, column: 1 }, rows)).toEqual({ row: 2, column: 1 });
    expect(beside("ArrowUp", { row: 2, column: 0 }, rows)).toEqual({ row: 0, column: 0 });
    expect(beside("ArrowLeft", { row: 0, column: 2 }, rows)).toEqual({ row: 0, column: 1 });
    expect(beside("ArrowRight", { row: 0, column: 1 }, rows)).toEqual({ row: 0, column: 2 });
  });

  it("end at the edges, and leave other keys to the browser", () => {
    expect(beside("ArrowLeft", { row: 1, column: 2 }, rows)).toBeUndefined();
    expect(beside("ArrowDown", { row: 1, column: 2 }, rows)).toBeUndefined();
    expect(beside("ArrowRight", { row: 0, column: 2 }, rows)).toBeUndefined();
    expect(beside("Enter", { row: 0, column: 2 }, rows)).toBeUndefined();
  });
});

describe("the store in numbers", () => {
  const numbers: Numbers = {
    counted: 1795341600,
    remote: "",
    entries: 3,
    artifacts: 5,
    size: 3000,
    set_aside: 0,
    hits: 7,
    saved: 61,
    garbage: { entries: 0, artifacts: 1, files: 0, size: 1000 },
    steps: [{ pipeline: "<p>", step: "load", entries: 2, size: 2000 }],
    others: { entries: 1, size: 1000 },
  };

  it("tells what takes most, and sums up the rest", () => {
    const html = renderToStaticMarkup(<StoreFigures numbers={numbers} />);
    expect(html).toContain("<dt>Size</dt><dd>3.00 kB</dd>");
    expect(html).toContain("<dt>Time saved</dt><dd>1 min 1 s</dd>");
    expect(html).toContain("would remove the garbage");
    expect(html).toMatch(/load<\/th><td>&lt;p&gt;<\/td>.*2\.00 kB.*<meter max="3000" value="2000"/);
    expect(html).toMatch(/Other steps<\/th><td class="zc-number">1<\/td>/);
  });

  it("says whose figures they are where hosts have stores of their own", () => {
    const shared = { ...numbers, remote: "s3://bucket/<b>" };
    const html = renderToStaticMarkup(<StoreFigures numbers={shared} />);
    expect(html).toContain("share results through s3://bucket/&lt;b&gt;, which is not counted");
    const empty = { ...shared, entries: 0, artifacts: 0 };
    expect(renderToStaticMarkup(<StoreFigures numbers={empty} />)).toContain("own store");
  });

  it("has no table of steps where all results are forgotten", () => {
    const forgotten = { ...numbers, entries: 0, steps: [], others: { entries: 0, size: 0 } };
    expect(renderToStaticMarkup(<StoreFigures numbers={forgotten} />)).not.toContain("<table");
  });

  it("says so when nothing is stored", () => {
    const html = renderToStaticMarkup(
      <StoreFigures numbers={{ ...numbers, entries: 0, artifacts: 0 }} />,
    );
    expect(html).toContain("Nothing is stored yet");
    expect(html).not.toContain("<table>");
  });
});
