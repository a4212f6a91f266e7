import type { ReactNode } from "react";

interface Props {
  /** The names of the columns, and the class of those that are not plain text. */
  readonly heads: readonly (readonly [name: string, className?: string])[];
  readonly children: ReactNode;
}

/** A table that scrolls sideways where there is little room. */
export function Table({ children, heads }: Props) {
  return (
    <div className="zc-scroll">
      <table>
        <thead>
          <tr>
            {heads.map(([name, className]) => (
              <th className={className} key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
