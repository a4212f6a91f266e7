import { describe, expect, it } from "vitest";
import { type Box, type Layout, layered, type Link } from "../src/graph/layered";

const GAPS = { across: 20, between: 10 };

const boxes = (...ids: readonly string[]): Box[] =>
  ids.map((id) => ({ id, width: 40, above: 10, below: 30 }));

/** Links written as "a>b b>c". */
const links = (text: string): Link[] =>
  text.split(" ").map((pair) => {
    const [from = "", to = ""] = pair.split(">");
    return { from, to };
  });

const drawn = (ids: string, text: string): Layout =>
  layered(boxes(...ids.split(" ")), links(text), GAPS);

const at = (layout: Layout, id: string) => layout.at.get(id) ?? { x: NaN, y: NaN };

/** 200 boxes of which each takes two of the earlier ones, the same on every run. */
function tangle() {
  const ids = Array.from({ length: 200 }, (_, index) => `n${index}`);
  const pairs = ids.slice(1).flatMap((id, index) => [
    { from: ids[(index * 7) % (index + 1)] ?? "", to: id },
    { from: ids[Math.floor(index / 2)] ?? "", to: id },
  ]);
  return { ids, pairs, layout: layered(boxes(...ids), pairs, GAPS) };
}

describe("a layered drawing", () => {
  it("is empty for no boxes", () => {
    expect(layered([], [], GAPS)).toMatchObject({ width: 0, height: 0 });
  });

  it("puts a chain on one line, from left to right", () => {
    const layout = drawn("a b c", "a>b b>c");
    expect(["a", "b", "c"].map((id) => at(layout, id))).toEqual([
      { x: 20, y: 10 },
      { x: 80, y: 10 },
      { x: 140, y: 10 },
    ]);
    expect(layout).toMatchObject({ width: 160, height: 40 });
  });

  it("leads every link to the right", () => {
    const { layout, pairs } = tangle();
    for (const { from, to } of pairs) {
      expect(at(layout, from).x).toBeLessThan(at(layout, to).x);
    }
  });

  it("keeps boxes of a column apart", () => {
    const { ids, layout } = tangle();
    for (const column of new Set(ids.map((id) => at(layout, id).x))) {
      const heights = ids
        .map((id) => at(layout, id))
        .filter(({ x }) => x === column)
        .map(({ y }) => y)
        .sort((one, other) => one - other);
      heights.slice(1).forEach((y, index) => {
        expect(y - (heights[index] ?? 0)).toBeGreaterThanOrEqual(50 - 1e-6);
      });
    }
  });

  it("leads long links around the boxes between their ends", () => {
    const layout = drawn("a b c d", "a>b b>c c>d a>d");
    const passed = layout.route({ from: "a", to: "d" }).slice(1, -1);
    expect(passed.map(({ x }) => x)).toEqual([at(layout, "b").x, at(layout, "c").x]);
    passed.forEach(({ y }, index) => {
      const box = at(layout, index === 0 ? "b" : "c");
      expect(y < box.y - 10 || y > box.y + 30).toBe(true);
    });
  });

  it("lets the links out of one box share their way", () => {
    const layout = drawn("a b c d e", "a>b b>c c>d d>e a>d a>e");
    const [short, long] = ["d", "e"].map((to) => layout.route({ from: "a", to }));
    expect(long?.slice(0, 3)).toEqual(short?.slice(0, 3));
  });

  it("avoids crossings that need not be", () => {
    const layout = drawn("a b x y", "a>y b>x");
    expect(at(layout, "a").y < at(layout, "b").y).toBe(at(layout, "y").y < at(layout, "x").y);
  });

  it("puts what nothing comes before next to what takes it", () => {
    const layout = drawn("late a b c d", "a>b b>c c>d late>d");
    expect(at(layout, "late").x).toBe(at(layout, "c").x);
  });

  it("draws a link once, however often it is named", () => {
    const layout = drawn("a b c", "a>b b>c a>c a>c");
    expect(layout.route({ from: "a", to: "c" })).toHaveLength(3);
  });
});
