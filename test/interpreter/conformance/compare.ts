import type { HistoryEvent } from '../../../src/interpreter/index.ts';
import { detailsIn, type RecordedEvent } from './case.ts';
import { valueDifference } from './masks.ts';

/**
 * Compares a history with the recorded one; gives the first difference, or undefined when they match.
 * Event by event when both ran their strands in the same order; otherwise each event is looked for by what it is and by
 * the event it follows, which keeps each strand's own order.
 */
export function firstDifference(
  recorded: readonly RecordedEvent[],
  events: readonly HistoryEvent[],
): string | undefined {
  const inOrder = orderedDifference(recorded, events);
  if (inOrder === undefined || !recorded.some(({ type }) => /^(Map|Parallel)State/.test(type))) return inOrder;
  return strandsDifference(recorded, events) === undefined ? undefined : inOrder;
}

function orderedDifference(recorded: readonly RecordedEvent[], events: readonly HistoryEvent[]): string | undefined {
  for (const [i, expected] of recorded.entries()) {
    const event = events[i];
    if (event === undefined) return `AWS recorded ${expected.type} after ${events.at(-1)?.type}, this run nothing`;
    if (typeof expected.id === 'number' && expected.id !== event.id)
      return `event ${event.id} has id ${expected.id} at AWS`;
    const difference = eventDifference(expected, event) ?? linkDifference(expected, event);
    if (difference !== undefined) return `event ${event.id}: ${difference}`;
  }
  const more = events[recorded.length];
  return more === undefined ? undefined : `event ${more.id}: ${more.type}, AWS recorded no more`;
}

function linkDifference({ previousEventId }: RecordedEvent, event: HistoryEvent): string | undefined {
  if (typeof previousEventId !== 'number' || previousEventId === event.previousEventId) return undefined;
  return `${event.type} has previousEventId ${event.previousEventId}, AWS has ${previousEventId}`;
}

/** Type and details; the ids are compared elsewhere. */
function eventDifference(expected: RecordedEvent, event: HistoryEvent): string | undefined {
  if (expected.type !== event.type) return `${event.type}, AWS recorded ${expected.type}`;
  const wanted = detailsIn(expected);
  const value = event.details?.value ?? {};
  const name = Object.keys(expected).find((key) => key.endsWith('EventDetails'));
  // An event without details has an empty member or none.
  const empty = Object.keys(wanted).length === 0 && Object.keys(value).length === 0;
  if (!empty && name !== event.details?.name) return `${event.type} with ${event.details?.name}, AWS has ${name}`;
  return valueDifference(wanted, value, event.type);
}

/**
 * Events of parallel strands: ids differ with the order in which strands ran, and some recordings mask them and leave events out.
 */
function strandsDifference(recorded: readonly RecordedEvent[], events: readonly HistoryEvent[]): string | undefined {
  const left = new Set(events);
  const counterpart = new Map<number, HistoryEvent>();
  for (const expected of recorded) {
    const found = [...left].find(
      (event) => eventDifference(expected, event) === undefined && isLinked(expected, event, counterpart, events),
    );
    if (found === undefined) return `no event matches AWS's ${String(expected.id)} ${expected.type}`;
    left.delete(found);
    if (typeof expected.id === 'number') counterpart.set(expected.id, found);
  }
  const last = recorded.at(-1)?.id;
  const leftOut = typeof last === 'number' ? last - recorded.length : 0;
  return left.size === leftOut ? undefined : `this run has ${left.size - leftOut} more events than AWS recorded`;
}

/** These follow whichever strand happened to end last, or to make room. */
const FOLLOWS_ANY_STRAND = /^((Map|Parallel)State(Succeeded|Exited|Failed)|MapIterationStarted)$/;

function isLinked(
  { id, previousEventId }: RecordedEvent,
  event: HistoryEvent,
  counterpart: ReadonlyMap<number, HistoryEvent>,
  events: readonly HistoryEvent[],
): boolean {
  const masked = typeof id !== 'number' || typeof previousEventId !== 'number';
  if (masked || previousEventId === event.previousEventId) return true;
  const known = counterpart.get(previousEventId);
  // What the event followed was masked or left out of the recording.
  if (known === undefined) return previousEventId !== 0;
  if (known.id === event.previousEventId) return true;
  return FOLLOWS_ANY_STRAND.test(event.type) && events[event.previousEventId - 1]?.type === known.type;
}
