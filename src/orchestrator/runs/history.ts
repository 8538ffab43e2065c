/** Runs as history has them: read from the executions of the embedded engine, whoever runs them. */
import type { RunHistory } from '../engine/history.ts';
import type { ExecutionDescription, ExecutionListItem } from '../engine/verbs.ts';
import { DrydockError, EXIT } from '../errors.ts';
import type { FinishedRun, Plan } from '../plan/types.ts';
import { begunWith, type Order } from './order.ts';
import { newRunView } from './progress.ts';
import { type RunReader, runReader } from './reader.ts';
import type { RunRecords } from './records.ts';
import type { LaterRun, RunOfGroup } from './rollback.ts';
import type { RunStatus, RunView } from './view.ts';

/** A run in a list. Times are ISO 8601, UTC. */
export interface RunSummary {
  runId: string;
  policy: string;
  group: string;
  environment: string;
  engine: RunView['engine'];
  status: RunStatus;
  startedAt: string;
  endedAt?: string;
  trigger: string;
  reason?: string;
}

export interface RunFilter {
  group?: string;
  environment?: string;
  status?: RunStatus;
  /** Milliseconds since 1970: only runs started then or later. */
  since?: number;
}

/** A run read whole, with what it takes to follow it from there. */
export interface ReadRun {
  plan: Plan;
  reader: RunReader;
}

const MACHINE = 'rollout';

/** The order that an execution of `rollout` was started with. */
function orderOf(execution: ExecutionDescription): Order {
  // Only `order()` writes the inputs of this state machine here.
  return JSON.parse(execution.input) as Order;
}

/** Every run that `filter` lets through, newest first. */
export async function listRuns(history: RunHistory, records: RunRecords, filter: RunFilter): Promise<RunSummary[]> {
  const runs: RunSummary[] = [];
  for await (const item of rollouts(history)) {
    if (filter.since !== undefined && item.startDate < filter.since) break;
    const execution = await history.describeExecution({ executionArn: item.executionArn });
    const summary = summarize(execution, (await records.record(item.name))?.paused === true, 'embedded');
    if (summary !== undefined && matches(summary, filter)) runs.push(summary);
  }
  return runs;
}

/** Whether `filter` lets the run through; times are not looked at. */
export function matches(run: RunSummary, { group, environment, status }: RunFilter): boolean {
  return (
    (group === undefined || run.group === group) &&
    (environment === undefined || run.environment === environment) &&
    (status === undefined || run.status === status)
  );
}

/** An execution of a rollout as a run in a list; undefined when it was not begun by us. */
export function summarize(
  execution: ExecutionDescription,
  paused: boolean,
  engine: RunView['engine'],
): RunSummary | undefined {
  const begun = begunWith(execution.input);
  if (begun === undefined) return undefined;
  return {
    runId: begun.runId,
    policy: begun.policy,
    group: begun.group,
    environment: begun.environment,
    engine,
    status: statusOf(execution, paused),
    startedAt: begun.startedAt,
    ...(execution.stopDate === undefined ? {} : { endedAt: new Date(execution.stopDate).toISOString() }),
    trigger: begun.trigger.kind,
    ...(execution.cause === undefined ? {} : { reason: execution.cause }),
  };
}

/** What an execution's end means for its run. */
export function statusOf(
  { status, error }: Pick<ExecutionDescription, 'status' | 'error'>,
  paused: boolean,
): RunStatus {
  if (status === 'RUNNING') return paused ? 'paused' : 'running';
  if (status === 'SUCCEEDED') return 'succeeded';
  if (error === 'Drydock.Halted') return 'halted';
  return error === 'Drydock.Aborted' || status === 'ABORTED' ? 'aborted' : 'failed';
}

/** The executions of rollouts, newest first, a page at a time. */
export async function* rollouts(history: RunHistory): AsyncGenerator<ExecutionListItem> {
  let nextToken: string | undefined;
  do {
    const page = await history.listExecutions({ maxResults: 1000, ...(nextToken === undefined ? {} : { nextToken }) });
    for (const item of page.executions) if (item.stateMachineArn.endsWith(`:${MACHINE}`)) yield item;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** The runs that were begun on the group of this one since, newest first. */
export async function* runsSince(history: RunHistory, { runId, group }: RunOfGroup): AsyncGenerator<LaterRun> {
  for await (const { name, executionArn } of rollouts(history)) {
    if (name === runId) return;
    const begun = begunWith((await history.describeExecution({ executionArn })).input);
    if (begun?.group === group) yield { runId: name, rollbackOf: begun.rollbackOf };
  }
}

/** The rollout execution of a run; throws a `DrydockError` (exit code 2) when there is none of that id. */
export async function findRun(history: RunHistory, runId: string): Promise<ExecutionDescription> {
  for await (const item of rollouts(history)) {
    if (item.name === runId) return history.describeExecution({ executionArn: item.executionArn });
  }
  throw new DrydockError(`there is no run ${runId} here`, {
    exitCode: EXIT.badInput,
    next: 'See drydock runs list; another state directory is named with --state-dir.',
  });
}

/** Reads a run with everything that its executions recorded so far. */
export async function readRun(history: RunHistory, records: RunRecords, runId: string): Promise<ReadRun> {
  const execution = await findRun(history, runId);
  const plan = await records.plan(runId);
  if (plan === undefined) {
    throw new DrydockError(`the plan of run ${runId} is not kept here`, {
      exitCode: EXIT.badInput,
      next: 'Its events can still be read with an SQLite client; the run itself is not affected.',
    });
  }
  const reader = runReader(history, execution.executionArn, newRunView(plan, orderOf(execution), 'embedded'));
  await reader.refresh();
  return { plan, reader };
}

/** What plan() must know of the past: the runs of a policy that succeeded. */
export async function finishedRuns(history: RunHistory, records: RunRecords, policy: string): Promise<FinishedRun[]> {
  const finished: FinishedRun[] = [];
  // Newest first: a rollback comes before what it takes back.
  const rolledBack = new Set<string>();
  for await (const item of rollouts(history)) {
    const { rollbackOf } =
      begunWith((await history.describeExecution({ executionArn: item.executionArn })).input) ?? {};
    if (rollbackOf !== undefined) rolledBack.add(rollbackOf);
    if (item.status !== 'SUCCEEDED' || rollbackOf !== undefined || rolledBack.has(item.name)) continue;
    const {
      reader: { view },
      plan,
    } = await readRun(history, records, item.name);
    if (view.policy.name !== policy || view.endedAt === undefined) continue;
    finished.push(finishedRun(view, plan, view.endedAt));
  }
  return finished;
}

/** What plan() must know of a run that succeeded. */
export function finishedRun(view: RunView, plan: Plan, endedAt: string): FinishedRun {
  return {
    runId: view.runId,
    policy: view.policy.name,
    group: view.group,
    environment: view.environment,
    status: 'succeeded',
    endedAt,
    patches: patchedWith(view, plan),
    instanceSeconds: instanceSeconds(view),
  };
}

/** Ids and titles: on Linux only a title tells one version of a package from another. */
function patchedWith(view: RunView, plan: Plan): string[] {
  const patched = new Set(
    view.instances.filter(({ outcome }) => outcome === 'patched').map(({ instanceId }) => instanceId),
  );
  const patches = plan.waves
    .flatMap((wave) => wave.instances)
    .filter(({ instanceId }) => patched.has(instanceId))
    .flatMap((instance) => instance.patches.flatMap(({ id, title }) => [id, title]));
  return [...new Set(patches)].sort();
}

function instanceSeconds(view: RunView): number[] {
  return view.instances.flatMap(({ outcome, startedAt, endedAt }) =>
    outcome === 'patched' && startedAt !== undefined && endedAt !== undefined
      ? [(Date.parse(endedAt) - Date.parse(startedAt)) / 1000]
      : [],
  );
}
