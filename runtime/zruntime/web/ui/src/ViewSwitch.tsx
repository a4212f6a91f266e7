import type { View } from "./selection";

const LABELS = { graph: "Graph", table: "Table" } as const;

interface Props {
  readonly view: View;
  readonly onShow: (view: View) => void;
}

/** Chooses between the graph and the table of steps. */
export function ViewSwitch({ onShow, view }: Props) {
  return (
    <div aria-label="View" className="zc-switch" role="group">
      {(["graph", "table"] as const).map((each) => (
        <button
          aria-pressed={each === view}
          key={each}
          onClick={() => {
            onShow(each);
          }}
          type="button"
        >
          {LABELS[each]}
        </button>
      ))}
    </div>
  );
}
