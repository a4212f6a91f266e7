interface Props {
  readonly figures: readonly (readonly [name: string, value: string])[];
}

/** Numbers that a page begins with. */
export function Figures({ figures }: Props) {
  return (
    <dl className="zc-figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
