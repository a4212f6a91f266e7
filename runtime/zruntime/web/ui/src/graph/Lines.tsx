import { memo, useMemo } from "react";
import type { Layout, Link } from "./layered";
import { pathsOf } from "./links";
import type { Graph, Node } from "./model";
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
  const cached = new Set(graph.nodes.filter(isCached).map(({ id }) => id));
  return (
    <>
      {graph.nodes.map(({ id }) => (
        <Line dashed={cached.has(id)} key={id} path={drawn.all(id)} />
      ))}
      {[true, false].map((dashed) => (
        <Line
          dashed={dashed}
          key={String(dashed)}
          near
          path={drawn.some(near.filter(({ from }) => cached.has(from) === dashed))}
        />
      ))}
    </>
  );
}

const isCached = ({ state }: Node) => state === "cached";

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

interface LineProps {
  readonly dashed: boolean;
  readonly near?: boolean;
  readonly path: string;
}

const Line = memo(function Line({ dashed, near = false, path }: LineProps) {
  const marks = `zc-line${dashed ? " zc-dashed" : ""}${near ? " zc-near" : ""}`;
  return path === "" ? null : <path className={marks} d={path} />;
});
