import { useState } from "react";

interface Props {
  readonly text: string;
  readonly found: readonly string[];
  readonly onText: (text: string) => void;
  readonly onGo: (id: string) => void;
}

/** Searches the nodes of the graph; Enter goes from one to the next. */
export function SearchField({ found, onGo, onText, text }: Props) {
  const [at, setAt] = useState(-1);
  return (
    <form
      className="zc-search"
      onSubmit={(event) => {
        event.preventDefault();
        const next = (at + 1) % found.length;
        const id = found[next];
        if (id !== undefined) {
          setAt(next);
          onGo(id);
        }
      }}
      role="search"
    >
      <input
        aria-label="Search steps and artifacts"
        onChange={(event) => {
          setAt(-1);
          onText(event.target.value);
        }}
        placeholder="Search steps and artifacts"
        type="search"
        value={text}
      />
      <output>{text.trim() === "" ? "" : countOf(at, found.length)}</output>
    </form>
  );
}

const countOf = (at: number, count: number) =>
  count === 0 ? "none" : at < 0 ? `${count} found` : `${at + 1} of ${count}`;
