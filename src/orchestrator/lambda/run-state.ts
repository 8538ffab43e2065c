/** The record of a run, as an instance of it has to know it before it is taken out. */
import { z } from 'zod';
import { TaskFailure } from '../../interpreter/ports.ts';
import type { ItemTable } from '../table/table.ts';

export const recordToRead = z.object({
  runId: z.string(),
  leaseSeconds: z.number(),
  maxFailures: z.number(),
  /** In seconds since 1970: when the last instance may be begun; 0: at any time. */
  latest: z.number(),
});

const flag = z
  .object({ BOOL: z.boolean() })
  .optional()
  .transform((attribute) => attribute?.BOOL === true);
const count = z
  .object({ SS: z.array(z.string()) })
  .optional()
  .transform((attribute) => attribute?.SS.length ?? 0);
const text = z
  .object({ S: z.string() })
  .optional()
  .transform((attribute) => attribute?.S ?? '');

const runState = z.object({
  aborted: flag,
  paused: flag,
  pausedTooLong: flag,
  pauseTold: flag,
  failed: count,
  leftBehind: count,
  alarm: text,
  policy: text,
  environment: text,
});

export type RunState = z.infer<typeof runState>;

export type ReadRecord = (read: Pick<z.infer<typeof recordToRead>, 'runId' | 'leaseSeconds'>) => Promise<RunState>;

/** No record: the run is over, so nothing new begins. */
const OVER: RunState = { ...runState.parse({}), aborted: true };

/** Reads a run's record in the table of that name; that renews the run's lease. `now`: milliseconds since 1970. */
export function readingRecords(table: Pick<ItemTable, 'updateItem'>, tableName: string, now: () => number): ReadRecord {
  return async ({ runId, leaseSeconds }) => {
    try {
      const { Attributes } = await table.updateItem({
        TableName: tableName,
        Key: { pk: { S: `run#${runId}` } },
        ConditionExpression: 'attribute_exists(pk)',
        UpdateExpression: 'SET leaseUntil = :until',
        ExpressionAttributeValues: { ':until': { N: String(Math.floor(now() / 1000) + leaseSeconds) } },
        ReturnValues: 'ALL_NEW',
      });
      return runState.parse(Attributes);
    } catch (error) {
      if (error instanceof TaskFailure && error.error === 'DynamoDB.ConditionalCheckFailedException') return OVER;
      throw error;
    }
  };
}
