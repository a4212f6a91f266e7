import { describe, expect, it } from "vitest";
import { readSelection, withSelection } from "../src/selection";

describe("the selection in the address", () => {
  it.each([
    ["", { selected: null, view: "graph", compare: null }],
    ["step=a", { selected: { step: "a", output: null }, view: "graph", compare: null }],
    [
      "step=a&output=x&view=table&compare=r%3A1%2B0",
      { selected: { step: "a", output: "x" }, view: "table", compare: "r:1+0" },
    ],
    ["output=x&view=pie", { selected: null, view: "graph", compare: null }],
  ])("is read from %j", (query, selection) => {
    expect(readSelection(new URLSearchParams(query))).toEqual(selection);
  });

  it("is written beside what others keep there", () => {
    const params = new URLSearchParams("tab=1&step=old&output=gone");
    const step = {
      selected: { step: "a b", output: null },
      view: "table",
      compare: "r:1+0",
    } as const;
    expect(withSelection(params, step).toString()).toBe(
      "tab=1&step=a+b&view=table&compare=r%3A1%2B0",
    );
    const nothing = { selected: null, view: "graph", compare: null } as const;
    expect(withSelection(params, nothing).toString()).toBe("tab=1");
  });
});
