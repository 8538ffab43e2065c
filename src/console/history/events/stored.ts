/** The events of runs in this process's file: filtered where they lie, and parsed only when they are shown. */
import type { HistoryEvent } from '../../../interpreter/ports.ts';
import type { Database, Row } from '../../../orchestrator/engine/database.ts';
import type { EventStream } from './merge.ts';

/** Which events are wanted; what is absent lets all through. */
export interface EventFilter {
  type?: string;
  /** Part of the event's type or of what it tells, in any case. */
  text?: string;
}

/** Gives the executions of a run, by the row of its rollout. */
export function storedEvents(
  database: Database,
): (rollout: number, filter: EventFilter, of: string | undefined) => EventStream[] {
  const executions = database.prepare(
    `SELECT id, CASE WHEN parent IS NULL THEN 'rollout' ELSE input ->> '$.instanceId' END AS of, started_at, status
     FROM executions WHERE id = ?1 OR parent = ?1 ORDER BY id`,
  );
  const latest = database.prepare(
    `SELECT execution, max(at) AS at FROM events WHERE execution IN (SELECT value FROM json_each(?)) GROUP BY execution`,
  );
  /** What is over has no later event: it is looked for once. */
  const ends = new Map<number, Map<number, number>>();

  /** When the last event of an execution was that is over. */
  const endOf = (rollout: number, id: number, all: Row[]): number => {
    const known = ends.get(rollout) ?? new Map<number, number>();
    remember(ends, rollout, known);
    if (!known.has(id)) {
      const over = all.flatMap((row) =>
        row.status === 'RUNNING' || known.has(Number(row.id)) ? [] : [Number(row.id)],
      );
      for (const { execution, at } of latest.all(JSON.stringify(over))) known.set(Number(execution), Number(at));
    }
    return known.get(id) ?? 0;
  };

  return (rollout, filter, of) => {
    const rows = executions.all(rollout).filter((row) => of === undefined || row.of === of);
    const sql = statements(database, filter);
    return rows.map((row) => {
      const id = Number(row.id);
      return {
        of: async () => String(row.of),
        order: id,
        from: Number(row.started_at),
        get until() {
          return row.status === 'RUNNING' ? Number.POSITIVE_INFINITY : endOf(rollout, id, rows);
        },
        seek: async (at, where) => {
          const found = sql.seek.get(id, where === 'at' ? at : at + 1, ...sql.values);
          return found === undefined ? undefined : Number(found.id);
        },
        read: async (after, most) => sql.read.all(id, after, ...sql.values, most).map(toEvent),
      };
    });
  };
}

/** Runs whose ends are remembered: those that somebody pages through. */
const MOST_REMEMBERED = 16;

function remember<Value>(all: Map<number, Value>, key: number, value: Value): void {
  all.delete(key);
  all.set(key, value);
  for (const oldest of all.keys()) if (all.size > MOST_REMEMBERED) all.delete(oldest);
}

function statements(database: Database, { type, text }: EventFilter) {
  const conditions = [
    ...(type === undefined ? [] : ['AND type = ?']),
    // A JSON text within a JSON text is full of backslashes, which nobody types.
    ...(text === undefined
      ? []
      : [`AND instr(lower(type || char(10) || coalesce(replace(details, '\\', ''), '')), lower(?)) > 0`]),
  ].join(' ');
  return {
    values: [type, text].filter((value) => value !== undefined),
    seek: database.prepare(`SELECT id FROM events WHERE execution = ? AND at >= ? ${conditions} ORDER BY id LIMIT 1`),
    read: database.prepare(`SELECT * FROM events WHERE execution = ? AND id > ? ${conditions} ORDER BY id LIMIT ?`),
  };
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
