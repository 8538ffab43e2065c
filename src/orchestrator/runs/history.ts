/** Runs as history has them: read from the executions of the embedded engine, whoever runs them. */
import type { Database } from '../engine/database.ts';
import type { RunHistory } from '../engine/history.ts';
import type { ExecutionDescription } from '../engine/verbs.ts';
import { DrydockError, EXIT } from '../errors.ts';
import type { FinishedRun, Plan } from '../plan/types.ts';
import { begunWith, type Order } from './order.ts';
import { type Hear, newRunView, progress } from './progress.ts';
import type { RunRecord, RunRecords } from './records.ts';
import type { RunIndex } from './run-index.ts';
import { type StoredReader, storedReader } from './stored-reader.ts';
import type { Outcome, RunStatus, RunView } from './view.ts';

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
  /** The kind of it, and who. */
  trigger: string;
  by?: string;
  fingerprint?: string;
  rollbackOf?: string;
  reason?: string;
  awaitsApproval?: true;
  /** How many instances had each outcome; absent: it is not kept. */
  tally?: Partial<Record<Outcome, number>>;
  /** How many instances the run was begun with; absent: it is not kept. */
  total?: number;
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
  reader: StoredReader;
}

/** What of the file readers of runs here go by. */
export interface KeptRuns {
  history: Pick<RunHistory, 'describeExecution'>;
  database: Database;
  index: RunIndex;
  records: RunRecords;
}

/** The order that an execution of `rollout` was started with. */
function orderOf(execution: ExecutionDescription): Order {
  // Only `order()` writes the inputs of this state machine here.
  return JSON.parse(execution.input) as Order;
}

/** Every run that `filter` lets through, newest first. */
export function listRuns(index: RunIndex, filter: RunFilter): RunSummary[] {
  return index.list(filter).map(({ policy, trigger, awaitsApproval, execution: _, revision: __, ...run }) => ({
    ...run,
    policy: policy.name,
    fingerprint: policy.fingerprint,
    engine: 'embedded',
    ...triggerParts(trigger),
    ...(awaitsApproval ? { awaitsApproval } : {}),
  }));
}

/** A trigger as it is written in one, in its parts. */
export function triggerParts(text: string): { trigger: string; by?: string } {
  const [trigger = text, by] = text.split(/: (.*)/s);
  return by === undefined ? { trigger } : { trigger, by };
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
    ...(begun.trigger.by === undefined ? {} : { by: begun.trigger.by }),
    ...(begun.rollbackOf === undefined ? {} : { rollbackOf: begun.rollbackOf }),
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

/** The rollout execution of a run; throws a `DrydockError` (exit code 2) when there is none of that id. */
export async function findRun(
  { history, index }: Pick<KeptRuns, 'history' | 'index'>,
  runId: string,
): Promise<ExecutionDescription & { id: number }> {
  const found = index.executionOf(runId);
  if (found !== undefined) return { ...(await history.describeExecution({ executionArn: found.arn })), id: found.id };
  throw new DrydockError(`there is no run ${runId} here`, {
    exitCode: EXIT.badInput,
    next: 'See drydock runs list; another state directory is named with --state-dir.',
  });
}

/** A run to be read: nothing of its executions has been. `hear` is called with each event that tells something, once the view knows of it. */
export async function openRun(kept: KeptRuns, runId: string, hear?: Hear): Promise<ReadRun> {
  const execution = await findRun(kept, runId);
  const plan = await kept.records.plan(runId);
  if (plan === undefined) {
    throw new DrydockError(`the plan of run ${runId} is not kept here`, {
      exitCode: EXIT.badInput,
      next: 'Its events can still be read with an SQLite client; the run itself is not affected.',
    });
  }
  const rollout = { id: execution.id, arn: execution.executionArn };
  const view = newRunView(plan, orderOf(execution), 'embedded');
  return { plan, reader: storedReader(kept.database, rollout, view, progress(view, hear)) };
}

/** Reads a run with everything that its executions recorded so far. */
export async function readRun(kept: KeptRuns, runId: string): Promise<ReadRun> {
  const run = await openRun(kept, runId);
  run.reader.read();
  return run;
}

/**
 * Notes what somebody has asked of a run that goes on, as its record has it, and gives whether that is new: its instances hear of it before
 * its rollout does.
 */
export function noteWishes(view: RunView, record: RunRecord | undefined): boolean {
  if (view.endedAt !== undefined) return false;
  const { status, aborting } = view;
  view.status = record?.paused === true ? 'paused' : 'running';
  if (record?.aborted === true) view.aborting = true;
  return view.status !== status || view.aborting !== aborting;
}

/** What plan() must know of the past: the runs of a policy that succeeded. */
export async function finishedRuns(kept: KeptRuns, policy: string): Promise<FinishedRun[]> {
  const finished: FinishedRun[] = [];
  for (const runId of kept.index.stood(policy)) {
    const {
      reader: { view },
      plan,
    } = await readRun(kept, runId);
    if (view.endedAt !== undefined) finished.push(finishedRun(view, plan, view.endedAt));
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
