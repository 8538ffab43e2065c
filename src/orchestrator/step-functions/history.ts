/** Run history as Step Functions keeps it, in the words of the embedded engine's: one reader serves both. */
import type {
  DescribeExecutionCommandOutput,
  HistoryEvent as SdkEvent,
  ExecutionListItem as SdkExecution,
} from '@aws-sdk/client-sfn';
import type { HistoryEvent, Json } from '../../interpreter/ports.ts';
import type { RunHistory } from '../engine/history.ts';
import type { ExecutionStatus } from '../engine/store.ts';
import { type ExecutionDescription, type ExecutionListItem, VerbError } from '../engine/verbs.ts';
import type { StepFunctionsCalls } from './sdk-client.ts';

/** Reads through `calls`. Rejects with `ExecutionDoesNotExist` as the embedded engine does, else with the SDK's errors. */
export function stepFunctionsHistory(
  calls: Pick<StepFunctionsCalls, 'describeExecution' | 'listExecutions' | 'getExecutionHistory'>,
): RunHistory {
  return {
    describeExecution: async ({ executionArn }) =>
      toDescription(await found(executionArn, calls.describeExecution({ executionArn }))),

    listExecutions: async ({ statusFilter, ...input } = {}) => {
      const filter = statusFilter === undefined ? {} : { statusFilter };
      const { executions = [], nextToken } = await calls.listExecutions({ ...input, ...filter });
      return { executions: executions.map(toListItem), ...(nextToken === undefined ? {} : { nextToken }) };
    },

    getExecutionHistory: async (input) => {
      // Inputs and outputs say which instance a child has in hand, and what became of it.
      const asked = calls.getExecutionHistory({ ...input, includeExecutionData: true });
      const { events = [], nextToken } = await found(input.executionArn, asked);
      return { events: events.map(toEvent), ...(nextToken === undefined ? {} : { nextToken }) };
    },
  };
}

/** An event of GetExecutionHistory in the shape that the interpreter records. */
export function toEvent({ id, previousEventId, timestamp, type, ...details }: SdkEvent): HistoryEvent {
  // At most one member besides these is there: the details of this type of event.
  const [detail] = Object.entries(details).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  return {
    id: id ?? 0,
    previousEventId: previousEventId ?? 0,
    timestamp: timestamp?.getTime() ?? 0,
    type: String(type),
    ...(detail === undefined ? {} : { details: { name: detail.name, value: toJson(detail.value) } }),
  };
}

function toJson(value: object): { [key: string]: Json } {
  return JSON.parse(JSON.stringify(value));
}

function toDescription(execution: DescribeExecutionCommandOutput): ExecutionDescription {
  const { input = '{}', output, error, cause, redriveDate } = execution;
  return {
    ...toListItem({ ...execution, name: execution.name }),
    input,
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    ...(redriveDate === undefined ? {} : { redriveDate: redriveDate.getTime() }),
  };
}

function toListItem(execution: SdkExecution): ExecutionListItem {
  const { executionArn = '', stateMachineArn = '', name, startDate, stopDate, mapRunArn, redriveCount } = execution;
  return {
    executionArn,
    stateMachineArn,
    name: name ?? executionArn.slice(executionArn.lastIndexOf(':') + 1),
    status: toStatus(execution.status),
    startDate: startDate?.getTime() ?? 0,
    redriveCount: redriveCount ?? 0,
    ...(stopDate === undefined ? {} : { stopDate: stopDate.getTime() }),
    ...(mapRunArn === undefined ? {} : { mapRunArn }),
  };
}

/** An execution that waits for its redrive is one that goes on. */
function toStatus(status: SdkExecution['status']): ExecutionStatus {
  return status === undefined || status === 'PENDING_REDRIVE' ? 'RUNNING' : status;
}

async function found<T>(executionArn: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExecutionDoesNotExist')) throw error;
    throw new VerbError(
      'ExecutionDoesNotExist',
      `Step Functions has no execution ${executionArn}.`,
      'It keeps executions for 90 days. See what there is with `drydock runs list`.',
    );
  }
}
