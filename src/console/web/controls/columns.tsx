/** The head of a table. */

/** What a column is called; `right` where numbers stand in it. */
export type Column = string | { word: string; right: true };

/** In their order. */
export function Columns({ of }: { of: Column[] }) {
  return (
    <thead>
      <tr>
        {of.map((column) => {
          const { word, right } = typeof column === 'string' ? { word: column, right: false } : column;
          return (
            <th key={word} scope="col" class={right ? 'number' : undefined}>
              {word}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
