import type { Viewport } from "./useViewport";

const STEP = 1.4;

/** Buttons that zoom and fit the graph. */
export function Controls({ viewport }: { readonly viewport: Viewport }) {
  return (
    <div aria-label="Zoom" className="zc-controls" role="group">
      <Control
        label="Zoom in"
        onClick={() => {
          viewport.scaleBy(STEP);
        }}
        path="M8 3v10M3 8h10"
      />
      <Control
        label="Zoom out"
        onClick={() => {
          viewport.scaleBy(1 / STEP);
        }}
        path="M3 8h10"
      />
      <Control
        label="Fit to view"
        onClick={viewport.fit}
        path="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"
      />
    </div>
  );
}

interface ControlProps {
  readonly label: string;
  readonly path: string;
  readonly onClick: () => void;
}

function Control({ label, onClick, path }: ControlProps) {
  return (
    <button aria-label={label} onClick={onClick} title={label} type="button">
      <svg aria-hidden="true" viewBox="0 0 16 16">
        <path d={path} />
      </svg>
    </button>
  );
}
