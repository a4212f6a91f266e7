import type { ReactNode } from "react";

interface Props {
  readonly name: string;
  readonly badge: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The frame of the details of what is selected. */
export function Panel({ badge, children, name, onClose }: Props) {
  return (
    <aside aria-label={`Details of ${name}`} className="zc-panel">
      <header>
        <h2>{name}</h2>
        {badge}
        <button aria-label="Close the details" onClick={onClose} type="button">
          ✕
        </button>
      </header>
      {children}
    </aside>
  );
}
