import { type KeyboardEvent, type MouseEvent, useMemo, useRef, useState } from "react";
import type { Verdict } from "../compare/comparison";
import { WORDS } from "../compare/VerdictBadge";
import type { Run } from "../record";
import type { Selected } from "../selection";
import { Controls } from "./Controls";
import { Lines } from "./Lines";
import { graphOf, type Node, nodeId } from "./model";
import { neighbour } from "./navigate";
import { NodeMark } from "./NodeMark";
import { noteOf } from "./note";
import { SearchField } from "./SearchField";
import { matches } from "./search";
import { useLayout } from "./useLayout";
import { useViewport } from "./useViewport";

interface Props {
  readonly run: Run;
  /** Unix time in seconds. */
  readonly now: number;
  readonly selected: Selected | null;
  /** How nodes differ from those of another run, by their ids. */
  readonly marks?: ReadonlyMap<string, Verdict>;
  readonly onSelect: (selected: Selected | null) => void;
}

/** A run's steps and artifacts from left to right, to be zoomed, searched and walked with keys. */
export function GraphView({ marks, now, onSelect, run, selected }: Props) {
  const graph = useMemo(() => graphOf(run), [run]);
  const layout = useLayout(graph);
  const [text, setText] = useState("");
  const found = useMemo(() => matches(graph.nodes, text), [graph, text]);
  const foundIds = useMemo(() => new Set(found), [found]);
  const pane = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const scaled = useRef<SVGGElement>(null);
  const chosen = selected === null ? undefined : nodeId(selected.step, selected.output);
  const viewport = useViewport(pane, stage, scaled, layout, chosen);
  const [walked, setWalked] = useState<string>();
  const current =
    [walked, chosen].find((id) => id !== undefined && layout.at.has(id)) ?? graph.nodes[0]?.id;

  const select = (id: string | undefined) => {
    const node = graph.nodes.find((each) => each.id === id);
    setWalked(node?.id ?? walked);
    onSelect(node === undefined ? null : { step: node.step.name, output: node.output });
  };
  const jump = (id: string) => {
    viewport.reveal(id);
    select(id);
  };
  const walk = (id: string) => {
    viewport.reveal(id);
    setWalked(id);
    stage.current?.querySelector<SVGGElement>(`[data-node="${CSS.escape(id)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const id = idOf(event.target);
    if (id === undefined || !KEYS.has(event.key)) {
      return;
    }
    event.preventDefault();
    if (event.key === "Escape") {
      onSelect(null);
    } else if (event.key === "Enter" || event.key === " ") {
      select(id);
    } else {
      walk(neighbour(event.key, id, graph.links, layout.at) ?? id);
    }
  };
  const onClick = (event: MouseEvent) => {
    select(idOf(event.target));
  };

  return (
    <div className="zc-graph">
      <div
        aria-label="Graph of steps and artifacts"
        className={text.trim() === "" ? "zc-pane" : "zc-pane zc-searching"}
        onClick={onClick}
        onKeyDown={onKeyDown}
        ref={pane}
        role="group"
      >
        <div className="zc-stage" ref={stage}>
          <svg>
            <g ref={scaled}>
              <Lines chosen={chosen} graph={graph} layout={layout} />
              {graph.nodes.map((node) => (
                <NodeMark
                  current={node.id === current}
                  found={foundIds.has(node.id)}
                  id={node.id}
                  instances={node.output === null ? (node.step.instances?.length ?? null) : null}
                  key={node.id}
                  kind={node.output === null ? "step" : "artifact"}
                  name={node.output ?? node.step.name}
                  note={noteIn(node, now, marks)}
                  selected={node.id === chosen}
                  state={node.state}
                  verdict={marks?.get(node.id) ?? null}
                  x={layout.at.get(node.id)?.x ?? 0}
                  y={layout.at.get(node.id)?.y ?? 0}
                />
              ))}
            </g>
          </svg>
        </div>
      </div>
      <SearchField found={found} onGo={jump} onText={setText} text={text} />
      <Controls viewport={viewport} />
    </div>
  );
}

/** What stands below a node's name; beside another run, how it differs. */
function noteIn(node: Node, now: number, marks: ReadonlyMap<string, Verdict> | undefined): string {
  const verdict = marks?.get(node.id);
  return verdict === undefined ? noteOf(node, now) : verdict === "same" ? "" : WORDS[verdict];
}

const KEYS: ReadonlySet<string> = new Set([
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "Enter",
  " ",
  "Escape",
]);

const idOf = (target: EventTarget): string | undefined =>
  target instanceof Element ? target.closest<SVGGElement>("[data-node]")?.dataset.node : undefined;
