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
}

export function readSelection(params: URLSearchParams): Selection {
  const step = params.get("step");
  return {
    selected: step === null ? null : { step, output: params.get("output") },
    view: params.get("view") === "table" ? "table" : "graph",
  };
}

/** The same parameters with another selection; those of other parts of the page stay. */
export function withSelection(params: URLSearchParams, selection: Selection): URLSearchParams {
  const { selected, view } = selection;
  const changed = new URLSearchParams(params);
  const values = {
    step: selected?.step ?? null,
    output: selected?.output ?? null,
    view: view === "graph" ? null : view,
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

/** The selection, kept in the page's address so that it can be shared, and what changes it. */
export function useSelection(
  address: Address,
): readonly [Selection, (change: Partial<Selection>) => void] {
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
