// Layered drawing from left to right, after Sugiyama: ranks, order within them, coordinates. Libraries
// take 1 to 2 s for a run of 500 steps where this takes less than 0.1 s.

export interface Box {
  readonly id: string;
  readonly width: number;
  /** Room above and below the line on which links reach the box. */
  readonly above: number;
  readonly below: number;
}

/** Connects the boxes of these ids. */
export interface Link {
  readonly from: string;
  readonly to: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Where links reach each box: its middle, from left to right. */
  readonly at: ReadonlyMap<string, Point>;
  /** The points that a link passes, from its first box to its last. */
  readonly route: (link: Link) => readonly Point[];
}

export interface Gaps {
  /** Between columns, and between boxes of a column. */
  readonly across: number;
  readonly between: number;
}

/** Sweeps over a drawing, fewer over a very large one. */
const SWEEPS = 12;
const SWEPT = 60_000;

/** Half the height that is kept free for a link which passes a column. */
const BEND = 4;

/** A box, or the place where a longer link passes a rank. All links out of a box share these places. */
interface Place {
  readonly rank: number;
  readonly box: Box;
  readonly passed: boolean;
  readonly before: Place[];
  readonly after: Place[];
  order: number;
  y: number;
}

/**
 * Lays boxes out in columns, so that every link goes from left to right.
 *
 * @param boxes Each of them after those that have links to it.
 */
export function layered(boxes: readonly Box[], links: readonly Link[], gaps: Gaps): Layout {
  const rank = ranks(boxes, links);
  const { columns, place, pass } = places(boxes, links, rank);
  sort(columns);
  align(columns, gaps.between);
  const middles = middlesOf(columns, gaps.across);
  const all = columns.flat();
  const top = all.reduce((least, each) => Math.min(least, each.y - each.box.above), Infinity);
  const bottom = all.reduce((most, each) => Math.max(most, each.y + each.box.below), -Infinity);
  const point = (each: Place): Point => ({ x: middles.at[each.rank] ?? 0, y: each.y - top });
  return {
    width: middles.width,
    height: boxes.length === 0 ? 0 : bottom - top,
    at: new Map([...place].map(([id, each]) => [id, point(each)])),
    route: ({ from, to }) => {
      const [first, last] = [place.get(from), place.get(to)];
      if (first === undefined || last === undefined) {
        return [];
      }
      const passed = pass.get(from)?.slice(0, Math.max(0, last.rank - first.rank - 1)) ?? [];
      return [first, ...passed, last].map(point);
    },
  };
}

/** The column of each box: as far left as its links allow; what has none before it, as far right. */
function ranks(boxes: readonly Box[], links: readonly Link[]): ReadonlyMap<string, number> {
  const before = group(links, "to", "from");
  const after = group(links, "from", "to");
  const forward = (start: (id: string) => number) => {
    const found = new Map<string, number>();
    for (const { id } of boxes) {
      const least = before.get(id)?.map((other) => (found.get(other) ?? 0) + 1);
      found.set(id, least === undefined ? start(id) : Math.max(...least));
    }
    return found;
  };
  const earliest = forward(() => 0);
  const latest = new Map<string, number>();
  for (const { id } of [...boxes].reverse()) {
    const most = after.get(id)?.map((other) => (latest.get(other) ?? 0) - 1);
    latest.set(id, most === undefined ? (earliest.get(id) ?? 0) : Math.min(...most));
  }
  return forward((id) => latest.get(id) ?? 0);
}

function group(links: readonly Link[], by: keyof Link, of: keyof Link): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const link of links) {
    const members = found.get(link[by]);
    if (members === undefined) {
      found.set(link[by], [link[of]]);
    } else {
      members.push(link[of]);
    }
  }
  return found;
}

function places(boxes: readonly Box[], links: readonly Link[], rank: ReadonlyMap<string, number>) {
  const columns: Place[][] = [];
  const add = (at: number, box: Box, passed: boolean): Place => {
    const column = (columns[at] ??= []);
    const place = { rank: at, box, passed, before: [], after: [], order: column.length, y: 0 };
    column.push(place);
    return place;
  };
  const place = new Map(boxes.map((box) => [box.id, add(rank.get(box.id) ?? 0, box, false)]));
  const pass = new Map<string, Place[]>();
  const joined = new Set<string>();
  for (const { from, to } of links) {
    const [first, last] = [place.get(from), place.get(to)];
    if (first === undefined || last === undefined || joined.has(`${from}\n${to}`)) {
      continue;
    }
    joined.add(`${from}\n${to}`);
    const passed = pass.get(from) ?? [];
    pass.set(from, passed);
    for (let at = first.rank + passed.length + 1; at < last.rank; at++) {
      const next = add(at, { id: from, width: 0, above: BEND, below: BEND }, true);
      join(passed.at(-1) ?? first, next);
      passed.push(next);
    }
    join(passed[last.rank - first.rank - 2] ?? first, last);
  }
  return { columns, place, pass };
}

function join(left: Place, right: Place) {
  left.after.push(right);
  right.before.push(left);
}

/** Orders each column by the middle of the neighbours, and keeps the order with fewest crossings. */
function sort(columns: Place[][]) {
  let best = columns.map((column) => [...column]);
  let fewest = crossings(columns);
  const sweeps = Math.min(SWEEPS, Math.ceil(SWEPT / columns.flat().length));
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const rightwards = sweep % 2 === 0;
    for (const column of rightwards ? columns : [...columns].reverse()) {
      const wanted = new Map(
        column.map((each) => {
          const neighbours = rightwards ? each.before : each.after;
          return [each, mean(neighbours.map((other) => other.order)) ?? each.order];
        }),
      );
      column.sort((one, other) => (wanted.get(one) ?? 0) - (wanted.get(other) ?? 0));
      number(column);
    }
    const count = crossings(columns);
    if (count < fewest) {
      fewest = count;
      best = columns.map((column) => [...column]);
    }
  }
  best.forEach((column, at) => {
    columns[at] = column;
    number(column);
  });
}

function number(column: readonly Place[]) {
  column.forEach((each, order) => {
    each.order = order;
  });
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0
    ? undefined
    : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How many pairs of links cross: inversions, counted with a Fenwick tree. */
function crossings(columns: readonly (readonly Place[])[]): number {
  let count = 0;
  columns.forEach((column, at) => {
    const size = columns[at + 1]?.length ?? 0;
    const tree = new Uint32Array(size + 1);
    let seen = 0;
    for (const each of column) {
      const ends = each.after.map((other) => other.order);
      for (const end of ends) {
        count += seen;
        for (let node = end + 1; node > 0; node -= node & -node) {
          count -= tree[node] ?? 0;
        }
      }
      for (const end of ends) {
        seen += 1;
        for (let node = end + 1; node <= size; node += node & -node) {
          tree[node] = (tree[node] ?? 0) + 1;
        }
      }
    }
  });
  return count;
}

/** Moves each box to the height of its neighbours, as near as those of its column allow. */
function align(columns: readonly (readonly Place[])[], between: number) {
  for (const column of columns) {
    settle(column, between, () => ({ y: 0, weight: 1 }));
  }
  const sides = [["before"], ["after"], ["before"], ["after"], ["before", "after"]] as const;
  for (const side of [...sides, ...sides]) {
    for (const column of side[0] === "after" ? [...columns].reverse() : columns) {
      settle(column, between, (each) => {
        const near = side.flatMap((name) => each[name]);
        const straight = each.passed && near.some((other) => other.passed);
        const y = mean(near.map((other) => other.y));
        return y === undefined ? { y: each.y, weight: 0.1 } : { y, weight: straight ? 8 : 1 };
      });
    }
  }
}

/** Least squares under the order of the column: neighbours that would overlap are pooled. */
function settle(
  column: readonly Place[],
  between: number,
  wish: (each: Place) => { readonly y: number; readonly weight: number },
) {
  const offsets: number[] = [];
  const pools: { y: number; weight: number; size: number }[] = [];
  column.forEach((each, at) => {
    const last = column[at - 1];
    const offset =
      last === undefined ? 0 : (offsets[at - 1] ?? 0) + last.box.below + between + each.box.above;
    offsets.push(offset);
    const { y, weight } = wish(each);
    let pool = { y: y - offset, weight, size: 1 };
    for (let top = pools.at(-1); top !== undefined && top.y > pool.y; top = pools.at(-1)) {
      const sum = top.weight + pool.weight;
      const middle = (top.y * top.weight + pool.y * pool.weight) / sum;
      pool = { y: middle, weight: sum, size: top.size + pool.size };
      pools.pop();
    }
    pools.push(pool);
  });
  let at = 0;
  for (const pool of pools) {
    for (const end = at + pool.size; at < end; at++) {
      const each = column[at];
      if (each !== undefined) {
        each.y = pool.y + (offsets[at] ?? 0);
      }
    }
  }
}

/** The middle of each column, and the width of all. */
function middlesOf(columns: readonly (readonly Place[])[], across: number) {
  let right = -across;
  const at = columns.map((column) => {
    const width = Math.max(...column.map((each) => each.box.width));
    const middle = right + across + width / 2;
    right = middle + width / 2;
    return middle;
  });
  return { at, width: Math.max(0, right) };
}
