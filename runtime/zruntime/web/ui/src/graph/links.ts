import type { Layout, Link, Point } from "./layered";

const ARROW = 5;

/**
 * The SVG path of links. Where those out of a node run together, their line is drawn once.
 *
 * @param reach Half the width of a node.
 */
export function pathsOf(
  links: readonly Link[],
  route: Layout["route"],
  reach: (id: string) => number,
): string {
  const drawn = new Set<string>();
  const paths: string[] = [];
  for (const link of links) {
    const points = route(link);
    points.slice(1).forEach((end, at) => {
      const start = points[at];
      if (start === undefined || drawn.has(`${start.x} ${start.y} ${end.x} ${end.y}`)) {
        return;
      }
      drawn.add(`${start.x} ${start.y} ${end.x} ${end.y}`);
      const first = at === 0 ? reach(link.from) : 0;
      const last = at === points.length - 2 ? reach(link.to) : 0;
      paths.push(curve({ ...start, x: start.x + first }, { ...end, x: end.x - last }));
      if (last > 0) {
        paths.push(arrow({ ...end, x: end.x - last }));
      }
    });
  }
  return paths.join("");
}

function curve(from: Point, to: Point): string {
  const middle = round((from.x + to.x) / 2);
  const [start, end] = [round(from.y), round(to.y)];
  return `M${round(from.x)},${start}C${middle},${start} ${middle},${end} ${round(to.x)},${end}`;
}

function arrow({ x, y }: Point): string {
  const [back, tip, line] = [round(x - ARROW), round(x), round(y)];
  return `M${back},${line - ARROW}L${tip},${line}L${back},${line + ARROW}`;
}

const round = (value: number) => Math.round(value * 10) / 10;
