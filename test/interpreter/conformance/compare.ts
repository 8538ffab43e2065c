import type { HistoryEvent, Json } from '../../../src/interpreter/index.ts';
import { detailsIn, type RecordedEvent } from './case.ts';

/**
 * Compares a history with the recorded one; gives the first difference, or undefined when they match.
 * Events whose id is masked belong to parallel strands: they may come in any order that keeps each strand's own, and the recording
 * leaves some of them out, so they are looked for among the events between the unmasked ones.
 */
export function firstDifference(
  recorded: readonly RecordedEvent[],
  events: readonly HistoryEvent[],
): string | undefined {
  const fixed = new Map(recorded.flatMap((event) => (typeof event.id === 'number' ? [[event.id, event]] : [])));
  const loose = recorded.filter((event) => typeof event.id !== 'number');
  const last = Math.max(...fixed.keys());
  if (events.length !== last) {
    return `AWS recorded ${last} events, this run has ${events.length}: ${events.map(({ type }) => type).join(' ')}`;
  }
  const left = [...loose];
  for (const event of events) {
    const counterpart = fixed.get(event.id);
    if (counterpart !== undefined) {
      const difference = differenceOf(counterpart, event);
      if (difference !== undefined) return difference;
      continue;
    }
    const index = left.findIndex((candidate) => differenceOf(candidate, event) === undefined);
    if (index >= 0) left.splice(index, 1);
    else if (loose.length === 0) return `event ${event.id} (${event.type}) is not in AWS's recording`;
  }
  return left.length === 0
    ? undefined
    : `no event matches AWS's ${left[0]?.type} ${JSON.stringify(detailsIn(left[0]))}`;
}

function differenceOf(recorded: RecordedEvent, event: HistoryEvent): string | undefined {
  const at = `event ${event.id}`;
  if (recorded.type !== event.type) return `${at}: AWS recorded ${recorded.type}, this run has ${event.type}`;
  const { previousEventId } = recorded;
  const masked = typeof recorded.id !== 'number';
  if (!masked && typeof previousEventId === 'number' && previousEventId !== event.previousEventId) {
    return `${at} (${event.type}): previousEventId ${event.previousEventId}, AWS has ${previousEventId}`;
  }
  const names = Object.keys(recorded).filter((key) => key.endsWith('EventDetails'));
  const name = event.details?.name;
  if (
    names[0] !== name &&
    (Object.keys(detailsIn(recorded)).length > 0 || Object.keys(event.details?.value ?? {}).length > 0)
  ) {
    return `${at} (${event.type}): details ${name}, AWS has ${names[0]}`;
  }
  return valueDifference(detailsIn(recorded), event.details?.value ?? {}, `${at} (${event.type})`);
}

/** Compares values, member by member; a mask in `expected` matches anything. */
export function valueDifference(expected: Json, actual: Json, path: string, key = ''): string | undefined {
  if (isMask(expected, key)) return undefined;
  if (typeof expected === 'string') return textDifference(expected, actual, path, key);
  const value =
    typeof expected === 'object' && expected !== null && typeof actual === 'string' ? asJson(actual) : actual;
  if (Array.isArray(expected) && Array.isArray(value)) {
    if (expected.length !== value.length) return `${path}: ${value.length} items, AWS has ${expected.length}`;
    return firstOf(expected, (item, i) => valueDifference(item, value[i] ?? null, `${path}[${i}]`, key));
  }
  if (isObject(expected) && isObject(value)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(value)])];
    return firstOf(keys, (member) => {
      const there = expected[member];
      const here = value[member];
      if (there === undefined) return `${path}.${member}: ${JSON.stringify(here)}, AWS has none`;
      if (here === undefined)
        return isMask(there, member) ? undefined : `${path}.${member}: none, AWS has ${JSON.stringify(there)}`;
      return valueDifference(there, here, `${path}.${member}`, member);
    });
  }
  return expected === value ? undefined : `${path}: ${JSON.stringify(value)}, AWS has ${JSON.stringify(expected)}`;
}

function textDifference(expected: string, actual: Json, path: string, key: string): string | undefined {
  const told = `${path}: ${JSON.stringify(actual)}, AWS has ${JSON.stringify(expected)}`;
  if (typeof actual !== 'string') return told;
  if (expected === actual || partlyMasked(expected).test(actual)) return undefined;
  if (key === 'cause' && sameSentence(expected, actual)) return undefined;
  // Numbers and spaces inside a JSON text are written in more than one way.
  const [there, here] = [asJson(expected), asJson(actual)];
  if (there === expected || here === actual) return told;
  return valueDifference(there, here, path, key);
}

/** An evaluator has its own words for what went wrong; AWS's sentence around them is the same. */
function sameSentence(expected: string, actual: string): boolean {
  const marker = 'threw an error during evaluation';
  const at = expected.indexOf(marker);
  if (at < 0) return false;
  return actual.startsWith(expected.slice(0, at + marker.length));
}

const MASKS = new Set([
  'timestamp',
  'date',
  'arn',
  'snf_role_arn',
  'entered-time',
  'start-time',
  'lambda_function_name',
]);

/** Masks stand for a whole value: by a name of their own, or by that of the member they stand in. */
function isMask(expected: Json, key: string): boolean {
  if (typeof expected !== 'string') return false;
  return (
    MASKS.has(expected) ||
    (key !== '' && sameName(expected, key)) ||
    /^<[^<>]+>$/.test(expected) ||
    /_(arn|name|id)$/.test(expected)
  );
}

function sameName(a: string, b: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, '');
  return plain(a) === plain(b);
}

/** `arn:<partition>:states:<region>:…`: each `<…>` matches anything. */
function partlyMasked(expected: string): RegExp {
  const parts = expected.split(/<[^<>]+>/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`);
}

function asJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isObject(json: Json): json is { [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function firstOf<T>(
  items: readonly T[],
  difference: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [i, item] of items.entries()) {
    const found = difference(item, i);
    if (found !== undefined) return found;
  }
  return undefined;
}
