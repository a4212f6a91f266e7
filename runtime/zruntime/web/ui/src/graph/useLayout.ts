import { useState } from "react";
import { type Layout, layered } from "./layered";
import type { Graph } from "./model";
import { COLUMN, sizeOf, TEXT } from "./sizes";

const GAPS = { across: 26, between: 10 };

/** Where a graph's nodes are; it stays as it is while only their states change. */
export function useLayout(graph: Graph): Layout {
  const [known, setKnown] = useState(() => ({ graph, layout: layoutOf(graph) }));
  if (sameShape(known.graph, graph)) {
    return known.layout;
  }
  const layout = layoutOf(graph);
  setKnown({ graph, layout });
  return layout;
}

function layoutOf({ links, nodes }: Graph): Layout {
  const boxes = nodes.map((node) => ({
    id: node.id,
    width: COLUMN,
    above: sizeOf(node),
    below: sizeOf(node) + TEXT,
  }));
  return layered(boxes, links, GAPS);
}

function sameShape(one: Graph, other: Graph): boolean {
  return (
    one.nodes.length === other.nodes.length &&
    one.links.length === other.links.length &&
    one.nodes.every((node, at) => node.id === other.nodes[at]?.id) &&
    one.links.every(({ from, to }, at) => {
      const link = other.links[at];
      return from === link?.from && to === link.to;
    })
  );
}
