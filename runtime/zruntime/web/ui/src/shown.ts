import type { Places } from "./places";
import type { Run } from "./record";

/** The run to show outside Airflow: the address of its record, or the record itself. */
export type Shown = { readonly places: Places } & (
  { readonly url: string; readonly run?: never } | { readonly run: Run; readonly url?: never }
);
