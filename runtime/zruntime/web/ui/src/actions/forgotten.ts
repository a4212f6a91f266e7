import type { Acted } from "./act";

/** What the server answers when results were invalidated. */
export interface Forgotten {
  /** How many were stored. */
  readonly invalidated: number;
}

/** What that came to, in words. */
export function forgotten(acted: Acted<Forgotten>): Acted<string> {
  if (acted.refused !== undefined) {
    return acted;
  }
  const count = acted.value.invalidated;
  const told =
    count === 0
      ? "Nothing was stored here."
      : count === 1
        ? "1 result forgotten."
        : `${count} results forgotten.`;
  return { value: told };
}
