/** The events of executions: written once, given back on replay. */
import type { Clock, HistoryEvent, Journal, NewEvent } from '../../interpreter/ports.ts';
import type { Database, Row } from './database.ts';

export interface EventQuery {
  /** Newest first. */
  reverseOrder: boolean;
  /** Give events from here on: with an id above (or, in reverse order, below) this one. */
  after?: number;
  limit: number;
}

/** The history of every execution, by the execution's row id. */
export interface EventLog {
  /** Writes one event; it is durable once `database.durable()` resolves. `replayed: false` hides it from a later replay. */
  write(execution: number, event: NewEvent, at: number, options?: { replayed: boolean }): HistoryEvent;
  /**
   * The journal of an execution: replays what it has, then writes on. `onWrite` hears of what is new. After a redrive, `redrivenAt` stands
   * for the time of its start: the time that it may take begins anew.
   */
  journal(
    execution: { id: number; redrivenAt?: number },
    clock: Clock,
    onWrite: (event: HistoryEvent) => void,
  ): Journal;
  read(execution: number, query: EventQuery): HistoryEvent[];
  /** What a replay of the execution would give back, in order, each with its strand. */
  replayable(execution: number): (HistoryEvent & { strand: string })[];
  /** Takes events out of the replay; history keeps them. */
  supersede(execution: number, ids: number[]): void;
}

/** Gives the event log kept in `database`. */
export function eventLog(database: Database): EventLog {
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const last = database.prepare('SELECT max(id) AS id FROM events WHERE execution = ?');
  const replayable = database.prepare('SELECT * FROM events WHERE execution = ? AND superseded = 0 ORDER BY id');
  const forward = database.prepare('SELECT * FROM events WHERE execution = ? AND id > ? ORDER BY id LIMIT ?');
  const backward = database.prepare('SELECT * FROM events WHERE execution = ? AND id < ? ORDER BY id DESC LIMIT ?');
  const supersede = database.prepare('UPDATE events SET superseded = 1 WHERE execution = ? AND id = ?');

  const lastId = (execution: number) => Number(last.get(execution)?.id ?? 0);
  const write = (execution: number, id: number, event: NewEvent, at: number, superseded: 0 | 1): HistoryEvent => {
    const details = event.details === undefined ? null : JSON.stringify(event.details);
    const { previousEventId, strand, type } = event;
    database.soon(() => insert.run(execution, id, previousEventId, strand, at, type, details, superseded));
    return {
      id,
      previousEventId: event.previousEventId,
      timestamp: at,
      type: event.type,
      ...(event.details === undefined ? {} : { details: event.details }),
    };
  };

  return {
    write: (execution, event, at, options) =>
      write(execution, lastId(execution) + 1, event, at, options?.replayed === false ? 1 : 0),

    journal: ({ id: execution, redrivenAt }, clock, onWrite) => {
      const strands = recordedStrands(replayable.all(execution));
      const started = strands.get('')?.events[0];
      if (started !== undefined && redrivenAt !== undefined) started.timestamp = redrivenAt;
      let nextId = lastId(execution) + 1;
      return {
        append: (event) => {
          const recorded = takeNext(strands, event.strand);
          if (recorded !== undefined) return matching(recorded, event);
          const written = write(execution, nextId, event, clock.now(), 0);
          nextId += 1;
          onWrite(written);
          return written;
        },
        peek: (strand) => {
          const recorded = strands.get(strand);
          return recorded?.events[recorded.next];
        },
      };
    },

    read: (execution, { reverseOrder, after, limit }) =>
      (reverseOrder
        ? backward.all(execution, after ?? Number.MAX_SAFE_INTEGER, limit)
        : forward.all(execution, after ?? 0, limit)
      ).map(toEvent),
    replayable: (execution) =>
      replayable.all(execution).map((row) => ({ ...toEvent(row), strand: String(row.strand) })),
    supersede: (execution, ids) => {
      for (const id of ids) supersede.run(execution, id);
    },
  };
}

/** A strand's recorded events and which of them comes next. A strand that has been given back whole is dropped. */
type Strands = Map<string, { events: HistoryEvent[]; next: number }>;

function recordedStrands(rows: Row[]): Strands {
  const strands: Strands = new Map();
  for (const row of rows) {
    const strand = String(row.strand);
    const recorded = strands.get(strand);
    if (recorded === undefined) strands.set(strand, { events: [toEvent(row)], next: 0 });
    else recorded.events.push(toEvent(row));
  }
  return strands;
}

function takeNext(strands: Strands, strand: string): HistoryEvent | undefined {
  const recorded = strands.get(strand);
  const event = recorded?.events[recorded.next];
  if (recorded === undefined || event === undefined) return undefined;
  recorded.next += 1;
  if (recorded.next === recorded.events.length) strands.delete(strand);
  return event;
}

function matching(recorded: HistoryEvent, event: NewEvent): HistoryEvent {
  if (recorded.type === event.type) return recorded;
  throw new Error(
    `The execution cannot be replayed: its event ${recorded.id} is ${recorded.type}, but running the definition again gives ` +
      `${event.type} (strand "${event.strand}"). Its definition or the interpreter changed in a way that its history does not fit.`,
  );
}

function toEvent(row: Row): HistoryEvent {
  return {
    id: Number(row.id),
    previousEventId: Number(row.previous_id),
    timestamp: Number(row.at),
    type: String(row.type),
    ...(row.details === null ? {} : { details: JSON.parse(String(row.details)) }),
  };
}
