import type { Json } from '../../../src/interpreter/index.ts';

/** Compares values member by member; gives the first difference. A mask in `expected` matches anything. */
export function valueDifference(expected: Json, actual: Json, path: string, key = ''): string | undefined {
  if (isMask(expected, key)) return undefined;
  if (typeof expected === 'string') return textDifference(expected, actual, path, key);
  // Objects and arrays inside details are JSON texts in the API; recordings have them parsed.
  const value =
    typeof expected === 'object' && expected !== null && typeof actual === 'string' ? asJson(actual) : actual;
  if (Array.isArray(expected) && Array.isArray(value)) return arrayDifference(expected, value, path, key);
  if (isObject(expected) && isObject(value)) return objectDifference(expected, value, path);
  return expected === value ? undefined : told(path, value, expected);
}

function arrayDifference(expected: Json[], actual: Json[], path: string, key: string): string | undefined {
  if (expected.length !== actual.length) return `${path}: ${actual.length} items, AWS has ${expected.length}`;
  for (const [i, item] of expected.entries()) {
    const found = valueDifference(item, actual[i] ?? null, `${path}[${i}]`, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

type JsonObject = { [key: string]: Json };

function objectDifference(expected: JsonObject, actual: JsonObject, path: string): string | undefined {
  for (const member of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const [there, here] = [expected[member], actual[member]];
    const at = `${path}.${member}`;
    if (there === undefined || here === undefined) return told(at, here, there);
    const found = valueDifference(there, here, at, member);
    if (found !== undefined) return found;
  }
  return undefined;
}

function textDifference(expected: string, actual: Json, path: string, key: string): string | undefined {
  if (typeof actual !== 'string') return told(path, actual, expected);
  if (expected === actual || partlyMasked(expected).test(actual)) return undefined;
  if (key === 'cause' && sameSentence(expected, actual)) return undefined;
  // Spaces inside a JSON text are written in more than one way.
  const [there, here] = [asJson(expected), asJson(actual)];
  return isContainer(there) && isContainer(here)
    ? valueDifference(there, here, path, key)
    : told(path, actual, expected);
}

/** An evaluator has its own words for what went wrong; AWS's sentence around them is the same. */
function sameSentence(expected: string, actual: string): boolean {
  const marker = 'threw an error during evaluation';
  const at = expected.indexOf(marker);
  return at >= 0 && actual.startsWith(expected.slice(0, at + marker.length));
}

const MASKS = new Set(['timestamp', 'date', 'arn', 'entered-time', 'start-time']);

/** A mask stands for a whole value: by a name of its own, or by that of the member it stands in. */
export function isMask(expected: Json, key: string): boolean {
  if (typeof expected !== 'string') return false;
  if (MASKS.has(expected) || /^<[^<>]+>$/.test(expected) || /^[a-z_]+_(arn|name|id)$/.test(expected)) return true;
  return key !== '' && plainName(expected) === plainName(key);
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** In `arn:<partition>:states:<region>:…` each `<…>` matches anything. */
function partlyMasked(expected: string): RegExp {
  const parts = expected.split(/<[^<>]+>/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`);
}

function told(path: string, actual: Json | undefined, expected: Json | undefined): string {
  const text = (value: Json | undefined) => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `${path}: ${text(actual)}, AWS has ${text(expected)}`;
}

function asJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isContainer(json: Json): boolean {
  return typeof json === 'object' && json !== null;
}

function isObject(json: Json): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
