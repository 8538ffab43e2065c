/** Runs on Step Functions: begun there, and read, followed and steered from here. They go on whoever looks. */
import type { Clock } from '../../interpreter/ports.ts';
import { explainAwsError } from '../aws/explain.ts';
import type { RunHistory } from '../engine/history.ts';
import { type ExecutionDescription, VerbError } from '../engine/verbs.ts';
import { DrydockError, EXIT } from '../errors.ts';
import { noteWishes } from '../runs/history.ts';
import { begunWith, fitsInput, type Order, order, runId, type StoredOrder, storedOrder } from '../runs/order.ts';
import { type Hear, newRunView } from '../runs/progress.ts';
import { runReader } from '../runs/reader.ts';
import type { RunRecords } from '../runs/records.ts';
import { recoveryReport } from '../runs/recovery-report.ts';
import { rollbackOrder, rollbackPlan, rollbackWaves } from '../runs/rollback.ts';
import { findRollback, type OpenRun, type Runs, refuseOver } from '../runs/runs.ts';
import type { RunView } from '../runs/view.ts';
import type { Item } from '../table/attributes.ts';
import type { RunItems } from '../table/run-items.ts';
import { type Deployed, executionArn, liveArn, notDeployed } from './deployed.ts';
import { follow } from './follow.ts';
import { stepFunctionsHistory } from './history.ts';
import { applyKept, keptFinishedRuns, keptRun, keptRunsSince, keptView } from './kept.ts';
import { listDeployedRuns } from './list.ts';
import type { StepFunctionsCalls } from './sdk-client.ts';

/** Where the parts of an order are put that exceed the input of an execution. */
export interface OrderStore {
  bucket(): Promise<string>;
  put(object: { bucket: string; key: string; body: string }): Promise<void>;
}

export interface StepFunctionsRunsOptions {
  deployed: Deployed;
  calls: StepFunctionsCalls;
  records: RunRecords;
  items: RunItems;
  /** The record of a run as the table has it. */
  recordItem(runId: string): Promise<Item | undefined>;
  orders: OrderStore;
  clock: Clock;
  /** A fresh GUID at each call. */
  uuid: () => string;
  /** 0 or more, and below 1. */
  random: () => number;
}

/** The children of a wave that are read at each look; GetExecutionHistory is let through some ten times a second. */
const CHILDREN_AT_ONCE = 25;

/**
 * The runs of one deployment. Rejects with a `DrydockError`: exit code 2 when it is not there, or when AWS cannot be reached or
 * refuses; whatever is under way is not touched by that.
 */
export function stepFunctionsRuns(options: StepFunctionsRunsOptions): Runs {
  const { deployed, calls, records, items, recordItem, clock, uuid, random } = options;
  const history = stepFunctionsHistory(calls);
  const find = (id: string) => describeIfThere(history, executionArn(deployed, 'rollout', id));

  const open = async (id: string, hear?: Hear): Promise<OpenRun> => {
    const execution = await find(id);
    const plan = await records.plan(id);
    if (execution === undefined) {
      const kept = keptRun(await recordItem(id));
      if (kept === undefined) throw unknownRun(id, deployed);
      if (plan === undefined) throw withoutPlan(id);
      return { plan, view: await keptView(plan, kept, items), refresh: async () => false };
    }
    const begun = begunWith(execution.input);
    if (begun === undefined) throw unknownRun(id, deployed);
    if (plan === undefined) throw withoutPlan(id, execution);
    const view = newRunView(plan, begun, 'step-functions');
    const kept = { apply: (to: RunView) => applyKept(to, items), runningAtOnce: CHILDREN_AT_ONCE };
    const reader = runReader(history, execution.executionArn, view, kept, hear);
    const refresh = async () => {
      const hasMoved = await reader.refresh();
      if (view.endedAt !== undefined) return hasMoved;
      return noteWishes(view, await records.record(id)) || hasMoved;
    };
    return { plan, view, refresh };
  };

  const begin = async (input: StoredOrder): Promise<void> => {
    const text = JSON.stringify(input);
    try {
      await calls.startExecution({ stateMachineArn: liveArn(deployed, 'rollout'), name: input.runId, input: text });
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) throw error;
      // An answer that was lost on its way back, and a run that is over by the time of the second try.
      if ((await find(input.runId))?.input !== text) throw nameTaken(input.runId, error);
    }
  };

  const runs: Runs = {
    engine: 'step-functions',

    start: async (plan, trigger) => {
      const startedAt = new Date(clock.now()).toISOString();
      const id = runId(startedAt, uuid().slice(0, 5));
      const asked = order(plan, { runId: id, trigger, startedAt, snapshotId: uuid() });
      await records.keepPlan(id, plan);
      await begin(await placed(asked, options.orders));
      return id;
    },

    follow: async (id, onChange = () => {}, signal) => {
      const { view, refresh } = await open(id);
      if ((await find(id)) !== undefined) return follow(view, refresh, { clock, random, onChange, signal });
      // Forgotten: whatever its record says, nothing comes any more.
      onChange(view);
      return view;
    },

    read: async (id) => {
      const run = await open(id);
      await run.refresh();
      return { plan: run.plan, view: run.view };
    },

    open,

    list: (filter) => listDeployedRuns({ deployed, history, items, now: clock.now() }, filter),

    steer: async (id, wish) => {
      const execution = await find(id);
      if (execution === undefined) {
        const kept = keptRun(await recordItem(id));
        throw kept === undefined ? unknownRun(id, deployed) : refuseOver(id, wish, kept.status);
      }
      if (execution.status !== 'RUNNING') throw refuseOver(id, wish, execution.error ?? execution.status);
      await records.wish(id, wish);
    },

    finished: (policy) => keptFinishedRuns(items, records, policy),

    // Nobody's process carries them out, so none can be left behind by one; but the execution may be gone.
    isOrphan: async (id) => {
      if ((await find(id)) !== undefined) return false;
      const kept = keptRun(await recordItem(id));
      return kept !== undefined && kept.endedAt === undefined;
    },
    resume: async () => [],

    recover: async (id, tagged) => {
      const execution = await find(id);
      // Step Functions keeps an execution for ninety days, the table its record for longer.
      const isKept = execution !== undefined || keptRun(await recordItem(id)) !== undefined;
      if (!isKept && tagged === undefined) throw unknownRun(id, deployed);
      const name = `recover-${id}-${uuid().slice(0, 5)}`;
      // Its record has the rest, as it has for the rule that starts this when a rollout ends badly.
      const input = JSON.stringify({ runId: id, ...(tagged === undefined ? {} : { groupName: tagged.group }) });
      await calls.startExecution({ stateMachineArn: liveArn(deployed, 'recover'), name, input });
      const ended = await untilOver(history, executionArn(deployed, 'recover', name), clock);
      const group = tagged?.group ?? begunWith(execution?.input ?? '{}')?.group ?? '';
      return { runId: id, group, ...recoveryReport(ended) };
    },

    rollbackOf: async (id) => {
      const goesOn = (await find(id))?.status === 'RUNNING';
      const since = keptRun(await recordItem(id))?.startedAt;
      return findRollback(id, goesOn, records, items, (run) => keptRunsSince(items, run, since));
    },

    rollBack: async ({ order, plan, patched }, sick, trigger) => {
      const startedAt = new Date(clock.now()).toISOString();
      const id = runId(startedAt, uuid().slice(0, 5));
      const waves = rollbackWaves(patched, sick);
      await records.keepPlan(id, rollbackPlan(plan, waves));
      await begin(await placed(rollbackOrder(order, { runId: id, trigger, startedAt }, waves), options.orders));
      return id;
    },

    knows: async (id) => (await find(id)) !== undefined || keptRun(await recordItem(id)) !== undefined,
  };
  return explaining(runs, deployed);
}

/** The order as an execution can be begun with it, its large parts put away. */
async function placed(asked: Order, orders: OrderStore): Promise<StoredOrder> {
  if (fitsInput(asked)) return asked;
  const { order: stored, objects } = storedOrder(asked, await orders.bucket());
  for (const object of objects) await orders.put(object);
  return stored;
}

async function describeIfThere(history: RunHistory, arn: string): Promise<ExecutionDescription | undefined> {
  try {
    return await history.describeExecution({ executionArn: arn });
  } catch (error) {
    if (error instanceof VerbError && error.error === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

const LOOK_AGAIN_MS = 5_000;

async function untilOver(history: RunHistory, arn: string, clock: Clock): Promise<ExecutionDescription> {
  for (;;) {
    const execution = await history.describeExecution({ executionArn: arn });
    if (execution.status !== 'RUNNING') return execution;
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

/** Every call of `runs`, with what AWS refuses said to the person who asked. */
function explaining(runs: Runs, deployed: Deployed): Runs {
  const explain = async <T>(work: Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      signal?.throwIfAborted();
      throw notDeployed(deployed, error) ?? explainAwsError(error) ?? error;
    }
  };
  return {
    engine: runs.engine,
    start: (...given) => explain(runs.start(...given)),
    follow: async (id, onChange, signal) => {
      try {
        return await runs.follow(id, onChange, signal);
      } catch (error) {
        signal?.throwIfAborted();
        // What is known of the run itself, that there is none or that it ended before it had a plan, is said as it is.
        if (error instanceof DrydockError) throw error;
        throw notDeployed(deployed, error) ?? lostSight(id, explainAwsError(error) ?? error);
      }
    },
    read: (...given) => explain(runs.read(...given)),
    open: async (...given) => {
      const run = await explain(runs.open(...given));
      return { ...run, refresh: () => explain(run.refresh()) };
    },
    list: (...given) => explain(runs.list(...given)),
    steer: (...given) => explain(runs.steer(...given)),
    finished: (...given) => explain(runs.finished(...given)),
    isOrphan: runs.isOrphan,
    resume: runs.resume,
    recover: (...given) => explain(runs.recover(...given)),
    rollbackOf: (...given) => explain(runs.rollbackOf(...given)),
    rollBack: (...given) => explain(runs.rollBack(...given)),
    knows: (...given) => explain(runs.knows(...given)),
  };
}

/** A run goes on by itself when nothing of it can be seen: that is not the exit code of what touched nothing. */
function lostSight(id: string, cause: unknown): DrydockError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DrydockError(`what becomes of run ${id} cannot be seen: ${why}`, {
    exitCode: EXIT.unexpected,
    next: `Once AWS answers again: drydock runs watch ${id} --engine step-functions. The run does not wait for who looks.`,
    cause,
  });
}

function unknownRun(id: string, { policy, account, region }: Deployed): DrydockError {
  return new DrydockError(`there is no run ${id} of policy ${policy} in account ${account}, ${region}`, {
    exitCode: EXIT.badInput,
    next: 'See drydock runs list --engine step-functions; another policy is named with --policy.',
  });
}

function withoutPlan(id: string, execution?: ExecutionDescription): DrydockError {
  const status = execution?.status ?? 'over';
  const why = execution?.cause === undefined ? '' : `: ${execution.cause}`;
  return new DrydockError(`run ${id} has no plan: its execution is ${status}${why}`, {
    exitCode: EXIT.badInput,
    next:
      status === 'RUNNING'
        ? 'Its plan is being made. Try again in a minute.'
        : 'It ended before it had one, and nothing was touched.',
  });
}

function nameTaken(id: string, cause: Error): DrydockError {
  return new DrydockError(`run ${id} was not begun: an execution of that name exists, with another input`, {
    exitCode: EXIT.badInput,
    next: 'Nothing was touched. Start it again: it gets another name.',
    cause,
  });
}
