import { describe, expect, it } from "vitest";
import { previewOf } from "../src/panel/previews";

const PIXEL = "data:image/png;base64,iVBORw0KGgo=";

describe("previewOf", () => {
  it("takes the types of a table's columns from beside it", () => {
    const preview = { kind: "table", columns: ["age", "city"], rows: [[3, "Kiel"]] };
    const columns = [{ name: "age", dtype: "int64" }];
    expect(previewOf({ columns, preview })).toEqual({
      kind: "table",
      columns: [
        { name: "age", dtype: "int64" },
        { name: "city", dtype: "" },
      ],
      rows: [[3, "Kiel"]],
    });
  });

  it("tells the range of an array, as far as it is known", () => {
    const preview = { kind: "array", min: 0, max: 16, head: [0, 5], histogram: [1, 1] };
    expect(previewOf({ preview })).toEqual({
      kind: "array",
      facts: [
        ["Least", 0],
        ["Greatest", 16],
      ],
      head: [0, 5],
      histogram: [1, 1],
    });
  });

  it.each([
    [{ kind: "metric", value: 0.93 }],
    [{ kind: "text", text: "<script>" }],
    [{ kind: "image", src: PIXEL }],
  ])("shows %j as it is", (preview) => {
    expect(previewOf({ preview })).toEqual(preview);
  });

  it.each([
    [{ kind: "image", src: "https://example.org/x.png" }],
    [{ kind: "image", src: "data:image/svg+xml;base64,PHN2Zz4=" }],
    [{ kind: "image", src: 'data:image/png;base64,"onerror=' }],
    [{ kind: "table", rows: [] }],
    [{ kind: "metric", value: { deep: 1 } }],
    [{ kind: "hologram", depth: 3 }],
    [{}],
  ])("shows %j as JSON, since it is nothing that it knows", (preview) => {
    expect(previewOf({ preview })).toEqual({
      kind: "json",
      text: JSON.stringify(preview, null, 2),
    });
  });

  it.each([[{}], [{ preview: null }], [{ preview: "text" }]])("finds none in %j", (metadata) => {
    expect(previewOf(metadata)).toBeNull();
  });
});
