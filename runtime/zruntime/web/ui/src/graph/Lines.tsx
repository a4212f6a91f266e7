import { memo, useMemo } from "react";
import type { Layout, Link } from "./layered";
import { pathsOf } from "./links";
import type { Graph } from "./model";
import { sizeOf } from "./sizes";

interface Props {
  readonly graph: Graph;
  readonly layout: Layout;
  /** The node whose links are drawn stronger. */
  readonly chosen: string | undefined;
}

/** The links of the graph: dashed where the artifact came from the cache. */
export function Lines({ chosen, graph, layout }: Props) {
  const drawn = useMemo(() => drawing(graph, layout), [graph, layout]);
  const near = graph.links.filter((link) => link.from === chosen || link.to === chosen);
  return (
    <>
      {graph.nodes.map(({ id, state }) => (
        <Line cached={state === "cached"} key={id} path={drawn.all(id)} />
      ))}
      {near.length === 0 ? null : <path className="zc-line zc-near" d={drawn.some(near)} />}
    </>
  );
}

function drawing({ links, nodes }: Graph, layout: Layout) {
  const sizes = new Map(nodes.map((node) => [node.id, sizeOf(node)]));
  const from = new Map<string, Link[]>(nodes.map((node) => [node.id, []]));
  for (const link of links) {
    from.get(link.from)?.push(link);
  }
  const some = (chosen: readonly Link[]) =>
    pathsOf(chosen, layout.route, (id) => sizes.get(id) ?? 0);
  return { some, all: (id: string) => some(from.get(id) ?? []) };
}

const Line = memo(function Line(props: { readonly cached: boolean; readonly path: string }) {
  return props.path === "" ? null : (
    <path className={props.cached ? "zc-line zc-dashed" : "zc-line"} d={props.path} />
  );
});
