/** Runs on the embedded engine: beginning, following, steering, and bringing them to their end after a crash. */
import type { HistoryEvent } from '../../interpreter/ports.ts';
import { nameOf } from '../engine/arns.ts';
import type { Database } from '../engine/database.ts';
import type { Engine } from '../engine/engine.ts';
import { DrydockError, EXIT } from '../errors.ts';
import type { FinishedRun, Plan } from '../plan/types.ts';
import { localRunItems, type RunItems } from '../table/run-items.ts';
import {
  findRun,
  finishedRuns,
  type KeptRuns,
  listRuns,
  noteWishes,
  openRun,
  type RunFilter,
  type RunSummary,
} from './history.ts';
import { begunWith, order, runId, type Trigger } from './order.ts';
import type { Hear } from './progress.ts';
import { instanceOf, type RunReader } from './reader.ts';
import { type RunRecords, TABLE, type Wish } from './records.ts';
import { recoveryReport } from './recovery-report.ts';
import {
  type KeptOrder,
  type LaterRun,
  lookSince,
  type PatchedInstance,
  patchedBy,
  type RunOfGroup,
  refuseEmptyRollback,
  refusePatchedSince,
  rollbackOrder,
  rollbackPlan,
  rollbackWaves,
} from './rollback.ts';
import { runIndex } from './run-index.ts';
import type { RunView } from './view.ts';

export interface Runs {
  readonly engine: RunView['engine'];
  /** Begins a run of `plan` and gives its id. It tells `notify`, as the policy names them, of itself (default: nobody); on AWS those of the policy that is deployed. */
  start(plan: Plan, trigger: Trigger, notify?: string[]): Promise<string>;
  /**
   * Resolves with the run as it ended. `onChange` is called with the one view that is kept up to date, first as it
   * stands and then after every event. A run that goes on elsewhere is left alone once `signal` is aborted: it rejects with its reason.
   */
  follow(id: string, onChange?: (view: RunView) => void, signal?: AbortSignal): Promise<RunView>;
  /** The run as it stands, and the plan it follows. Throws a `DrydockError` (exit code 2) when there is none. */
  read(id: string): Promise<{ view: RunView; plan: Plan }>;
  /** The same, to be read on: before its first `refresh` the view says nothing. `hear` is called as `progress` does. */
  open(id: string, hear?: Hear): Promise<OpenRun>;
  /** Newest first. */
  list(filter: RunFilter): Promise<RunSummary[]>;
  /** Throws a `DrydockError` (exit code 2) when the run is over or unknown. */
  steer(id: string, wish: Wish): Promise<void>;
  /** The runs of a policy that succeeded: what the soak gate asks. */
  finished(policy: string): Promise<FinishedRun[]>;
  /** Whether a run is not over, and the process that carried it out is gone: nothing moves until it is resumed. */
  isOrphan(id: string): Promise<boolean>;
  /** Goes on with the runs that a dead process left; gives their ids. */
  resume(): Promise<string[]>;
  /**
   * Makes whole what a run that is over left behind in its group. Throws a `DrydockError` (exit code 2) when there is none, unless its
   * group is named: then what its tags say is enough, and what an order says is better.
   */
  recover(id: string, tagged?: Tagged): Promise<Recovery>;
  /** What a rollback of a run that is over would put back. Throws a `DrydockError` (exit code 2) when that is nothing. */
  rollbackOf(id: string): Promise<Rollback>;
  /** Begins a run that rolls back another, and gives its id. `sick` names the instances that do not serve: they are first. */
  rollBack(rollback: Rollback, sick: string[], trigger: Trigger): Promise<string>;
  /** Whether a run is known here. */
  knows(id: string): Promise<boolean>;
}

/** A run that is looked at again and again. */
export interface OpenRun {
  plan: Plan;
  readonly view: RunView;
  /** Brings the view up to date, and gives whether it has changed. */
  refresh(): Promise<boolean>;
}

/** What there is to roll back of a run. */
export interface Rollback {
  order: KeptOrder;
  plan: Plan;
  /** The newest first. */
  patched: PatchedInstance[];
}

/** A run of which nothing is kept here: what its tags and the policy at hand say of it. */
export interface Tagged {
  group: string;
  order: object | undefined;
  /** Whom the policy would have told of it. */
  places?: string[];
}

/** What a recovery did: `notWhole` says what it could not make whole. */
export interface Recovery {
  runId: string;
  group: string;
  mended: { instanceId: string; outcome: string; reason: string }[];
  /** What of the group itself was put back: `its minimum`. */
  restored: string[];
  /** Whom it could not tell, and why. */
  undelivered: string[];
  notWhole?: string;
}

export interface RunsOptions {
  engine: Engine;
  /** The file that `engine` is on. */
  database: Database;
  records: RunRecords;
  /** Milliseconds since 1970. */
  now: () => number;
  /** A fresh GUID at each call. */
  uuid: () => string;
}

/** Runs kept and carried out by `engine`. */
export function createRuns({ engine, database, records, now, uuid }: RunsOptions): Runs {
  const index = runIndex(database);
  const items = localRunItems(database, TABLE);
  const kept: KeptRuns = { history: engine, database, index, records };
  const open: Runs['open'] = async (id, hear) => {
    const { plan, reader } = await openRun(kept, id, hear);
    const refresh = async () => {
      const hasMoved = await reader.refresh();
      return noteWishes(reader.view, await records.record(id)) || hasMoved;
    };
    return { plan, view: reader.view, refresh };
  };
  return {
    engine: 'embedded',

    start: async (plan, trigger, notify = []) => {
      const startedAt = new Date(now()).toISOString();
      const id = runId(startedAt, uuid().slice(0, 5));
      await records.keepPlan(id, plan);
      await records.keepPlaces(id, notify);
      const input = JSON.stringify(order(plan, { runId: id, trigger, startedAt, snapshotId: uuid() }));
      await engine.startExecution({ stateMachineArn: 'rollout', name: id, input });
      return id;
    },

    follow: async (id, onChange = () => {}) => {
      const { reader } = await openRun(kept, id);
      // In one go with what listens: an event that came between the two would be missed for good.
      reader.read();
      onChange(reader.view);
      if (reader.view.endedAt !== undefined) return reader.view;
      const stop = engine.onEvent((arn, event) => {
        if (passOn(reader, id, arn, event)) onChange(reader.view);
      });
      try {
        await engine.waitFor(reader.executionArn);
      } finally {
        stop();
      }
      return reader.view;
    },

    read: async (id) => {
      const run = await open(id);
      await run.refresh();
      return { view: run.view, plan: run.plan };
    },

    open,

    list: async (filter) => listRuns(index, filter),

    steer: async (id, wish) => {
      const execution = await findRun(kept, id);
      if (execution.status !== 'RUNNING') {
        throw refuseOver(id, wish, execution.error ?? execution.status);
      }
      await records.wish(id, wish);
    },

    finished: (policy) => finishedRuns(kept, policy),

    isOrphan: async (id) => engine.orphans().includes((await findRun(kept, id)).executionArn),

    resume: async () => {
      const resumed = engine.resume().filter((arn) => arn.includes(':execution:rollout:'));
      return resumed.map(nameOf).reverse();
    },

    recover: async (id, tagged) => {
      const input =
        tagged === undefined
          ? (await findRun(kept, id)).input
          : JSON.stringify(tagged.order ?? { runId: id, groupName: tagged.group });
      if (tagged?.places !== undefined) await records.keepPlaces(id, tagged.places);
      const name = `recover-${id}-${uuid().slice(0, 5)}`;
      const { executionArn } = await engine.startExecution({ stateMachineArn: 'recover', name, input });
      const group = tagged?.group ?? begunWith(input)?.group ?? '';
      return { runId: id, group, ...recoveryReport(await engine.waitFor(executionArn)) };
    },

    rollbackOf: async (id) => {
      const { status } = await findRun(kept, id);
      return findRollback(id, status === 'RUNNING', records, items, (run) => index.since(run));
    },

    rollBack: async ({ order, plan, patched }, sick, trigger) => {
      const startedAt = new Date(now()).toISOString();
      const id = runId(startedAt, uuid().slice(0, 5));
      const waves = rollbackWaves(patched, sick);
      await records.keepPlan(id, rollbackPlan(plan, waves));
      await records.keepPlaces(id, await records.places(order.runId));
      const input = JSON.stringify(rollbackOrder(order, { runId: id, trigger, startedAt }, waves));
      await engine.startExecution({ stateMachineArn: 'rollout', name: id, input });
      return id;
    },

    knows: async (id) => index.executionOf(id) !== undefined,
  };
}

/**
 * What there is to roll back of the run; `since` gives the runs that were begun on its group after it, newest first. Refuses, with exit
 * code 2, a run that goes on, one that left nothing to put back, and one whose instances another run has patched since.
 */
export async function findRollback(
  id: string,
  goesOn: boolean,
  records: RunRecords,
  items: Pick<RunItems, 'instances'>,
  since: (run: RunOfGroup) => AsyncIterable<LaterRun> | Iterable<LaterRun>,
): Promise<Rollback> {
  if (goesOn) {
    throw new DrydockError(`run ${id} is not over: it cannot be rolled back yet`, {
      exitCode: EXIT.badInput,
      next: `End it with drydock runs abort ${id}, and roll it back then.`,
    });
  }
  const { order } = (await records.record(id)) ?? {};
  const plan = await records.plan(id);
  if (order === undefined || plan === undefined) {
    throw new DrydockError(`run ${id} cannot be rolled back: what it did is not kept`, {
      exitCode: EXIT.badInput,
      next: 'It never got hold of its group: see drydock runs list.',
    });
  }
  // Their volumes are as they were before the run: once more would lose what was written since, and patched by others.
  const { takenBack, patchedSince } = await lookSince(items, id, since({ runId: id, group: order.groupName }));
  const patched = (await patchedBy(items, id)).filter(({ instanceId }) => !takenBack.has(instanceId));
  refuseEmptyRollback(order, patched, takenBack);
  refusePatchedSince(order, patched, patchedSince);
  return { order, plan, patched };
}

/** What is said to somebody who steers a run that is over; `how` it ended. */
export function refuseOver(id: string, wish: Wish, how: string): DrydockError {
  return new DrydockError(`run ${id} is over (${how}): it cannot be asked to ${wish}`, {
    exitCode: EXIT.badInput,
    next: `See drydock runs show ${id}.`,
  });
}

/** Applies an event to the run that it is of; false when it is of another. */
function passOn(run: RunReader, id: string, arn: string, event: HistoryEvent): boolean {
  if (arn === run.executionArn) {
    run.apply({ kind: 'rollout' }, event);
    return true;
  }
  if (event.type === 'ExecutionStarted' && isChildOf(id, event)) {
    const instanceId = instanceOf(event);
    if (instanceId !== undefined) run.children.set(arn, instanceId);
  }
  const instanceId = run.children.get(arn);
  if (instanceId === undefined) return false;
  run.apply({ kind: 'instance', instanceId }, event);
  return true;
}

function isChildOf(id: string, event: HistoryEvent): boolean {
  const input = event.details?.value.input;
  return typeof input === 'string' && input.includes(`"runId":${JSON.stringify(id)}`);
}
