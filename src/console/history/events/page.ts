/** A page of a run's events, oldest first. */
import { DrydockError, EXIT } from '../../../orchestrator/errors.ts';
import type { EventPage, EventQuery, RunEvent } from '../../api/shapes.ts';
import { type EventPlace, type EventStream, type MergedEvent, merged } from './merge.ts';

/** Reads a page from the executions that are asked for. Rejects with a `DrydockError` (exit code 2) for a place that is none. */
export async function eventPageOf(
  streams: readonly EventStream[],
  { after, limit }: Pick<EventQuery, 'after' | 'limit'>,
): Promise<EventPage> {
  const page: MergedEvent[] = [];
  for await (const each of merged(streams, after === undefined ? undefined : placeOf(after))) {
    // One more says that there is one.
    if (page.length === limit) return { events: page.map(toRunEvent), next: textOf(page.at(-1)?.place) };
    page.push(each);
  }
  return { events: page.map(toRunEvent), next: null };
}

function toRunEvent({ of, event: { id, previousEventId, timestamp, type, details } }: MergedEvent): RunEvent {
  const name = /State(Entered|Exited)$/.test(type) ? details?.value.name : undefined;
  return {
    of,
    id,
    previousEventId,
    timestamp: new Date(timestamp).toISOString(),
    type,
    state: typeof name === 'string' ? name : null,
    details: details?.value ?? null,
  };
}

function textOf(place: EventPlace | undefined): string | null {
  return place === undefined ? null : `${place.at}-${place.order}-${place.id}`;
}

function placeOf(text: string): EventPlace {
  const [, at, order, id] = /^(\d{1,15})-(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  if (at !== undefined) return { at: Number(at), order: Number(order), id: Number(id) };
  throw new DrydockError(`"${text}" is not the end of a page of events`, {
    exitCode: EXIT.badInput,
    next: 'Ask for the first page, and from there for what its "next" says.',
  });
}
