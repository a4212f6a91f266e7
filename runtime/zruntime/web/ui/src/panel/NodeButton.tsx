import type { ReactNode } from "react";
import type { Selected } from "../selection";

interface Props {
  readonly to: Selected;
  readonly onSelect: (selected: Selected) => void;
  readonly children: ReactNode;
}

/** Leads to another node of the graph. */
export function NodeButton({ children, onSelect, to }: Props) {
  return (
    <button
      className="zc-link"
      onClick={() => {
        onSelect(to);
      }}
      type="button"
    >
      {children}
    </button>
  );
}
