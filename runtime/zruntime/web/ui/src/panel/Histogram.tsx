/** Counts of equal ranges of values as bars. */
export function Histogram({ counts }: { readonly counts: readonly number[] }) {
  const most = Math.max(...counts, 1);
  return counts.length === 0 ? null : (
    <svg
      aria-label="Histogram"
      className="zc-histogram"
      preserveAspectRatio="none"
      role="img"
      viewBox={`0 0 ${counts.length} 1`}
    >
      {counts.map((count, at) => (
        <rect height={count / most} key={at} width="0.9" x={at} y={1 - count / most}>
          <title>{count}</title>
        </rect>
      ))}
    </svg>
  );
}
