import { useEffect, useState } from "react";
import type { Address } from "./address";

/** A step, or an artifact: an output of it. */
export interface Selected {
  readonly step: string;
  readonly output: string | null;
}

export type View = "graph" | "table";

/** What a page shows, as its address tells it. */
export interface Selection {
  readonly selected: Selected | null;
  readonly view: View;
  /** The run that the shown one is compared with. */
  readonly compare: string | null;
}

export function readSelection(params: URLSearchParams): Selection {
  const step = params.get("step");
  return {
    selected: step === null ? null : { step, output: params.get("output") },
    view: params.get("view") === "table" ? "table" : "graph",
    compare: params.get("compare"),
  };
}

/** The same parameters with another selection; those of other parts of the page stay. */
export function withSelection(params: URLSearchParams, selection: Selection): URLSearchParams {
  const { compare, selected, view } = selection;
  const changed = new URLSearchParams(params);
  const values = {
    step: selected?.step ?? null,
    output: selected?.output ?? null,
    view: view === "graph" ? null : view,
    compare,
  };
  for (const [name, value] of Object.entries(values)) {
    if (value === null) {
      changed.delete(name);
    } else {
      changed.set(name, value);
    }
  }
  return changed;
}

export type UsedSelection = readonly [Selection, (change: Partial<Selection>) => void];

/** The selection, kept in the page's address so that it can be shared, and what changes it. */
export function useSelection(address: Address): UsedSelection {
  const [selection, setSelection] = useState(() => readSelection(address.read()));
  useEffect(() => address.leave, [address]);
  useEffect(() => {
    address.write(withSelection(address.read(), selection));
  }, [address, selection]);
  const change = (changed: Partial<Selection>) => {
    setSelection((before) => ({ ...before, ...changed }));
  };
  return [selection, change];
}
