import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomBehavior, zoom, zoomIdentity, zoomTransform } from "d3-zoom";
import { type RefObject, useEffect, useRef, useState } from "react";
import type { Layout } from "./layered";
import { fitted, READABLE, revealing, SCALES, type Size, type View } from "./viewport";

export interface Viewport {
  readonly fit: () => void;
  /** Brings a node into view, large enough to read its name. */
  readonly reveal: (id: string) => void;
  readonly scaleBy: (factor: number) => void;
}

/**
 * Zooming and panning, without rendering anything anew. To move the stage as a whole is cheap for
 * browsers, however much is on it; to scale what is on it is not.
 *
 * @param pane The drawing's window.
 * @param stage What is moved in it.
 * @param scaled The group on the stage that is scaled.
 * @param drawing What is on it.
 * @param chosen The node that stays in view; to begin with, all of the drawing if there is none.
 */
export function useViewport(
  pane: RefObject<HTMLElement | null>,
  stage: RefObject<HTMLElement | null>,
  scaled: RefObject<SVGGElement | null>,
  drawing: Layout,
  chosen: string | undefined,
): Viewport {
  const [behaviour] = useState(() => zoom<HTMLElement, unknown>().scaleExtent([...SCALES]));
  const moved = useRef(chosen !== undefined);
  const latest = useRef({ drawing, chosen });
  useEffect(() => {
    if (pane.current === null) {
      return;
    }
    behaviour.on("zoom", ({ sourceEvent, transform }: D3ZoomEvent<HTMLElement, unknown>) => {
      moved.current ||= Boolean(sourceEvent);
      draw(transform, stage.current, scaled.current);
    });
    const shown = select(pane.current).call(behaviour).on("dblclick.zoom", null);
    change(behaviour, pane.current, fitting(latest.current.drawing));
    change(behaviour, pane.current, showing(latest.current, READABLE));
    const observer = new ResizeObserver(() => {
      const { current } = latest;
      change(behaviour, pane.current, moved.current ? showing(current) : fitting(current.drawing));
    });
    observer.observe(pane.current);
    return () => {
      observer.disconnect();
      shown.on(".zoom", null);
    };
  }, [behaviour, pane, scaled, stage]);
  useEffect(() => {
    const before = latest.current;
    latest.current = { drawing, chosen };
    if (before.chosen !== chosen) {
      change(behaviour, pane.current, showing(latest.current));
    } else if (before.drawing !== drawing && !moved.current) {
      change(behaviour, pane.current, fitting(drawing));
    }
  }, [behaviour, chosen, drawing, pane]);

  return {
    fit: () => {
      moved.current = false;
      change(behaviour, pane.current, fitting(drawing));
    },
    reveal: (id) => {
      moved.current = true;
      change(behaviour, pane.current, showing({ drawing, chosen: id }, READABLE));
    },
    scaleBy: (factor) => {
      moved.current = true;
      if (pane.current !== null) {
        behaviour.scaleBy(select(pane.current), factor);
      }
    },
  };
}

type Change = (view: View, pane: Size) => View;

const fitting =
  (drawing: Size): Change =>
  (_, pane) =>
    fitted(drawing, pane);

interface Shown {
  readonly drawing: Layout;
  readonly chosen: string | undefined;
}

const showing =
  ({ chosen, drawing }: Shown, least = 0): Change =>
  (view, pane) => {
    const point = chosen === undefined ? undefined : drawing.at.get(chosen);
    return point === undefined ? view : revealing(view, point, pane, least);
  };

function draw({ k, x, y }: View, stage: HTMLElement | null, scaled: SVGGElement | null) {
  stage?.style.setProperty("transform", `translate(${Math.round(x)}px, ${Math.round(y)}px)`);
  if (scaled?.getAttribute("transform") !== `scale(${k})`) {
    scaled?.setAttribute("transform", `scale(${k})`);
    scaled?.classList.toggle("zc-far", k < READABLE);
  }
}

function change(
  behaviour: ZoomBehavior<HTMLElement, unknown>,
  pane: HTMLElement | null,
  next: Change,
) {
  if (pane !== null) {
    const size = { width: pane.clientWidth, height: pane.clientHeight };
    const { x, y, k } = next(zoomTransform(pane), size);
    behaviour.transform(select(pane), zoomIdentity.translate(x, y).scale(k));
  }
}
