import type { Layout, Link, Point } from "./layered";

/** The node that an arrow key leads to from the one of this id; undefined if there is none. */
export function neighbour(
  key: string,
  id: string,
  links: readonly Link[],
  at: Layout["at"],
): string | undefined {
  const here = at.get(id);
  if (here === undefined) {
    return undefined;
  }
  switch (key) {
    case "ArrowRight":
      return nearest(
        here,
        links.filter((link) => link.from === id).map((link) => link.to),
        at,
      );
    case "ArrowLeft":
      return nearest(
        here,
        links.filter((link) => link.to === id).map((link) => link.from),
        at,
      );
    case "ArrowUp":
      return inColumn(here, at, (y) => y < here.y);
    case "ArrowDown":
      return inColumn(here, at, (y) => y > here.y);
    default:
      return undefined;
  }
}

function inColumn(here: Point, at: Layout["at"], beyond: (y: number) => boolean) {
  const column = [...at].filter(([, { x, y }]) => x === here.x && beyond(y));
  return nearest(
    here,
    column.map(([id]) => id),
    at,
  );
}

function nearest(here: Point, ids: readonly string[], at: Layout["at"]): string | undefined {
  const distance = (id: string) => Math.abs((at.get(id)?.y ?? Infinity) - here.y);
  return [...ids].sort((one, other) => distance(one) - distance(other))[0];
}
