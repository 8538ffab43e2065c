/** Runs as history has them: read from the executions of the embedded engine, whoever runs them. */
import type { HistoryEvent } from '../../interpreter/ports.ts';
import type { RunHistory } from '../engine/history.ts';
import type { ExecutionDescription, ExecutionListItem } from '../engine/verbs.ts';
import { DrydockError, EXIT } from '../errors.ts';
import type { FinishedRun, Plan } from '../plan/types.ts';
import type { Order } from './order.ts';
import { type EventSource, newRunView, progress } from './progress.ts';
import type { RunRecords } from './records.ts';
import type { RunStatus, RunView } from './view.ts';

/** A run in a list. Times are ISO 8601, UTC. */
export interface RunSummary {
  runId: string;
  policy: string;
  group: string;
  environment: string;
  engine: 'embedded';
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
  view: RunView;
  executionArn: string;
  /** Which instance each child execution has in hand. */
  children: Map<string, string>;
  apply: (source: EventSource, event: HistoryEvent) => void;
}

const MACHINE = 'rollout';

/** The order that an execution of `rollout` was started with. */
export function orderOf(execution: ExecutionDescription): Order {
  // Only `order()` writes the inputs of this state machine here.
  return JSON.parse(execution.input) as Order;
}

/** Every run that `filter` lets through, newest first. */
export async function listRuns(history: RunHistory, records: RunRecords, filter: RunFilter): Promise<RunSummary[]> {
  const runs: RunSummary[] = [];
  for await (const item of rollouts(history)) {
    if (filter.since !== undefined && item.startDate < filter.since) break;
    const execution = await history.describeExecution({ executionArn: item.executionArn });
    const summary = summarize(execution, (await records.record(item.name))?.paused === true);
    if (matches(summary, filter)) runs.push(summary);
  }
  return runs;
}

function matches(run: RunSummary, { group, environment, status }: RunFilter): boolean {
  return (
    (group === undefined || run.group === group) &&
    (environment === undefined || run.environment === environment) &&
    (status === undefined || run.status === status)
  );
}

function summarize(execution: ExecutionDescription, paused: boolean): RunSummary {
  const { runId, policy, groupName, environment, trigger, startedAt } = orderOf(execution);
  return {
    runId,
    policy: policy.name,
    group: groupName,
    environment,
    engine: 'embedded',
    status: statusOf(execution, paused),
    startedAt,
    ...(execution.stopDate === undefined ? {} : { endedAt: new Date(execution.stopDate).toISOString() }),
    trigger: trigger.kind,
    ...(execution.cause === undefined ? {} : { reason: execution.cause }),
  };
}

function statusOf({ status, error }: ExecutionDescription, paused: boolean): RunStatus {
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
  const view = newRunView(plan, orderOf(execution), 'embedded');
  const apply = progress(view);
  const children = new Map<string, string>();
  for await (const event of events(history, execution.executionArn)) {
    apply({ kind: 'rollout' }, event);
    const mapRunArn = event.type === 'MapRunStarted' ? event.details?.value.mapRunArn : undefined;
    if (typeof mapRunArn === 'string') await readChildren(history, mapRunArn, children, apply);
  }
  return { plan, view, executionArn: execution.executionArn, children, apply };
}

async function readChildren(
  history: RunHistory,
  mapRunArn: string,
  children: Map<string, string>,
  apply: ReadRun['apply'],
): Promise<void> {
  let nextToken: string | undefined;
  do {
    const page = await history.listExecutions({
      mapRunArn,
      maxResults: 1000,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    for (const { executionArn } of page.executions) {
      for await (const event of events(history, executionArn)) {
        const instanceId = children.get(executionArn) ?? instanceOf(event);
        if (instanceId === undefined) continue;
        children.set(executionArn, instanceId);
        apply({ kind: 'instance', instanceId }, event);
      }
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** The instance that a child execution was started for, from its first event. */
export function instanceOf(event: HistoryEvent): string | undefined {
  if (event.type !== 'ExecutionStarted') return undefined;
  const input = event.details?.value.input;
  const parsed: unknown = typeof input === 'string' ? JSON.parse(input) : undefined;
  const isNamed = typeof parsed === 'object' && parsed !== null && 'instanceId' in parsed;
  return isNamed && typeof parsed.instanceId === 'string' ? parsed.instanceId : undefined;
}

/** Every event of an execution, oldest first, a page at a time. */
export async function* events(history: RunHistory, executionArn: string): AsyncGenerator<HistoryEvent> {
  let nextToken: string | undefined;
  do {
    const page = await history.getExecutionHistory({
      executionArn,
      maxResults: 1000,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    yield* page.events;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** What plan() must know of the past: the runs of a policy that succeeded. */
export async function finishedRuns(history: RunHistory, records: RunRecords, policy: string): Promise<FinishedRun[]> {
  const finished: FinishedRun[] = [];
  for await (const item of rollouts(history)) {
    if (item.status !== 'SUCCEEDED') continue;
    const { view, plan } = await readRun(history, records, item.name);
    if (view.policy.name !== policy || view.endedAt === undefined) continue;
    finished.push({
      runId: view.runId,
      policy,
      group: view.group,
      environment: view.environment,
      status: 'succeeded',
      endedAt: view.endedAt,
      patches: patchedWith(view, plan),
      instanceSeconds: instanceSeconds(view),
    });
  }
  return finished;
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
