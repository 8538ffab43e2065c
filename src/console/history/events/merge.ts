/**
 * The events of a run's executions in order of time, a page at a time. Each execution is read in its own order, from where a page ended;
 * only those are opened that something happened in at the time: a wave of a thousand has some ten at once.
 */
import { setImmediate } from 'node:timers/promises';
import type { HistoryEvent } from '../../../interpreter/ports.ts';

/** An execution whose events can be read from any of them on. */
export interface EventStream {
  /** `rollout`, or the instance that it has in hand. */
  of(): Promise<string>;
  /** Its place among the executions of the run, which never changes. */
  order: number;
  /** No event of it is before. Ms since 1970. */
  from: number;
  /** No event of it is behind; Infinity while it goes on. */
  until: number;
  /** The id of the first event whose time is at least `at`, or behind it; undefined when there is none. */
  seek(at: number, where: 'at' | 'behind'): Promise<number | undefined>;
  /** Some of the events behind the one with that id, at most so many if that spares work, in their order; none when there are no more. */
  read(after: number, most: number): Promise<HistoryEvent[]>;
}

/** Behind which event a page begins: its time, and which of which execution it is. */
export interface EventPlace {
  at: number;
  order: number;
  id: number;
}

export interface MergedEvent {
  of: string;
  event: HistoryEvent;
  place: EventPlace;
}

/** An execution that is being read: the next of its events, and what was read ahead. */
interface Open {
  stream: EventStream;
  ahead: HistoryEvent[];
  /** How many are read ahead the next time. */
  most: number;
  /** A clock that was set back does not put an event before those that led to it. */
  latest: number;
}

/** A page takes ten of each of a hundred, or all of one. */
const FEW_AHEAD = 12;
const MOST_AHEAD = 200;

/** Gives the next events one after the other; what reads them may stop at any time. */
export async function* merged(streams: readonly EventStream[], after?: EventPlace): AsyncGenerator<MergedEvent> {
  const waiting = streams
    .filter(({ until }) => after === undefined || until >= after.at)
    .sort((a, b) => a.from - b.from || a.order - b.order);
  const open: Open[] = [];
  const openUntil = async (at: number) => {
    for (let next = waiting[0]; next !== undefined && next.from <= at; next = waiting[0]) {
      waiting.shift();
      const opened = await begin(next, after);
      if (opened !== undefined) open.push(opened);
    }
  };
  if (after !== undefined) await openUntil(after.at);
  for (;;) {
    if (open.length === 0) await openUntil(waiting[0]?.from ?? Number.NEGATIVE_INFINITY);
    let first = earliest(open);
    if (first === undefined) {
      if (waiting.length > 0) continue;
      return;
    }
    await openUntil(timeOf(first));
    first = earliest(open) ?? first;
    const at = timeOf(first);
    const event = await take(first, open);
    if (event !== undefined)
      yield { of: await first.stream.of(), event, place: { at, order: first.stream.order, id: event.id } };
  }
}

async function begin(stream: EventStream, after: EventPlace | undefined): Promise<Open | undefined> {
  const last = after === undefined ? 0 : await lastOf(stream, after);
  if (last === undefined) return undefined;
  const ahead = await stream.read(last, FEW_AHEAD);
  return ahead.length === 0 ? undefined : { stream, ahead, most: FEW_AHEAD * 2, latest: after?.at ?? 0 };
}

/** The last event of the stream that is on the pages up to that place; undefined when all are. */
async function lastOf(stream: EventStream, after: EventPlace): Promise<number | undefined> {
  if (stream.order === after.order) return after.id;
  const first = await stream.seek(after.at, stream.order < after.order ? 'behind' : 'at');
  return first === undefined ? undefined : first - 1;
}

function earliest(open: readonly Open[]): Open | undefined {
  let first: Open | undefined;
  for (const each of open) if (first === undefined || isBefore(each, first)) first = each;
  return first;
}

function isBefore(a: Open, b: Open): boolean {
  const [at, other] = [timeOf(a), timeOf(b)];
  return at === other ? a.stream.order < b.stream.order : at < other;
}

function timeOf({ ahead: [next], latest }: Open): number {
  return Math.max(next?.timestamp ?? Number.POSITIVE_INFINITY, latest);
}

async function take(from: Open, open: Open[]): Promise<HistoryEvent | undefined> {
  from.latest = timeOf(from);
  const event = from.ahead.shift();
  if (from.ahead.length === 0 && event !== undefined) {
    // Reading a file holds up everything else here, and a search may read far.
    await setImmediate();
    from.ahead = await from.stream.read(event.id, from.most);
    from.most = Math.min(from.most * 2, MOST_AHEAD);
    if (from.ahead.length === 0) open.splice(open.indexOf(from), 1);
  }
  return event;
}
