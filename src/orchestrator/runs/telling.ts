/**
 * The events of executions in this process's file that tell something of a run, picked where they lie. Four in five say only how a state did
 * what it did: of a thousand instances that is a quarter of a million JSON texts that nobody has to parse.
 */
import type { Database } from '../engine/database.ts';
import type { ToldEvent } from './event-details.ts';

export interface TellingEvents {
  /**
   * By the row of each execution: its events behind the last that was read, oldest first. Of a state that was entered only the name is
   * there. In `brief` it is told where executions were, how they ended, and whom they could not notify; not why.
   */
  read(unread: Iterable<{ execution: number; after: number }>, brief?: boolean): Map<number, ToldEvent[]>;
}

const list = (types: string[]) => types.map((type) => `'${type}'`).join(', ');
const states = ['Fail', 'Map', 'Parallel', 'Pass', 'Succeed', 'Task', 'Wait'];
/** Nothing stays in a Choice. */
const ENTERED = list(states.map((state) => `${state}StateEntered`));
const EXITED = list(['Choice', ...states].map((state) => `${state}StateExited`));
const BEGIN_AND_END = list(
  ['Started', 'Succeeded', 'Failed', 'TimedOut', 'Aborted'].map((status) => `Execution${status}`),
);

/** Whether the exit of a state has set the variable to something. */
const sets = (variable: string, nothing: string) =>
  `instr(e.details, '"${variable}":"') > 0 AND e.details ->> '$.value.assignedVariables.${variable}' <> '${nothing}'`;

const UNDELIVERED = sets('undelivered', '[]');
/** Which variables say why something was done, and which wait has an end that means something. */
const TELLS = `(${sets('reason', '""')}) OR (${sets('changed', '""')}) OR (${UNDELIVERED})
  OR instr(e.details, '"afterAttach\\""') > 0
  OR e.type = 'WaitStateExited' AND e.details ->> '$.value.name' = 'WaitWhileHeld'`;

/** An event as the statement below gives it: its id, time and type, and the state's name or what it tells. */
type Tuple = [number, number, string, string | ToldEvent['details'] | null];

/** Reads the events kept in `database`. */
export function tellingEvents(database: Database): TellingEvents {
  const brief = database.prepare(select(`e.type = 'TaskStateExited' AND ${UNDELIVERED}`));
  const whole = database.prepare(select(`e.type IN (${EXITED}) AND (${TELLS})`));
  return {
    read: (unread, inBrief = false) => {
      const asked = [...unread].map(({ execution, after }) => [execution, after]);
      return new Map(
        (inBrief ? brief : whole).all(JSON.stringify(asked)).map((row) => {
          const tuples: Tuple[] = JSON.parse(String(row.told));
          return [Number(row.execution), tuples.map(toEvent)];
        }),
      );
    },
  };
}

/** One row an execution: a hundred thousand small ones would take longer to hand over than to find. */
function select(alsoTelling: string): string {
  return `
    SELECT e.execution, json_group_array(json_array(e.id, e.at, e.type,
      CASE WHEN e.type IN (${ENTERED}) THEN e.details ->> '$.value.name' ELSE json(e.details) END) ORDER BY e.id) AS told
    FROM json_each(?) AS unread
    CROSS JOIN events AS e ON e.execution = unread.value ->> 0 AND e.id > unread.value ->> 1
    WHERE e.type IN (${ENTERED}) AND e.strand = '' OR e.type IN (${BEGIN_AND_END}) OR ${alsoTelling}
    GROUP BY unread.key`;
}

function toEvent([id, timestamp, type, about]: Tuple): ToldEvent {
  if (about === null || about === undefined) return { id, timestamp, type };
  const details = typeof about === 'string' ? { name: 'stateEnteredEventDetails', value: { name: about } } : about;
  return { id, timestamp, type, details };
}
