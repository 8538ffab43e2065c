/** Runs that Step Functions carried out, read with as few calls as a picture takes: it lets through some ten a second. */
import { definition } from '../../../statemachine/definitions.ts';
import type { HistoryEvent } from '../../interpreter/ports.ts';
import type { RunHistory } from '../../orchestrator/engine/history.ts';
import { type ExecutionDescription, type ExecutionListItem, VerbError } from '../../orchestrator/engine/verbs.ts';
import { stateName } from '../../orchestrator/runs/event-details.ts';
import { type Begun, begunWith } from '../../orchestrator/runs/order.ts';
import { instanceOf } from '../../orchestrator/runs/reader.ts';
import type { RunRecords } from '../../orchestrator/runs/records.ts';
import { type Deployed, deployedName, executionArn } from '../../orchestrator/step-functions/deployed.ts';
import { childrenOf, eventsOf, likeliestFirst } from '../../orchestrator/step-functions/executions.ts';
import { type KeptInstance, type KeptRun, keptInstance, keptRun } from '../../orchestrator/step-functions/kept.ts';
import type { ItemTable } from '../../orchestrator/table/table.ts';
import type { ExecutedRun, RunExecution } from './executions.ts';

/** Histories that are read for one page. */
const READ_AT_ONCE = 25;
/** Executions that are looked at to find the one that had an instance in hand: the first is mostly it. */
const MOST_TRIED = 12;

export interface DeployedRunsOptions {
  deployed: Deployed;
  history: RunHistory;
  records: Pick<RunRecords, 'plan'>;
  table: Pick<ItemTable, 'getItem'>;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Finds runs of a deployment by their ids; undefined for one that is not there or never had a plan. Rejects as AWS does. */
export function deployedRuns({ deployed, history, records, table, now }: DeployedRunsOptions) {
  const item = async (pk: string) =>
    (await table.getItem({ TableName: deployedName(deployed.policy), Key: { pk: { S: pk } } })).Item;

  const executed = (
    begun: Begun,
    plan: ExecutedRun['plan'],
    rollout: ExecutionDescription | undefined,
  ): ExecutedRun => {
    const children = once(() =>
      rollout === undefined
        ? []
        : eventsOf(history, rollout.executionArn).then((events) => childrenOf(history, events)),
    );
    const kept = async (id: string) => keptInstance(await item(`instance#${begun.runId}#${id}`));
    return {
      begun,
      plan,
      engine: 'step-functions',
      // What was deployed is what lies here, but for the names of its parts.
      definition: { hash: 'deployed', read: () => definition('rollout') },
      rollout: rollout === undefined ? undefined : executionOf(history, rollout),
      instances: async () => (await children()).map((child) => executionOf(history, child)),
      readAtOnce: READ_AT_ONCE,
      ofInstance: async (id) => findHistories(history, await children(), id, await kept(id)),
      kept,
      now,
    };
  };

  return async (runId: string): Promise<ExecutedRun | undefined> => {
    const plan = await records.plan(runId);
    if (plan === undefined) return undefined;
    const rollout = await describe(history, executionArn(deployed, 'rollout', runId));
    const begun = rollout === undefined ? begunAs(keptRun(await item(`run#${runId}`))) : begunWith(rollout.input);
    return begun === undefined ? undefined : executed(begun, plan, rollout);
  };
}

function begunAs(kept: KeptRun | undefined): Begun | undefined {
  if (kept === undefined) return undefined;
  const { runId, startedAt, policy, groupName, environment, rollbackOf } = kept;
  return {
    ...{ runId, startedAt, policy, group: groupName, environment, trigger: { kind: 'api' } },
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
  };
}

async function describe(history: RunHistory, arn: string): Promise<ExecutionDescription | undefined> {
  try {
    return await history.describeExecution({ executionArn: arn });
  } catch (error) {
    if (error instanceof VerbError && error.error === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

function executionOf(history: RunHistory, { executionArn, status }: ExecutionListItem): RunExecution {
  return {
    arn: executionArn,
    isRunning: status === 'RUNNING',
    told: async () =>
      (await eventsOf(history, executionArn)).map((event) => ({ type: event.type, name: entered(event) })),
  };
}

function entered(event: HistoryEvent): string | undefined {
  return event.type.endsWith('StateEntered') ? stateName(event) : undefined;
}

/** The whole histories of the executions that had the instance in hand, oldest first. */
async function findHistories(
  history: RunHistory,
  children: readonly ExecutionListItem[],
  instanceId: string,
  kept: KeptInstance | undefined,
): Promise<HistoryEvent[][]> {
  const times = [kept?.startedAt, kept?.endedAt].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  const found: { startDate: number; events: HistoryEvent[] }[] = [];
  for (const { executionArn, startDate } of likeliestFirst(children, times).slice(0, MOST_TRIED)) {
    const { events } = await history.getExecutionHistory({ executionArn, maxResults: 1 });
    const [started] = events;
    if (started === undefined || instanceOf(started) !== instanceId) continue;
    found.push({ startDate, events: await eventsOf(history, executionArn) });
  }
  return found.sort((a, b) => a.startDate - b.startDate).map(({ events }) => events);
}

function once<T>(make: () => Promise<T> | T): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= Promise.resolve(make());
    return made;
  };
}
