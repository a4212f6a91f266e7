// What a materializer tells of a value, as the panel shows it. It comes from users' values, so
// nothing of it is trusted to have its form: what has another form is shown as JSON.

export type Cell = string | number | boolean | null;

export interface Column {
  readonly name: string;
  readonly dtype: string;
}

export type Preview =
  | { readonly kind: "metric"; readonly value: Cell }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "image"; readonly src: string }
  | {
      readonly kind: "array";
      readonly facts: readonly (readonly [string, number])[];
      readonly head: readonly Cell[];
      readonly histogram: readonly number[];
    }
  | {
      readonly kind: "table";
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly Cell[])[];
    }
  | { readonly kind: "json"; readonly text: string };

type Data = Readonly<Record<string, unknown>>;

/** Data URLs of pictures that hold no scripts. */
const PICTURE = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/;

/** The preview in an artifact's metadata; null if there is none. */
export function previewOf(metadata: Data): Preview | null {
  const { preview } = metadata;
  if (typeof preview !== "object" || preview === null) {
    return null;
  }
  return (
    known(preview as Data, metadata) ?? { kind: "json", text: JSON.stringify(preview, null, 2) }
  );
}

function known(data: Data, metadata: Data): Preview | null {
  switch (data.kind) {
    case "metric":
      return isCell(data.value) ? { kind: "metric", value: data.value } : null;
    case "text":
      return typeof data.text === "string" ? { kind: "text", text: data.text } : null;
    case "image":
      return typeof data.src === "string" && PICTURE.test(data.src)
        ? { kind: "image", src: data.src }
        : null;
    case "array":
      return {
        kind: "array",
        facts: FACTS.flatMap(([name, label]) => {
          const value = data[name];
          return typeof value === "number" ? [[label, value] as const] : [];
        }),
        head: list(data.head).filter(isCell),
        histogram: list(data.histogram).filter((count) => typeof count === "number"),
      };
    case "table":
      return tableOf(data, metadata);
    default:
      return null;
  }
}

const FACTS = [
  ["min", "Least"],
  ["mean", "Mean"],
  ["max", "Greatest"],
  ["not_finite", "Not finite"],
  ["sample", "Of the first"],
] as const;

function tableOf(data: Data, metadata: Data): Preview | null {
  const rows = list(data.rows).map((row) => list(row).filter(isCell));
  const names = list(data.columns).filter((name) => typeof name === "string");
  const types = new Map(
    list(metadata.columns).flatMap((column) => {
      const { dtype, name } = (column ?? {}) as Data;
      return typeof name === "string" && typeof dtype === "string" ? [[name, dtype] as const] : [];
    }),
  );
  const columns = names.map((name) => ({ name, dtype: types.get(name) ?? "" }));
  return columns.length === 0 ? null : { kind: "table", columns, rows };
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isCell = (value: unknown): value is Cell =>
  value === null || ["string", "number", "boolean"].includes(typeof value);
