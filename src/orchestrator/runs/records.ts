/** What is kept of a run beside its executions: its record (failures, wishes of whoever steers it) and its plan. */
import { z } from 'zod';
import { TaskFailure } from '../../interpreter/ports.ts';
import { explainAwsError } from '../aws/explain.ts';
import { DrydockError, EXIT } from '../errors.ts';
import type { Plan } from '../plan/types.ts';
import type { ItemTable } from '../table/table.ts';
import { keptPlan, planItems } from './kept-plan.ts';
import type { KeptOrder } from './rollback.ts';

/** The table of a run that is carried out here. On AWS each deployment has its own. */
export const TABLE = 'drydock';

/** What a person may ask of a run while it goes on. */
export const WISHES = ['pause', 'resume', 'abort', 'approve'] as const;
export type Wish = (typeof WISHES)[number];

const UPDATES = {
  pause: 'SET paused = :yes',
  resume: 'SET paused = :no REMOVE pauseTold, pausedTooLong',
  // A paused run must wake to see that it is to end.
  abort: 'SET aborted = :yes, paused = :no',
  approve: 'SET approved = :yes, awaitsApproval = :no',
} as const satisfies Record<Wish, string>;

/** A run that was approved before it asks would go on when somebody should have looked at it. One that was aborted is about to end. */
const CONDITIONS: Record<Wish, string> = {
  pause: 'attribute_exists(pk) AND aborted = :no',
  resume: 'attribute_exists(pk) AND aborted = :no',
  abort: 'attribute_exists(pk)',
  approve: 'awaitsApproval = :yes',
};

const VALUES = { ':yes': { BOOL: true }, ':no': { BOOL: false } };

const flag = z
  .object({ BOOL: z.boolean() })
  .optional()
  .transform((attribute) => attribute?.BOOL === true);
const recordItem = z
  .object({ paused: flag, aborted: flag, order: z.object({ S: z.string() }).optional() })
  .transform(({ order, ...flags }) => ({
    ...flags,
    // Only the state machine writes it, from the order that it was begun with.
    ...(order === undefined ? {} : { order: JSON.parse(order.S) as KeptOrder }),
  }));

const placesItem = z
  .object({ places: z.object({ S: z.string() }) })
  .optional()
  .transform((item) => z.array(z.string()).parse(JSON.parse(item?.places.S ?? '[]')));

/** Where a run stands with whoever steers it, and the order that it carries out. */
export type RunRecord = z.infer<typeof recordItem>;

export interface RunRecords {
  /** Keeps the plan that a run follows, before the run begins. */
  keepPlan(runId: string, plan: Plan): Promise<void>;
  /** Undefined when no run of that id was ever planned here. */
  plan(runId: string): Promise<Plan | undefined>;
  /** Keeps whom a run is to tell of itself (SNS topic ARNs and webhook URLs), out of its history. */
  keepPlaces(runId: string, places: string[]): Promise<void>;
  /** Empty when nobody is to hear of it. */
  places(runId: string): Promise<string[]>;
  /** Undefined before the run has its lock, and when it never got it. */
  record(runId: string): Promise<RunRecord | undefined>;
  /** Throws a `DrydockError` (exit code 2) when the run has no record, or waits for no approval. */
  wish(runId: string, wish: Wish): Promise<void>;
}

/** Run records in the table of that name. */
export function runRecords(table: ItemTable, tableName = TABLE): RunRecords {
  const get = async (pk: string) =>
    (await table.getItem({ TableName: tableName, Key: { pk: { S: pk } }, ConsistentRead: true })).Item;
  const record = async (runId: string) => {
    const item = await get(`run#${runId}`);
    return item === undefined ? undefined : recordItem.parse(item);
  };
  return {
    keepPlan: async (runId, plan) => {
      for (const Item of planItems(runId, plan)) await table.putItem({ TableName: tableName, Item });
    },
    plan: (runId) => keptPlan(runId, get),
    keepPlaces: async (runId, places) => {
      if (places.length === 0) return;
      const Item = { pk: { S: `notify#${runId}` }, places: { S: JSON.stringify(places) } };
      await table.putItem({ TableName: tableName, Item });
    },
    places: async (runId) => placesItem.parse(await get(`notify#${runId}`)),
    record,
    wish: async (runId, wish) => {
      const used = `${UPDATES[wish]} ${CONDITIONS[wish]}`;
      try {
        await table.updateItem({
          TableName: tableName,
          Key: { pk: { S: `run#${runId}` } },
          ConditionExpression: CONDITIONS[wish],
          UpdateExpression: UPDATES[wish],
          ExpressionAttributeValues: Object.fromEntries(Object.entries(VALUES).filter(([name]) => used.includes(name))),
        });
      } catch (error) {
        if (!isConditionFailure(error)) throw explainAwsError(error) ?? error;
        throw refusal(runId, wish, await record(runId));
      }
    },
  };
}

function isConditionFailure(error: unknown): boolean {
  return error instanceof TaskFailure && error.error === 'DynamoDB.ConditionalCheckFailedException';
}

function refusal(runId: string, wish: Wish, record: RunRecord | undefined): DrydockError {
  if (record?.aborted === true) {
    return new DrydockError(
      `run ${runId} cannot be asked to ${wish}: it was aborted, and ends once what is in the dock is whole`,
      {
        exitCode: EXIT.badInput,
        next: `See how it stands with drydock runs show ${runId}.`,
      },
    );
  }
  if (wish === 'approve' && record !== undefined) {
    return new DrydockError(`run ${runId} cannot be approved: it waits for no approval`, {
      exitCode: EXIT.badInput,
      next: `See how it stands with drydock runs show ${runId}.`,
    });
  }
  return new DrydockError(
    `run ${runId} cannot be asked to ${wish} yet: it is about to begin, and has touched nothing so far`,
    {
      exitCode: EXIT.badInput,
      next: `Ask again in a minute; drydock runs show ${runId} says whether it got hold of its group.`,
    },
  );
}
