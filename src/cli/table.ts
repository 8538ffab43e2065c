/** Text in columns. */
import { printable } from '../orchestrator/printable.ts';
import { columns, pad } from './progress/columns.ts';

/** A heading line and a line a row, each column as wide as its widest cell. Cells may hold text from anywhere. */
export function table(heading: string[], rows: string[][]): string {
  const cells = [heading, ...rows].map((row) => row.map(printable));
  const widths = heading.map((_, at) => Math.max(...cells.map((row) => columns(row[at] ?? ''))));
  return cells
    .map((row) =>
      row
        .map((cell, at) => pad(cell, widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
