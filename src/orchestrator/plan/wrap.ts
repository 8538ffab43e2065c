/**
 * A line in pieces of at most `width` columns, broken at spaces where there are any; those after the first are indented by
 * `indent`. Nothing is left out.
 */
export function wrap(line: string, width: number, indent: number): string[] {
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const begun = rest.length - rest.trimStart().length;
    const space = rest.lastIndexOf(' ', width);
    const at = space > begun ? space : width;
    pieces.push(rest.slice(0, at).trimEnd());
    rest = `${' '.repeat(indent)}${rest.slice(at).trimStart()}`;
  }
  return [...pieces, rest];
}
