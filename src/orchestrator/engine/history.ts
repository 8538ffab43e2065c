/** The verbs that only read: for the engine, and for whoever looks at run history without running anything. */
import type { Store } from './store.ts';
import {
  describe,
  type ExecutionDescription,
  type ExecutionPage,
  type GetExecutionHistoryInput,
  type HistoryPage,
  type ListExecutionsInput,
  listItem,
  VerbError,
} from './verbs.ts';

export interface RunHistory {
  /** Rejects with `ExecutionDoesNotExist`. */
  describeExecution(input: { executionArn: string }): Promise<ExecutionDescription>;
  /** Newest first. With `mapRunArn`, the children of that Map Run; without, the executions that no Map started. */
  listExecutions(input?: ListExecutionsInput): Promise<ExecutionPage>;
  /** Oldest event first, unless `reverseOrder`. */
  getExecutionHistory(input: GetExecutionHistoryInput): Promise<HistoryPage>;
}

const MAX_RESULTS = 1000;

/** Reads the executions and events kept in `store`. */
export function runHistory(store: Store): RunHistory {
  return {
    describeExecution: async ({ executionArn }) => describe(mustFind(store, executionArn)),

    listExecutions: async ({ stateMachineArn, mapRunArn, statusFilter, maxResults, nextToken } = {}) => {
      const limit = pageSize(maxResults);
      const found = store.listExecutions({
        ...(stateMachineArn === undefined ? {} : { stateMachineArn }),
        ...(mapRunArn === undefined ? {} : { mapRunArn }),
        ...(statusFilter === undefined ? {} : { status: statusFilter }),
        ...(nextToken === undefined ? {} : { before: position(nextToken) }),
        limit: limit + 1,
      });
      const page = found.slice(0, limit);
      return { executions: page.map(listItem), ...more(found.length > limit, page.at(-1)?.id) };
    },

    getExecutionHistory: async ({ executionArn, reverseOrder = false, maxResults, nextToken }) => {
      const limit = pageSize(maxResults);
      const found = store.events.read(mustFind(store, executionArn).id, {
        reverseOrder,
        ...(nextToken === undefined ? {} : { after: position(nextToken) }),
        limit: limit + 1,
      });
      const events = found.slice(0, limit);
      return { events, ...more(found.length > limit, events.at(-1)?.id) };
    },
  };
}

/** The execution named `arn`; throws `ExecutionDoesNotExist`. */
export function mustFind(store: Store, arn: string) {
  const execution = store.execution(arn);
  if (execution !== undefined) return execution;
  throw new VerbError(
    'ExecutionDoesNotExist',
    `There is no execution ${arn} in ${store.database.path}.`,
    'See what there is with `drydock runs list`, or name the right directory with --state-dir.',
  );
}

function pageSize(maxResults = 100): number {
  return Math.min(Math.max(Math.floor(maxResults), 1), MAX_RESULTS);
}

function more(isThereMore: boolean, last: number | undefined): { nextToken?: string } {
  return isThereMore && last !== undefined ? { nextToken: String(last) } : {};
}

function position(nextToken: string): number {
  if (/^\d{1,15}$/.test(nextToken)) return Number(nextToken);
  throw new VerbError(
    'InvalidToken',
    `"${nextToken}" is not a nextToken that was given out.`,
    'Begin at the first page.',
  );
}
