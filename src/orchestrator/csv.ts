/** Comma-separated values as RFC 4180 has them. */
import { printable } from './printable.ts';

/** A document with a header line. */
export function csv(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n');
}

/** A spreadsheet takes what begins like a formula for one: an apostrophe makes it text, and names come from others. A terminal obeys what controls it. */
function cell(value: string): string {
  const plain = printable(value);
  const text = /^\s*[=+\-@＝＋－＠]/.test(plain) ? `'${plain}` : plain;
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
