/** The runs of this process's file as its table of runs has them: found and listed without a walk through the executions. */
import type { Database, Row } from '../engine/database.ts';
import type { LaterRun, RunOfGroup } from './rollback.ts';
import { OUTCOMES, type Outcome, RUN_STATUSES, type RunStatus } from './view.ts';

/** A run in a list, with how many of its instances had each outcome. Times are ISO 8601, UTC. */
export interface ListedRun {
  /** The row of its rollout execution. */
  execution: number;
  runId: string;
  policy: { name: string; fingerprint: string };
  group: string;
  environment: string;
  status: RunStatus;
  startedAt: string;
  endedAt?: string;
  /** `window`, `person: ann`, `api`. */
  trigger: string;
  rollbackOf?: string;
  reason?: string;
  awaitsApproval: boolean;
  /** Outcomes that none had are left out. */
  tally: Partial<Record<Outcome, number>>;
  /** How many instances the run was begun with; absent where it was to plan itself. */
  total?: number;
  /** Grows with every change of any run. */
  revision: number;
}

/** Which runs; what is absent lets all through. */
export interface RunIndexQuery {
  status?: RunStatus;
  group?: string;
  environment?: string;
  policy?: string;
  /** A kind of trigger, or one as it is listed. */
  trigger?: string;
  /** Milliseconds since 1970: only runs begun then or later. */
  since?: number;
  /** Part of a run's id, group, policy, trigger or reason, in any case. */
  text?: string;
  /** Only runs behind this one. */
  before?: RunPlace;
  limit?: number;
}

/**
 * Where a run stands among all, newest first: its start (ms since 1970), and its execution among those of one moment, as the groups of a
 * maintenance window are.
 */
export interface RunPlace {
  startedAt: number;
  execution: number;
}

/** The columns that lists are filtered by, each of few values. */
export type Facet = 'group' | 'environment' | 'policy';

export interface RunIndex {
  /** Newest first. */
  list(query: RunIndexQuery): ListedRun[];
  /** Undefined when there is no run of that id. */
  find(runId: string): ListedRun | undefined;
  /** The rollout execution of a run, and the run's revision; undefined when there is no run of that id. */
  executionOf(runId: string): { id: number; arn: string; revision: number } | undefined;
  /** The last run that rolled this one back to the end; undefined when none did. */
  rolledBackBy(runId: string): string | undefined;
  /** The runs that were begun on the group of this one since, newest first. */
  since(run: RunOfGroup): LaterRun[];
  /** The ids of a policy's runs that succeeded and were not taken back, newest first. */
  stood(policy: string): string[];
  /** The values that any run has, in the order of the alphabet. */
  values(facet: Facet): string[];
  /** The last change of any run; 0 before the first. */
  revision(): number;
  /** The runs that changed behind that revision, in the order of their last change; of very many, the last. */
  changedSince(revision: number): { runId: string; revision: number }[];
  /** The ids of the runs that are not over. */
  goingOn(): string[];
}

const COLUMNS = { group: 'group_name', environment: 'environment', policy: 'policy' } as const satisfies Record<
  Facet,
  string
>;

/** A child that has tagged its instance has it in hand. */
const IN_HAND = `(SELECT count(*) FROM executions AS child WHERE child.parent = run.execution AND child.status = 'RUNNING' AND EXISTS (
  SELECT 1 FROM events WHERE events.execution = child.id AND type = 'TaskStateEntered' AND instr(details, '"name":"TagInstance') > 0))`;

/** A child that was cut off has kept nothing of its instance. */
const CUT_OFF = `(SELECT count(*) FROM executions AS child WHERE child.parent = run.execution
  AND child.status IN ('ABORTED', 'FAILED', 'TIMED_OUT'))`;

/** Who has missed more looks at everything anew. */
const MOST_CHANGES = 500;

const SELECT = `SELECT run.*, CASE WHEN ended_at IS NULL THEN ${IN_HAND} ELSE 0 END AS in_hand,
  CASE WHEN status IN ('aborted', 'failed') THEN ${CUT_OFF} ELSE 0 END AS cut_off FROM runs AS run`;

/** The runs kept in `database`. */
export function runIndex(database: Database): RunIndex {
  const find = database.prepare(`${SELECT} WHERE run_id = ? ORDER BY execution DESC LIMIT 1`);
  const execution = database.prepare(
    'SELECT id, arn, revision FROM runs JOIN executions ON id = execution WHERE run_id = ? ORDER BY id DESC LIMIT 1',
  );
  const rolledBackBy = database.prepare(
    `SELECT run_id FROM runs WHERE rollback_of = ? AND status = 'succeeded'
     AND rolled_back + replaced + quarantined > 0 ORDER BY execution DESC LIMIT 1`,
  );
  const since = database.prepare(
    `SELECT run_id, rollback_of FROM runs WHERE group_name = ?1
     AND execution > (SELECT max(execution) FROM runs WHERE run_id = ?2) ORDER BY execution DESC`,
  );
  const stood = database.prepare(
    `SELECT run_id FROM runs AS run WHERE policy = ? AND status = 'succeeded' AND rollback_of IS NULL
     AND NOT EXISTS (SELECT 1 FROM runs AS later WHERE later.rollback_of = run.run_id
       AND later.rolled_back + later.replaced + later.quarantined > 0) ORDER BY execution DESC`,
  );
  const revision = database.prepare('SELECT coalesce(max(revision), 0) AS revision FROM runs');
  const changed = database.prepare(
    `SELECT run_id, revision FROM (SELECT run_id, revision FROM runs WHERE revision > ? ORDER BY revision DESC LIMIT ${MOST_CHANGES})
     ORDER BY revision`,
  );
  const goingOn = database.prepare('SELECT run_id FROM runs WHERE ended_at IS NULL ORDER BY execution');
  const idsOf = (rows: Row[]) => rows.map((row) => String(row.run_id));
  return {
    list: (query) => {
      const { sql, values } = listing(query);
      return database
        .prepare(sql)
        .all(...values)
        .map(toRun);
    },
    find: (runId) => {
      const row = find.get(runId);
      return row === undefined ? undefined : toRun(row);
    },
    executionOf: (runId) => {
      const row = execution.get(runId);
      if (row === undefined) return undefined;
      return { id: Number(row.id), arn: String(row.arn), revision: Number(row.revision) };
    },
    rolledBackBy: (runId) => idsOf(rolledBackBy.all(runId))[0],
    since: ({ group, runId }) =>
      since.all(group, runId).map((row) => ({
        runId: String(row.run_id),
        rollbackOf: row.rollback_of === null ? undefined : String(row.rollback_of),
      })),
    stood: (policy) => idsOf(stood.all(policy)),
    values: (facet) =>
      database
        .prepare(valuesOf(COLUMNS[facet]))
        .all()
        .map(({ value }) => String(value)),
    revision: () => Number(revision.get()?.revision),
    changedSince: (since) =>
      changed.all(since).map((row) => ({ runId: String(row.run_id), revision: Number(row.revision) })),
    goingOn: () => idsOf(goingOn.all()),
  };
}

/** All conditions are looked at in the one index that has them all; only the runs of the page are read themselves. */
function listing(query: RunIndexQuery): { sql: string; values: (string | number)[] } {
  const { status, group, environment, policy, trigger, since, text, before, limit = -1 } = query;
  const conditions: [string, ...(string | number)[]][] = [];
  if (status !== undefined) conditions.push(['status = ?', status]);
  if (group !== undefined) conditions.push(['group_name = ?', group]);
  if (environment !== undefined) conditions.push(['environment = ?', environment]);
  if (policy !== undefined) conditions.push(['policy = ?', policy]);
  if (trigger !== undefined) conditions.push([`(begun_by = ? OR instr(begun_by, ? || ': ') = 1)`, trigger, trigger]);
  if (since !== undefined) conditions.push(['started_at >= ?', since]);
  if (text !== undefined) conditions.push(['instr(search, lower(?)) > 0', text]);
  if (before !== undefined) conditions.push(['(started_at, execution) < (?, ?)', before.startedAt, before.execution]);
  const where = conditions.map(([sql]) => sql).join(' AND ') || 'true';
  return {
    sql: `${SELECT} WHERE execution IN (
      SELECT execution FROM runs INDEXED BY runs_listed WHERE ${where} ORDER BY started_at DESC, execution DESC LIMIT ?
    ) ORDER BY started_at DESC, execution DESC`,
    values: [...conditions.flatMap(([, ...values]) => values), limit],
  };
}

/** From one value to the next by the column's index: as many steps as there are values, however many runs. */
function valuesOf(column: string): string {
  return `WITH RECURSIVE each (value) AS (
    SELECT min(${column}) FROM runs
    UNION ALL SELECT (SELECT min(${column}) FROM runs WHERE ${column} > each.value) FROM each WHERE each.value IS NOT NULL
  ) SELECT value FROM each WHERE value IS NOT NULL`;
}

function toRun(row: Row): ListedRun {
  const text = (name: string) => (row[name] === null ? undefined : String(row[name]));
  const [endedAt, rollbackOf, reason] = [row.ended_at, text('rollback_of'), text('reason')];
  return {
    execution: Number(row.execution),
    runId: String(row.run_id),
    policy: { name: String(row.policy), fingerprint: text('fingerprint') ?? '' },
    group: String(row.group_name),
    environment: String(row.environment),
    status: toStatus(row.status),
    startedAt: new Date(Number(row.started_at)).toISOString(),
    ...(endedAt === null ? {} : { endedAt: new Date(Number(endedAt)).toISOString() }),
    trigger: String(row.begun_by),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    ...(reason === undefined ? {} : { reason }),
    awaitsApproval: endedAt === null && row.awaits_approval === 1,
    tally: tallyOf(row),
    ...(row.total === null ? {} : { total: Number(row.total) }),
    revision: Number(row.revision),
  };
}

function toStatus(value: Row[string] | undefined): RunStatus {
  const status = RUN_STATUSES.find((known) => known === value);
  if (status === undefined) throw new Error(`a run is listed with the unknown status ${String(value)}`);
  return status;
}

/** Whoever was not begun by the end of the run never will be. */
function tallyOf(row: Row): ListedRun['tally'] {
  const counts = new Map<Outcome, number>(
    OUTCOMES.map((outcome) => [outcome, Number(row[outcome.replace('-', '_')] ?? 0)]),
  );
  const left = () => Math.max(0, Number(row.total) - [...counts.values()].reduce((sum, count) => sum + count, 0));
  const add = (outcome: Outcome, count: number) => counts.set(outcome, (counts.get(outcome) ?? 0) + count);
  add('patching', Number(row.in_hand));
  add('failed', Math.min(Number(row.cut_off), left()));
  add(row.ended_at === null ? 'pending' : 'skipped', left());
  return Object.fromEntries([...counts].filter(([, count]) => count > 0));
}
