import type { ReactNode } from "react";

/** Names and values; what has no value is left out. */
export function Facts({ rows }: { readonly rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="zc-facts">
      {rows
        .filter(([, value]) => value !== null && value !== false && value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Plain data as a person reads it. */
export const asText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value, null, 1);
