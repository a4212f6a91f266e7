import { type Preview as Data, previewOf } from "./previews";
import { Facts } from "./Facts";
import { Histogram } from "./Histogram";
import { Section } from "./Section";

interface Props {
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A glance at an artifact; whatever comes from the value is text. */
export function Preview({ metadata }: Props) {
  const preview = previewOf(metadata);
  return preview === null ? null : (
    <Section title="Preview">
      <Shown preview={preview} />
    </Section>
  );
}

function Shown({ preview }: { readonly preview: Data }) {
  switch (preview.kind) {
    case "metric":
      return <p className="zc-metric">{String(preview.value)}</p>;
    case "image":
      return <img alt="Preview of the artifact" className="zc-image" src={preview.src} />;
    case "array":
      return (
        <>
          <Histogram counts={preview.histogram} />
          <Facts rows={preview.facts.map(([name, value]) => [name, rounded(value)])} />
          {preview.head.length === 0 ? null : (
            <pre>{`${preview.head.map(String).join(", ")}, …`}</pre>
          )}
        </>
      );
    case "table":
      return <TableHead columns={preview.columns} rows={preview.rows} />;
    case "text":
    case "json":
      return <pre>{preview.text}</pre>;
  }
}

const rounded = (value: number) => String(Number(value.toPrecision(6)));

function TableHead({ columns, rows }: Pick<Extract<Data, { kind: "table" }>, "columns" | "rows">) {
  return (
    <div className="zc-scroll">
      <table className="zc-preview">
        <thead>
          <tr>
            {columns.map(({ dtype, name }, at) => (
              <th key={at} scope="col">
                {name}
                {dtype === "" ? null : <span className="zc-muted">{dtype}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td className={typeof cell === "number" ? "zc-number" : undefined} key={column}>
                  {String(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
