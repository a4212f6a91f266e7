import type { ReactNode } from "react";

interface Props {
  readonly title: string;
  readonly children: ReactNode;
}

/** A part of the panel under a heading. */
export function Section({ children, title }: Props) {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
