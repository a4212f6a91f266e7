import type { Point } from "./layered";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Scale and shift of a drawing in its window, as d3-zoom has them. */
export interface View {
  readonly k: number;
  readonly x: number;
  readonly y: number;
}

export const SCALES: readonly [number, number] = [0.02, 4];

/** Below this scale a drawing is an overview: without texts. */
export const READABLE = 0.45;

/** Kept free around the drawing, for the search field and the buttons. */
const MARGIN = 56;
const LARGEST = 1.25;
const SMALLEST = 0.12;

/** Shows all of a drawing; its left end if it would be too small to tell the nodes apart. */
export function fitted(drawing: Size, pane: Size): View {
  const most = Math.min(
    (pane.width - 2 * MARGIN) / Math.max(1, drawing.width),
    (pane.height - 2 * MARGIN) / Math.max(1, drawing.height),
  );
  const k = Math.min(LARGEST, Math.max(SMALLEST, most));
  const middle = (pane.width - drawing.width * k) / 2;
  return { k, x: Math.max(MARGIN, middle), y: (pane.height - drawing.height * k) / 2 };
}

/**
 * The view moved, if need be, so that a point of the drawing is well inside the pane.
 *
 * @param least Scale that it has at least.
 */
export function revealing(view: View, point: Point, pane: Size, least = 0): View {
  const [x, y] = [point.x * view.k + view.x, point.y * view.k + view.y];
  const inside = x > MARGIN && y > MARGIN && x < pane.width - MARGIN && y < pane.height - MARGIN;
  if (inside && view.k >= least) {
    return view;
  }
  const k = Math.max(view.k, least);
  return { k, x: pane.width / 2 - point.x * k, y: pane.height / 2 - point.y * k };
}
