import type { Node } from "./model";

/** The ids of the nodes whose name, function, state or type holds all words of a text. */
export function matches(nodes: readonly Node[], text: string): readonly string[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0
    ? []
    : nodes
        .filter((node) => {
          const searched = wordsOf(node).toLowerCase();
          return words.every((word) => searched.includes(word));
        })
        .map((node) => node.id);
}

const wordsOf = ({ artifact, output, state, step }: Node) =>
  (output === null
    ? [step.name, step.function, state]
    : [output, artifact?.type ?? "", state]
  ).join("\n");
