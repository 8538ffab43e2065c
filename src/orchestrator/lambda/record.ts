/**
 * Hears that a command has ended on an instance, and wakes the execution that waits for it. EventBridge tells of it on its
 * best effort, so an execution that hears nothing looks for itself after some minutes: what is lost here costs time, not the run.
 */
import { z } from 'zod';
import type { ItemTable } from '../table/table.ts';

/** EventBridge: source `aws.ssm`, detail-type `EC2 Command Invocation Status-change Notification`. */
const event = z.object({
  detail: z.object({ 'command-id': z.string(), 'instance-id': z.string(), status: z.string() }),
});

export type CommandEvent = z.infer<typeof event>;

/** Those after which a command does nothing more. https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html */
const OVER = ['Success', 'Cancelled', 'TimedOut', 'Failed'];

/** Answers of SendTaskSuccess that mean that nobody waits any more: the execution timed out, ended, or looked for itself. */
const NOBODY_WAITS = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];

const SECONDS_KEPT = 7 * 86400;

const waiting = z.object({ Attributes: z.object({ token: z.object({ S: z.string() }).optional() }).optional() });

export interface RecordDependencies {
  table: Pick<ItemTable, 'updateItem'>;
  tableName: string;
  /** `output` is a JSON text. Rejects with an error whose `name` (or `error`) is that of Step Functions. */
  sendTaskSuccess(input: { taskToken: string; output: string }): Promise<unknown>;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Takes the event; gives whether an execution was woken. The status is kept first: an execution that begins to wait only then
 * finds it and does not wait at all.
 */
export function recordHandler({ table, tableName, sendTaskSuccess, now }: RecordDependencies) {
  return async (input: unknown): Promise<{ woken: boolean }> => {
    const { detail } = event.parse(input);
    if (!OVER.includes(detail.status)) return { woken: false };
    const before = await table.updateItem({
      TableName: tableName,
      Key: { pk: { S: `command#${detail['command-id']}#${detail['instance-id']}` } },
      UpdateExpression: 'SET #status = :status, expiresAt = :expiresAt',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':status': { S: detail.status },
        ':expiresAt': { N: String(Math.floor(now() / 1000) + SECONDS_KEPT) },
      },
      ReturnValues: 'ALL_OLD',
    });
    const taskToken = waiting.parse(before).Attributes?.token?.S;
    if (taskToken === undefined) return { woken: false };
    try {
      await sendTaskSuccess({ taskToken, output: JSON.stringify({ status: detail.status }) });
      return { woken: true };
    } catch (error) {
      if (NOBODY_WAITS.includes(nameOf(error))) return { woken: false };
      throw error;
    }
  };
}

/** Step Functions' name of an error, whether it came over the wire or from the embedded engine. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'error' in error && typeof error.error === 'string' ? error.error : error.name;
}
