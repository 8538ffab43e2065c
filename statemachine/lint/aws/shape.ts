/** The shapes of what AWS's calls take and give, as far as a definition can be checked against them. */

export type Shape =
  | { kind: 'struct'; name: string; members: ReadonlyMap<string, () => Shape>; required: readonly string[] }
  | { kind: 'list'; item: () => Shape }
  | { kind: 'map'; value: () => Shape }
  | { kind: 'string' | 'number' | 'boolean' | 'anything' };

export const ANYTHING: Shape = { kind: 'anything' };

/** What a call takes and gives. */
export interface Operation {
  input: Shape;
  output: Shape;
}

/**
 * A shape written down in short: `'string'` and the like, `[item]` for a list, `{ '*': value }` for a map, and an object for a structure, whose
 * required members end in `!`.
 */
export type Sketch =
  | 'string'
  | 'number'
  | 'boolean'
  | 'anything'
  | readonly [Sketch]
  | { readonly [member: string]: Sketch };

/** Makes the shape of a sketch; `name` is what messages call it. */
export function shapeOf(sketch: Sketch, name: string): Shape {
  if (typeof sketch === 'string') return { kind: sketch };
  if (isList(sketch)) return { kind: 'list', item: () => shapeOf(sketch[0], name) };
  const all = sketch['*'];
  if (all !== undefined) return { kind: 'map', value: () => shapeOf(all, name) };
  const plain = (key: string) => key.replace('!', '');
  const members = Object.entries(sketch).map(([key, it]) => [plain(key), () => shapeOf(it, plain(key))] as const);
  const required = Object.keys(sketch).filter((key) => key.endsWith('!'));
  return { kind: 'struct', name, members: new Map(members), required: required.map(plain) };
}

function isList(sketch: Sketch): sketch is readonly [Sketch] {
  return Array.isArray(sketch);
}
