import type { StepRow } from "./overview";

/** A cell of the grid: row and column, from 0. */
export interface Position {
  readonly row: number;
  readonly column: number;
}

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The next cell in the direction of an arrow key that has a step; undefined if there is none. */
export function beside(
  key: string,
  from: Position,
  rows: readonly StepRow[],
): Position | undefined {
  const move = MOVES[key];
  if (move === undefined) {
    return undefined;
  }
  const [down, right] = move;
  let { row, column } = from;
  do {
    row += down;
    column += right;
  } while (rows[row]?.cells[column] === null);
  return rows[row]?.cells[column] === undefined ? undefined : { row, column };
}

/** The first step of the newest run that has one; undefined if there is no step at all. */
export function newest(rows: readonly StepRow[]): Position | undefined {
  const columns = rows[0]?.cells.length ?? 0;
  for (let column = columns - 1; column >= 0; column -= 1) {
    const row = rows.findIndex(({ cells }) => cells[column] !== null);
    if (row >= 0) {
      return { row, column };
    }
  }
  return undefined;
}
