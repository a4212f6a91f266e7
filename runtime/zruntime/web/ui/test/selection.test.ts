import { describe, expect, it } from "vitest";
import { readSelection, withSelection } from "../src/selection";

describe("the selection in the address", () => {
  it.each([
    ["", { selected: null, view: "graph" }],
    ["step=a", { selected: { step: "a", output: null }, view: "graph" }],
    ["step=a&output=x&view=table", { selected: { step: "a", output: "x" }, view: "table" }],
    ["output=x&view=pie", { selected: null, view: "graph" }],
  ])("is read from %j", (query, selection) => {
    expect(readSelection(new URLSearchParams(query))).toEqual(selection);
  });

  it("is written beside what others keep there", () => {
    const params = new URLSearchParams("tab=1&step=old&output=gone");
    const step = { selected: { step: "a b", output: null }, view: "table" } as const;
    expect(withSelection(params, step).toString()).toBe("tab=1&step=a+b&view=table");
    const nothing = { selected: null, view: "graph" } as const;
    expect(withSelection(params, nothing).toString()).toBe("tab=1");
  });
});
