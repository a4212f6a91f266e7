import { describe, expect, it } from "vitest";
import { layered } from "../src/graph/layered";
import { pathsOf } from "../src/graph/links";
import { graphOf } from "../src/graph/model";
import { neighbour } from "../src/graph/navigate";
import { noteOf } from "../src/graph/note";
import { matches } from "../src/graph/search";
import { fitted, revealing } from "../src/graph/viewport";
import { artifact, instance, run, step } from "./examples";

const DIGITS = run([
  step({
    name: "step_1",
    function: "digits_data_loader",
    state: "cached",
    saved: 0.135,
    outputs: {
      X_train: artifact({ type: "numpy:ndarray", metadata: { shape: [1437, 64] } }),
      y_test: artifact({ type: "list", size: 2880 }),
    },
  }),
  step({
    name: "step_2",
    state: "running",
    started: 1000,
    inputs: { X: { step: "step_1", output: "X_train" } },
  }),
  step({
    name: "step_3",
    state: "waiting",
    inputs: { model: { step: "step_2", output: "model" } },
  }),
]);

const GRAPH = graphOf(DIGITS);
const LAYOUT = layered(
  GRAPH.nodes.map(({ id }) => ({ id, width: 40, above: 10, below: 10 })),
  GRAPH.links,
  { across: 20, between: 10 },
);

describe("the graph of a run", () => {
  it("has steps and artifacts, each in a state; an artifact in that of the step that made it", () => {
    expect(GRAPH.nodes.map(({ id, state }) => `${id}: ${state}`)).toEqual([
      "step_1: cached",
      "step_1 X_train: cached",
      "step_1 y_test: cached",
      "step_2: running",
      "step_2 model: waiting",
      "step_3: waiting",
    ]);
  });

  it("leads from each step to its artifacts, and from those to the steps that take them", () => {
    expect(GRAPH.links.map(({ from, to }) => `${from} > ${to}`)).toEqual([
      "step_1 > step_1 X_train",
      "step_1 > step_1 y_test",
      "step_2 > step_2 model",
      "step_1 X_train > step_2",
      "step_2 model > step_3",
    ]);
  });

  it("knows that what a skipped step would make is never made", () => {
    const skipped = run([
      step({ name: "a", state: "skipped" }),
      step({ name: "b", state: "skipped", inputs: { x: { step: "a", output: "output" } } }),
    ]);
    expect(graphOf(skipped).nodes.map(({ state }) => state)).toEqual([
      "skipped",
      "skipped",
      "skipped",
    ]);
  });

  it("notes what a step saved or takes, and how large an artifact is", () => {
    expect(GRAPH.nodes.map((node) => noteOf(node, 1002))).toEqual([
      "saved 0.135 s",
      "1437 × 64",
      "2.88 kB",
      "2.00 s",
      "",
      "",
    ]);
  });

  it("notes how many instances of a mapped step have ended", () => {
    const instances = [instance(0, "cached"), instance(1, "failed"), instance(2, "running")];
    const mapped = graphOf(run([step({ name: "each", state: "running", instances })]));
    expect(mapped.nodes.map((node) => noteOf(node, 0))).toEqual(["2 of 3 done"]);
  });
});

describe("walking with arrow keys", () => {
  const walk = (id: string, key: string) => neighbour(key, id, GRAPH.links, LAYOUT.at);

  it.each([
    ["step_1 X_train", "ArrowRight", "step_2"],
    ["step_1 X_train", "ArrowLeft", "step_1"],
    ["step_1 X_train", "ArrowDown", "step_1 y_test"],
    ["step_1 y_test", "ArrowUp", "step_1 X_train"],
    ["step_1 y_test", "ArrowRight", undefined],
    ["step_1", "ArrowLeft", undefined],
    ["step_1", "a", undefined],
    ["gone", "ArrowLeft", undefined],
  ])("leads from %s with %s to %s", (id, key, to) => {
    expect(walk(id, key)).toBe(to);
  });
});

describe("search", () => {
  it.each([
    ["", []],
    ["  ", []],
    ["LOADER", ["step_1"]],
    ["cached train", ["step_1 X_train"]],
    ["ndarray", ["step_1 X_train"]],
    ["running", ["step_2"]],
    ["nothing", []],
  ])("for %j finds %j", (text, found) => {
    expect(matches(GRAPH.nodes, text)).toEqual(found);
  });
});

describe("the lines", () => {
  it("end at the edges of the nodes, with an arrow", () => {
    const route = () => [
      { x: 0, y: 0 },
      { x: 100, y: 40 },
    ];
    expect(pathsOf([{ from: "a", to: "b" }], route, () => 10)).toBe(
      "M10,0C50,0 50,40 90,40M85,35L90,40L85,45",
    );
  });

  it("are drawn once where they run together", () => {
    const ends = [
      [100, 0],
      [200, 0],
    ] as const;
    const route = ({ to }: { readonly to: string }) => [
      { x: 0, y: 0 },
      ...ends.slice(0, to === "far" ? 2 : 1).map(([x, y]) => ({ x, y: y + 0 })),
      { x: 300, y: to === "far" ? 50 : 0 },
    ];
    const path = pathsOf(
      [
        { from: "a", to: "near" },
        { from: "a", to: "far" },
      ],
      route,
      () => 10,
    );
    expect(path.split("C").length - 1).toBe(4);
  });
});

describe("the view", () => {
  const pane = { width: 1000, height: 500 };

  it("begins with all of a drawing in the middle, not much enlarged", () => {
    expect(fitted({ width: 100, height: 100 }, pane)).toEqual({ k: 1.25, x: 437.5, y: 187.5 });
    const { k, x } = fitted({ width: 2000, height: 100 }, pane);
    expect(x).toBe(56);
    expect(2000 * k).toBe(1000 - 2 * 56);
  });

  it("begins at the left end of a drawing that is too long to be seen as a whole", () => {
    const { k, x } = fitted({ width: 100_000, height: 100 }, pane);
    expect(k).toBe(0.12);
    expect(x).toBe(56);
  });

  it("is sane for a pane without a size", () => {
    expect(fitted({ width: 100, height: 100 }, { width: 0, height: 0 }).k).toBe(0.12);
  });

  it("moves to a node only if that is not in sight", () => {
    const view = { k: 1, x: 0, y: 0 };
    expect(revealing(view, { x: 500, y: 250 }, pane)).toBe(view);
    expect(revealing(view, { x: 5000, y: 250 }, pane)).toEqual({ k: 1, x: -4500, y: 0 });
  });

  it("enlarges what is too small to read", () => {
    const view = { k: 0.1, x: 0, y: 0 };
    expect(revealing(view, { x: 5000, y: 2500 }, pane, 0.5)).toEqual({
      k: 0.5,
      x: -2000,
      y: -1000,
    });
  });
});
