// The store in numbers, as `GET api/cache` answers it. Sizes are bytes.

interface Kept {
  readonly entries: number;
  readonly size: number;
}

export interface Numbers extends Kept {
  /** Unix time in seconds. */
  readonly counted: number;
  /** Where workers share what they store, which is not counted; empty if they do not. */
  readonly remote: string;
  readonly artifacts: number;
  /** Damaged files. */
  readonly set_aside: number;
  /** How often a run took a stored result. */
  readonly hits: number;
  /** Seconds. */
  readonly saved: number;
  /** What a garbage collection would remove. */
  readonly garbage: Kept & { readonly artifacts: number; readonly files: number };
  /** Those that take most, the largest first. */
  readonly steps: readonly (Kept & { readonly pipeline: string; readonly step: string })[];
  /** The sum of the steps that are not told. */
  readonly others: Kept;
}
