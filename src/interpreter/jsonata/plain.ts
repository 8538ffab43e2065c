import type { Json } from '../ports.ts';

/** What an expression may yield but no state can hand on: a function, a regular expression. */
export class NotJson extends Error {}

/**
 * The plain JSON of what the evaluator gave, or undefined when it gave nothing. The evaluator marks its arrays with hidden members
 * (`sequence`, `keepSingleton`, `outerWrapper`) that would change what the next expression makes of them: those are copied.
 * What is plain already is given back as it is. Throws NotJson for functions.
 */
export function plainJson(value: unknown): Json | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new NotJson(`the number ${value} is not JSON`);
      return value;
    case 'object':
      return value === null ? null : Array.isArray(value) ? plainArray(value) : plainObject(value);
    default:
      throw new NotJson('a function is not JSON');
  }
}

const MARKS = ['sequence', 'keepSingleton', 'outerWrapper', 'cons', 'tupleStream'];

function plainArray(array: unknown[]): Json[] {
  const plain = array.map(plainJson).filter((item) => item !== undefined);
  const same = plain.length === array.length && plain.every((item, i) => item === array[i]);
  return same && isPlainArray(array) ? array : plain;
}

function isPlainArray(array: unknown[]): array is Json[] {
  return !MARKS.some((mark) => mark in array);
}

function plainObject(object: object): Json {
  if ('_jsonata_function' in object || '_jsonata_lambda' in object || object instanceof RegExp) {
    throw new NotJson('a function is not JSON');
  }
  let same = true;
  const plain: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(object)) {
    const clean = plainJson(value);
    if (clean !== undefined) setOwn(plain, key, clean);
    if (clean !== value) same = false;
  }
  return same ? givenBack(object) : plain;
}

function setOwn(target: { [key: string]: Json }, key: string, value: Json): void {
  // An assignment to `__proto__` would be lost; JSON.parse keeps it as any other name, so this does too.
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, writable: true });
  else target[key] = value;
}

function givenBack(object: object): Json {
  // Every member was found to be plain JSON a moment ago: the type system cannot see it.
  return object as { [key: string]: Json };
}
