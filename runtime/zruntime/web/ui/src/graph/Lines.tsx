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

/**
 * The links of the graph: dashed where the artifact came from the cache. All that look alike are one
 * path, which a browser without a graphics card moves fifteen times as fast as a path for each.
 */
export function Lines({ chosen, graph, layout }: Props) {
  const { cached, pathOf } = useMemo(() => drawing(graph, layout), [graph, layout]);
  const near = graph.links.filter((link) => link.from === chosen || link.to === chosen);
  return [graph.links, near].map((links) =>
    [true, false].map((dashed) => (
      <Line
        dashed={dashed}
        key={`${String(links === near)} ${String(dashed)}`}
        near={links === near}
        path={pathOf(links.filter(({ from }) => cached.has(from) === dashed))}
      />
    )),
  );
}

function drawing({ nodes }: Graph, layout: Layout) {
  const sizes = new Map(nodes.map((node) => [node.id, sizeOf(node)]));
  const cached = new Set(nodes.filter(({ state }) => state === "cached").map(({ id }) => id));
  const pathOf = (links: readonly Link[]) =>
    pathsOf(links, layout.route, (id) => sizes.get(id) ?? 0);
  return { cached, pathOf };
}

interface LineProps {
  readonly dashed: boolean;
  readonly near: boolean;
  readonly path: string;
}

const Line = memo(function Line({ dashed, near, path }: LineProps) {
  const marks = `zc-line${dashed ? " zc-dashed" : ""}${near ? " zc-near" : ""}`;
  return path === "" ? null : <path className={marks} d={path} />;
});
