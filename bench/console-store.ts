/**
 * Makes a state directory with 100,000 runs and 10,000,000 events: `node bench/console-store.ts FOLDER [RUNS EVENTS]`.
 * A few runs are carried out on the simulated cloud, one of a thousand instances among them, and copied by SQL: as other groups' runs, at
 * other times, begun by others.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeTemplates, type Templates } from './console-templates.ts';

const GROUPS = Array.from(
  { length: 120 },
  (_, at) => `${['shop', 'search', 'billing', 'media'][at % 4]}-${['web', 'api', 'worker'][at % 3]}-${at}`,
);
const POLICIES = ['standard', 'databases', 'edge'];
const TRIGGERS = [
  { kind: 'window' },
  { kind: 'window' },
  { kind: 'person', by: 'anna' },
  { kind: 'person', by: 'björn' },
  { kind: 'api' },
];
const TEN_MINUTES_MS = 600_000;
/** Runs of one transaction. */
const AT_ONCE = 500;

const [folder, runs = '100000', events = '10000000', instances = '1000'] = process.argv.slice(2);
if (folder === undefined || existsSync(join(folder, 'drydock.db'))) {
  console.error('Name a folder that has no store yet: node bench/console-store.ts FOLDER [RUNS EVENTS INSTANCES]');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const began = performance.now();
const templates = await makeTemplates(folder, Number(instances));
say(`carried out ${Object.keys(templates).length} kinds of runs`);
const database = new DatabaseSync(join(folder, 'drydock.db'));
database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA wal_autocheckpoint = 20000');
copyUntil(Number(runs), Number(events));
database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
const count = (table: string) => Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count);
say(`${count('runs').toLocaleString('en')} runs, ${count('events').toLocaleString('en')} events`);
database.close();
say(`${(statSync(join(folder, 'drydock.db')).size / 1e9).toFixed(2)} GB in ${folder}`);
console.log(`the run of ${instances} instances: ${templates.thousand}`);

function say(what: string): void {
  console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${what}`);
}

/** Long runs and short ones by turns, so that in the end there are as many events as runs are to have. */
function copyUntil(runs: number, events: number): void {
  const [have, haveEvents] = [count0('runs'), count0('events')];
  const { long, short } = kinds(templates);
  let copied = haveEvents;
  const copy = copier();
  for (let from = have; from < runs; from += AT_ONCE) {
    database.exec('BEGIN');
    for (let at = from; at < Math.min(runs, from + AT_ONCE); at += 1) {
      const isBehind = copied - haveEvents < ((at - have) / (runs - have)) * (events - haveEvents);
      const kind = isBehind ? long[at % long.length] : short[at % short.length];
      if (kind !== undefined) copied += copy(kind, at, runs - at);
    }
    database.exec('COMMIT');
    if (from % 20_000 < AT_ONCE) say(`${from.toLocaleString('en')} runs`);
  }
}

function count0(table: string): number {
  return Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count);
}

function kinds({ patched, halted, aborted, locked }: Templates): { long: string[]; short: string[] } {
  return { long: [patched, patched, patched, halted], short: [aborted, locked] };
}

/** Gives what copies a run, as one that began `back` times ten minutes before the first; it gives the number of its events. */
function copier() {
  const rollout = database.prepare(`SELECT id FROM executions WHERE name = ? AND state_machine_arn LIKE '%:rollout'`);
  const parts = database.prepare('SELECT id FROM executions WHERE id = ?1 OR parent = ?1 ORDER BY id');
  const execution = database.prepare(`
    INSERT INTO executions (arn, name, state_machine_arn, definition, input, status, started_at, parent, map_run_arn, owner)
    SELECT replace(arn, :old, :new) || iif(parent IS NULL, '', :new), replace(name, :old, :new), state_machine_arn, definition,
      iif(parent IS NULL, json_set(replace(input, :old, :new), '$.groupName', :group, '$.environment', :environment,
        '$.policy.name', :policy, '$.trigger', json(:trigger), '$.startedAt', :startedAt), replace(input, :old, :new)),
      'RUNNING', started_at - :back, iif(parent IS NULL, NULL, :parent), map_run_arn || :new, owner
    FROM executions WHERE id = :id`);
  const end = database.prepare(`
    UPDATE executions SET status = t.status, stopped_at = t.stopped_at - :back, output = t.output, error = t.error, cause = t.cause
    FROM executions AS t WHERE t.id = :id AND executions.id = :copy`);
  const events = database.prepare(`
    INSERT INTO events SELECT :copy, id, previous_id, strand, at - :back, type, replace(details, :old, :new), superseded
    FROM events WHERE execution = :id`);
  const copyItems =
    'INSERT INTO items SELECT table_name, replace(pk, :old, :new), replace(item, :old, :new) FROM items';
  // Two statements: of an OR over its key SQLite would read the whole table.
  const items = [
    `pk IN ('plan#' || :old, 'run#' || :old)`,
    `pk > 'instance#' || :old || '#' AND pk < 'instance#' || :old || '$'`,
  ].map((which) => database.prepare(`${copyItems} WHERE table_name = 'drydock' AND ${which}`));
  const startedAt = database.prepare('SELECT started_at FROM executions WHERE id = ?');
  const known = new Map<string, { ids: number[]; startedAt: number }>();
  const template = (old: string) => {
    const id = Number(rollout.get(old)?.id);
    const found = known.get(old) ?? {
      ids: parts.all(id).map((row) => Number(row.id)),
      startedAt: Number(startedAt.get(id)?.started_at),
    };
    known.set(old, found);
    return found;
  };

  return (old: string, at: number, back: number): number => {
    const { ids, startedAt } = template(old);
    const backMs = back * TEN_MINUTES_MS;
    const time = new Date(startedAt - backMs).toISOString();
    const id = `${time.slice(0, 10).replaceAll('-', '')}-${time.slice(11, 19).replaceAll(':', '')}-${at.toString(16).padStart(5, '0')}`;
    const told = {
      group: GROUPS[at % GROUPS.length] ?? '',
      environment: at % 3 === 0 ? 'staging' : 'production',
      policy: POLICIES[at % POLICIES.length] ?? '',
      trigger: JSON.stringify(TRIGGERS[at % TRIGGERS.length]),
      startedAt: time,
    };
    let parent = 0;
    let copied = 0;
    for (const each of ids) {
      const values = { old, new: id, back: backMs, id: each };
      const copy = Number(execution.run({ ...values, ...told, parent }).lastInsertRowid);
      if (each === ids[0]) {
        parent = copy;
        for (const some of items) some.run({ old, new: id });
      }
      copied += Number(events.run({ ...values, copy }).changes);
      end.run({ back: backMs, id: each, copy });
    }
    return copied;
  };
}
