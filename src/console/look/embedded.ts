/** Runs that the embedded engine carried out, read from its file by what a picture needs of them: rows, not whole histories. */
import type { Row } from '../../orchestrator/engine/database.ts';
import type { Store, StoredExecution } from '../../orchestrator/engine/store.ts';
import { begunWith } from '../../orchestrator/runs/order.ts';
import { type RunRecords, TABLE } from '../../orchestrator/runs/records.ts';
import { runIndex } from '../../orchestrator/runs/run-index.ts';
import { keptInstance } from '../../orchestrator/step-functions/kept.ts';
import { itemTable } from '../../orchestrator/table/table.ts';
import type { ExecutedRun, RunExecution } from './executions.ts';
import { TELLING } from './graph/passage.ts';

/** More events than any execution of one instance has: Step Functions ends those of over 25,000. */
const MOST_EVENTS = 30_000;

const TOLD = Object.values(TELLING)
  .flat()
  .map((type) => `'${type}'`)
  .join(', ');

/** Finds runs in `store` by their ids; undefined for one that is not there or never had a plan. `now` is in ms since 1970. */
export function embeddedRuns(store: Store, records: Pick<RunRecords, 'plan'>, now: () => number) {
  const { database } = store;
  const table = itemTable(database);
  const index = runIndex(database);
  const sql = {
    hash: database.prepare('SELECT hash FROM definitions WHERE id = ?'),
    children: database.prepare('SELECT id, arn, status FROM executions WHERE parent = ? ORDER BY id'),
    told: database.prepare(
      `SELECT type, CASE WHEN type LIKE '%StateEntered' THEN json_extract(details, '$.value.name') END AS name
       FROM events WHERE execution = ? AND (type LIKE '%StateEntered' OR type IN (${TOLD})) ORDER BY id`,
    ),
    // Whom a recovery had in hand later is told of, too: its executions are named after the run.
    ofInstance: database.prepare(
      `SELECT id FROM executions WHERE json_extract(input, '$.instanceId') = ?1 AND (parent = ?2 OR parent IN
       (SELECT id FROM executions WHERE arn > ?3 AND arn < ?4)) ORDER BY id`,
    ),
  };

  const execution = ({ id, arn, status }: { id: number; arn: string; status: string }): RunExecution => ({
    arn,
    isRunning: status === 'RUNNING',
    told: async () => sql.told.all(id).map(toTold),
  });

  const executed = (rollout: StoredExecution, begun: ExecutedRun['begun'], plan: ExecutedRun['plan']): ExecutedRun => ({
    begun,
    plan,
    engine: 'embedded',
    definition: {
      hash: String(sql.hash.get(rollout.definition)?.hash),
      read: () => store.definition(rollout.definition),
    },
    rollout: execution(rollout),
    instances: async () =>
      sql.children
        .all(rollout.id)
        .map(({ id, arn, status }) => execution({ id: Number(id), arn: String(arn), status: String(status) })),
    readAtOnce: Number.POSITIVE_INFINITY,
    ofInstance: async (instanceId) => {
      const recovery = rollout.arn.replace(':rollout:', ':recover:recover-');
      const found = sql.ofInstance.all(instanceId, rollout.id, `${recovery}-`, `${recovery}.`);
      return found.map(({ id }) => store.events.read(Number(id), { reverseOrder: false, limit: MOST_EVENTS }));
    },
    kept: async (instanceId) => {
      const Key = { pk: { S: `instance#${begun.runId}#${instanceId}` } };
      return keptInstance((await table.getItem({ TableName: TABLE, Key })).Item);
    },
    now,
  });

  return async (runId: string): Promise<ExecutedRun | undefined> => {
    const found = index.executionOf(runId);
    const rollout = found === undefined ? undefined : store.execution(found.arn);
    const begun = rollout === undefined ? undefined : begunWith(rollout.input);
    const plan = await records.plan(runId);
    return rollout === undefined || begun === undefined || plan === undefined
      ? undefined
      : executed(rollout, begun, plan);
  };
}

function toTold({ type, name }: Row) {
  return { type: String(type), name: typeof name === 'string' ? name : undefined };
}
