/** What is kept of a run beside its executions: its record (failures, wishes of whoever steers it) and its plan. */
import { z } from 'zod';
import { DrydockError, EXIT } from '../errors.ts';
import type { Plan } from '../plan/types.ts';
import type { ItemTable } from '../table/table.ts';

export const TABLE = 'drydock';

/** What a person may ask of a run while it goes on. */
export type Wish = 'pause' | 'resume' | 'abort';

const UPDATES = {
  pause: 'SET paused = :yes',
  resume: 'SET paused = :no',
  // A paused run must wake to see that it is to end.
  abort: 'SET aborted = :yes, paused = :no',
} as const satisfies Record<Wish, string>;

const VALUES = { ':yes': { BOOL: true }, ':no': { BOOL: false } };

const recordItem = z.object({
  paused: z.object({ BOOL: z.boolean() }).optional(),
  aborted: z.object({ BOOL: z.boolean() }).optional(),
});

const planItem = z.object({ plan: z.object({ S: z.string() }) });

export interface RunRecords {
  /** Keeps the plan that a run follows, before the run begins. */
  keepPlan(runId: string, plan: Plan): Promise<void>;
  /** Undefined when no run of that id was ever planned here. */
  plan(runId: string): Promise<Plan | undefined>;
  /** Undefined before the run has its lock, and when it never got it. */
  record(runId: string): Promise<{ paused: boolean; aborted: boolean } | undefined>;
  /** Throws a `DrydockError` (exit code 2) when the run has no record. */
  wish(runId: string, wish: Wish): Promise<void>;
}

/** Run records in `table`. */
export function runRecords(table: ItemTable): RunRecords {
  const get = async (pk: string) =>
    (await table.getItem({ TableName: TABLE, Key: { pk: { S: pk } }, ConsistentRead: true })).Item;
  return {
    keepPlan: async (runId, plan) => {
      await table.putItem({
        TableName: TABLE,
        Item: { pk: { S: `plan#${runId}` }, plan: { S: JSON.stringify(plan) } },
      });
    },
    plan: async (runId) => {
      const item = planItem.safeParse(await get(`plan#${runId}`));
      // Written by keepPlan alone.
      return item.success ? (JSON.parse(item.data.plan.S) as Plan) : undefined;
    },
    record: async (runId) => {
      const item = recordItem.optional().parse(await get(`run#${runId}`));
      return item === undefined
        ? undefined
        : { paused: item.paused?.BOOL === true, aborted: item.aborted?.BOOL === true };
    },
    wish: async (runId, wish) => {
      const used = Object.entries(VALUES).filter(([name]) => UPDATES[wish].includes(name));
      try {
        await table.updateItem({
          TableName: TABLE,
          Key: { pk: { S: `run#${runId}` } },
          ConditionExpression: 'attribute_exists(pk)',
          UpdateExpression: UPDATES[wish],
          ExpressionAttributeValues: Object.fromEntries(used),
        });
      } catch (error) {
        throw new DrydockError(`run ${runId} cannot be asked to ${wish}: it has no record`, {
          exitCode: EXIT.badInput,
          next: 'It never got hold of its group, or is not kept here: see drydock runs list.',
          cause: error,
        });
      }
    },
  };
}
