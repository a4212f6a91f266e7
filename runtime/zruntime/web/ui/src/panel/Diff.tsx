/** A unified diff; what was added and removed is told by its sign, and by its colour. */
export function Diff({ text }: { readonly text: string }) {
  return (
    <pre className="zc-diff">
      {text.split("\n").map((line, at) => (
        <span className={classOf(line)} key={at}>
          {`${line}\n`}
        </span>
      ))}
    </pre>
  );
}

function classOf(line: string): string | undefined {
  if (line.startsWith("+++") || line.startsWith("---") || line.startsWith("@@")) {
    return "zc-muted";
  }
  return line.startsWith("+") ? "zc-added" : line.startsWith("-") ? "zc-removed" : undefined;
}
