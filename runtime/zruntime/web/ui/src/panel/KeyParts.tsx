import type { Parts, Step } from "../record";
import { asText, Facts } from "./Facts";
import { Section } from "./Section";

const SHORT = 12;

/** The key of a step, and what it was made of. */
export function KeyParts({ step }: { readonly step: Step }) {
  return step.key === null ? null : (
    <Section title="Cache key">
      <code className="zc-digest">{step.key}</code>
      {Object.entries(step.parts).length === 0 ? null : (
        <details>
          <summary>What it is made of</summary>
          <Facts rows={rowsOf(step.parts)} />
        </details>
      )}
    </Section>
  );
}

function rowsOf(parts: Parts): readonly (readonly [string, string])[] {
  const named = (what: string, values: Readonly<Record<string, unknown>> | undefined) =>
    Object.entries(values ?? {}).map(
      ([name, value]) => [`${what} ${name}`, short(asText(value))] as const,
    );
  return [
    ...named("code", parts.code_parts),
    ...named("package", parts.packages),
    ...named("parameter", parts.parameters),
    ...named("input", parts.inputs),
    ...named("output", parts.outputs),
    ["cache_version", parts.cache_version ?? ""],
  ];
}

/** Digests are told apart by their beginnings. */
const short = (text: string) => (/^[0-9a-f]{32,}$/.test(text) ? text.slice(0, SHORT) : text);
