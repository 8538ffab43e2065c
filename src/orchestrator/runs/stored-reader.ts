/** Reads a run from this process's file, and reads on from there: as `runReader` does, by what tells something alone. */
import type { Database } from '../engine/database.ts';
import type { ToldEvent } from './event-details.ts';
import { type Hear, progress } from './progress.ts';
import type { RunReader } from './reader.ts';
import { TABLE } from './records.ts';
import { tellingEvents } from './telling.ts';
import type { InstanceView, RunView } from './view.ts';

interface Child {
  arn: string;
  instanceId: string;
  /** The last event that was read. */
  lastEvent: number;
  isRead: boolean;
  /** Whether it was over when it was found, with why things were done to its instance kept beside what became of it. */
  isKept: boolean;
}

/** A reader of a file, which nobody has to wait for. */
export interface StoredReader extends RunReader {
  /** `refresh` at once: between it and what follows nothing is recorded by this process. */
  read(): boolean;
}

/** A reader of the run that `view` is the beginning of; `apply` is called with each event that tells something of it. */
export function storedReader(
  database: Database,
  rollout: { id: number; arn: string },
  view: RunView,
  apply: Hear = progress(view),
): StoredReader {
  const events = tellingEvents(database);
  const selectChildren = database.prepare(
    `SELECT id, arn, input ->> '$.instanceId' AS instance, output ->> '$' AS outcome FROM executions
     WHERE parent = ? AND id > ? ORDER BY id`,
  );
  const keptOf = keptInstances(database);
  const children = new Map<number, Child>();
  const instances = new Map<string, string>();
  let lastEvent = 0;
  let lastChild = 0;

  const findChildren = () => {
    const found = selectChildren.all(rollout.id, lastChild);
    const kept = found.length === 0 ? new Map<string, KeptInstance>() : keptOf(view.runId);
    for (const { id, arn, instance, outcome } of found) {
      lastChild = Number(id);
      const instanceId = String(instance);
      // What a recovery has made of it since has reasons of its own.
      const isKept = outcome !== null && kept.get(instanceId)?.outcome === outcome;
      children.set(lastChild, { arn: String(arn), instanceId, lastEvent: 0, isRead: false, isKept });
      instances.set(String(arn), instanceId);
    }
    return kept;
  };

  const applyTo = ([execution, told]: [number, ToldEvent[]]) => {
    const child = children.get(execution);
    const last = told.at(-1);
    if (child === undefined || last === undefined) return;
    const source = { kind: 'instance', instanceId: child.instanceId } as const;
    for (const event of told) apply(source, event);
    child.lastEvent = last.id;
    child.isRead = isEnd(last);
  };

  const readChildren = (): boolean => {
    const kept = findChildren();
    const unread = [...children].filter(([, { isRead }]) => !isRead);
    const read = (inBrief: boolean) => {
      const asked = unread.filter(([, { isKept }]) => isKept === inBrief);
      return events.read(
        asked.map(([execution, { lastEvent: after }]) => ({ execution, after })),
        inBrief,
      );
    };
    const told = [...read(true), ...read(false)].sort(([a], [b]) => a - b);
    for (const each of told) applyTo(each);
    const inBrief = new Set(unread.flatMap(([, { isKept, instanceId }]) => (isKept ? [instanceId] : [])));
    if (inBrief.size > 0)
      addReasons(
        view.instances.filter(({ instanceId }) => inBrief.has(instanceId)),
        kept,
      );
    return told.length > 0;
  };

  const read = (): boolean => {
    // Read first and applied last: what it says of the run's end is never ahead of what its children say of theirs.
    const fresh = events.read([{ execution: rollout.id, after: lastEvent }]).get(rollout.id) ?? [];
    const haveMoved = readChildren();
    for (const event of fresh) {
      lastEvent = event.id;
      apply({ kind: 'rollout' }, event);
    }
    return haveMoved || fresh.length > 0;
  };

  return { view, executionArn: rollout.arn, children: instances, apply, read, refresh: async () => read() };
}

function isEnd({ type }: ToldEvent): boolean {
  return /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(type);
}

/** What events that are read in brief leave out. */
function addReasons(instances: InstanceView[], kept: ReadonlyMap<string, KeptInstance>): void {
  for (const instance of instances) {
    const { reason = '', changed = '' } = kept.get(instance.instanceId) ?? {};
    if (reason !== '') instance.reason ??= reason;
    if (changed !== '') instance.changed ??= changed;
  }
}

interface KeptInstance {
  outcome: string;
  reason: string;
  changed: string;
}

/** What is kept of a run's instances, by their ids. */
function keptInstances(database: Database): (runId: string) => Map<string, KeptInstance> {
  const select = database.prepare(
    `SELECT item ->> '$.instanceId.S' AS instance, item ->> '$.outcome.S' AS outcome, item ->> '$.reason.S' AS reason,
       item ->> '$.changed.S' AS changed FROM items WHERE table_name = ? AND pk > ? AND pk < ?`,
  );
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return (runId) => {
    // `$` is the character after `#`.
    const rows = select.all(TABLE, `instance#${runId}#`, `instance#${runId}$`);
    return new Map(
      rows.map(({ instance, outcome, reason, changed }) => [
        text(instance),
        { outcome: text(outcome), reason: text(reason), changed: text(changed) },
      ]),
    );
  };
}
