/** Rollouts and recoveries in situations that are seldom drawn. Each tells how it ended; with the definitions as they are, always the same. */

import { TaskFailure } from '../../../src/interpreter/ports.ts';
import { type Order, order } from '../../../src/orchestrator/runs/order.ts';
import { runRecords, TABLE } from '../../../src/orchestrator/runs/records.ts';
import type { RunView } from '../../../src/orchestrator/runs/view.ts';
import { itemTable } from '../../../src/orchestrator/table/table.ts';
import { FAULTS, OF_CALLS } from '../../../src/simulator/faults.ts';
import { terminate } from '../../../src/simulator/machines.ts';
import { GROUP, groupOf, openWorld, type RolloutWorld, type WorldOptions } from '../../rollout/open-world.ts';
import { leftBehind } from '../left-behind.ts';
import { fileOf } from '../timeline.ts';

export interface Situation {
  options?: WorldOptions;
  /** Brings it about, and gives how it ended. */
  run(world: RolloutWorld): Promise<unknown>;
}

const HOUR = 3600;
const ROLLBACKS = ['restore', 'replace', 'quarantine'] as const;
const WEBHOOK = 'https://hooks.example.com/';
const DAY = 24 * HOUR;

const is =
  (name: string) =>
  (_: string, { details }: { details?: { value: { name?: unknown } } }) =>
    details?.value.name === name;

/** Begins a run and gives control to `then` when an execution comes to that state. */
async function at(world: RolloutWorld, state: string, then: (id: string) => unknown): Promise<string> {
  const reached = new Promise<void>((resolve) => {
    world.engine.onEvent((arn, event) => is(state)(arn, event) && resolve());
  });
  const id = await world.start();
  await world.clock.run(reached);
  await then(id);
  return id;
}

/** The same, and the run to its end. */
const meanwhile = async (world: RolloutWorld, state: string, then: (id: string) => unknown): Promise<RunView> =>
  world.follow(await at(world, state, then));

const stoppedAt = (world: RolloutWorld, state: string) => at(world, state, (id) => world.clock.run(world.stop(id)));

const recovered = async (world: RolloutWorld, id: string) => world.clock.run(world.runs.recover(id));

/** A recovery that is handed no more than this. */
async function recoveryOf(world: RolloutWorld, input: object): Promise<unknown> {
  const name = `recover-${JSON.stringify(input).length}`;
  const { executionArn } = await world.engine.startExecution({
    stateMachineArn: 'recover',
    name,
    input: JSON.stringify(input),
  });
  const { status, output, error, cause } = await world.clock.run(world.engine.waitFor(executionArn));
  return { status, output, error, cause };
}

/** Writes over members of an item of the table. */
async function write(world: RolloutWorld, pk: string, members: Record<string, unknown>): Promise<void> {
  const table = itemTable(world.store.database);
  const { Item = {} } = await table.getItem({ TableName: TABLE, Key: { pk: { S: pk } } });
  await table.putItem({ TableName: TABLE, Item: JSON.parse(JSON.stringify({ ...Item, pk: { S: pk }, ...members })) });
}

const first = ({ ids }: RolloutWorld) => ids.slice(0, 1);
const breaks = (world: RolloutWorld) => world.fault('patch-breaks-app', { instanceIds: first(world) });
const other = ({ cloud }: RolloutWorld) => cloud.somebodyElse.autoscaling;
const tag = (Key: string, Value: string) => ({
  Tags: [{ ResourceId: GROUP, ResourceType: 'auto-scaling-group', Key, Value, PropagateAtLaunch: false }],
});

/** What others do to an instance; an instance is taken out with one fewer wanted. */
const MEANWHILE: Record<string, (world: RolloutWorld, id: string) => unknown> = {
  'is put into Standby': (world, id) => other(world).enterStandby(withoutIt(id)),
  'is detached': (world, id) => other(world).detachInstances(withoutIt(id)),
  'is found unhealthy': async (world, id) => {
    await other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses: ['ReplaceUnhealthy'] });
    const member = groupOf(world.cloud).members.get(id);
    if (member !== undefined) member.healthStatus = 'Unhealthy';
  },
  'is stopped': async (world, id) => {
    await other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses: ['HealthCheck'] });
    world.cloud.machine(id).state = 'stopped';
  },
  'is moved to another group': async (world, id) => {
    world.cloud.addGroup({ name: 'second', size: 1, min: 0, max: 3 });
    await other(world).detachInstances(withoutIt(id));
    void world.clock.sleep(60_000).then(() => {
      const call = { AutoScalingGroupName: 'second', InstanceIds: [id] };
      return other(world).attachInstances(call);
    });
  },
  'is scaled in late': (world, id) => {
    void world.clock.sleep(60_000).then(() => {
      const call = { InstanceId: id, ShouldDecrementDesiredCapacity: true };
      return other(world).terminateInstanceInAutoScalingGroup(call);
    });
  },
};

const withoutIt = (id: string) => ({
  AutoScalingGroupName: GROUP,
  InstanceIds: [id],
  ShouldDecrementDesiredCapacity: true,
});

/** A task of that state fails whenever it is tried. */
const failing = (state: string, error = 'Some.Exception'): WorldOptions => ({
  interfere: async ({ stateName }) => {
    if (stateName === state) throw new TaskFailure(error, 'on purpose');
  },
});

/** Healthy to its group and its load balancer, and refused by the hook behind them. */
const FAILS_IN_SERVICE: WorldOptions = {
  hooks: { afterAttach: [{ url: WEBHOOK }] },
  answering: async () => ({ status: 500, headers: {}, body: '', latencyMs: 3 }),
};

/** Hooks, and what makes them go well or not. */
const HOOKS: Record<string, { hook: object; given: (world: RolloutWorld) => void }> = {
  'a document': { hook: { document: 'Hook' }, given: ({ cloud }) => cloud.addDocument('Hook', {}) },
  'a document that fails': {
    hook: { document: 'Hook' },
    given: ({ cloud }) => cloud.addDocument('Hook', { fails: true }),
  },
  'a document without end': {
    hook: { document: 'Hook', timeout: '1m' },
    given: ({ cloud }) => cloud.addDocument('Hook', { seconds: 3000 }),
  },
  'a function': { hook: { lambda: 'hook' }, given: ({ cloud }) => cloud.addFunction('hook', {}) },
  'a function that fails': {
    hook: { lambda: 'hook' },
    given: ({ cloud }) => cloud.addFunction('hook', { fails: 'no' }),
  },
  'a call': { hook: { url: WEBHOOK }, given: () => {} },
};

/** An execution that is told no more than whom it is about. */
async function byItself(world: RolloutWorld, group: string): Promise<unknown> {
  const runId = `by-itself-${group}`;
  await runRecords(itemTable(world.store.database)).keepPlaces(runId, world.policy.notify);
  return ended(world, runId, { policy: 'test', group, runId, startedAt: world.now() });
}

async function ended(world: RolloutWorld, name: string, input: object): Promise<unknown> {
  const request = { stateMachineArn: 'rollout', name, input: JSON.stringify(input) };
  const { executionArn } = await world.engine.startExecution(request);
  const { status, output, error, cause } = await world.clock.run(world.engine.waitFor(executionArn));
  return { status, output, error, cause };
}

/** A run whose order was changed before it began. */
async function begun(world: RolloutWorld, change: (made: Order) => object): Promise<unknown> {
  const made = await world.clock.run(world.plan());
  const key = { runId: 'changed', trigger: { kind: 'api' as const }, startedAt: world.now(), snapshotId: 'of-this' };
  return ended(world, 'changed', change(order(made, key)));
}

const windowOf = ({ clock }: RolloutWorld, seconds: number) => ({
  id: 'mw-1',
  executionId: 'e-1',
  closesAt: Math.floor(clock.now() / 1000) + seconds,
  instanceSeconds: 200,
});

/** A run whose last wave lies in S3. */
async function storedRun(world: RolloutWorld, key = 'there'): Promise<unknown> {
  const Body = JSON.stringify(world.ids.slice(1));
  await world.clock.run(world.cloud.s3.putObject({ Bucket: 'lists', Key: 'there', Body }));
  const stored = { number: 2, concurrency: 1, count: 3, stored: { bucket: 'lists', key } };
  return begun(world, (made) => ({ ...made, waves: [...made.waves.slice(0, 1), stored] }));
}

/** A run, what happens after it, and its rollback. */
async function rolledBack(world: RolloutWorld, then: (id: string) => unknown): Promise<unknown> {
  const { runId } = await world.run();
  const rollback = await world.clock.run(world.runs.rollbackOf(runId));
  await then(runId);
  return world.follow(await world.clock.run(world.runs.rollBack(rollback, [], { kind: 'api' })));
}

export const SITUATIONS: Record<string, Situation> = {
  'an alarm is in ALARM': {
    options: { rollout: { alarms: ['5xx'] } },
    run: (world) => {
      world.cloud.setAlarm('5xx', 'ALARM');
      return world.run();
    },
  },
  'an alarm goes off after the canary, and the run is rolled back': {
    options: { rollout: { alarms: ['5xx'], onFailure: 'rollback-run' } },
    run: (world) => meanwhile(world, 'Reattach', () => world.cloud.setAlarm('5xx', 'ALARM')),
  },
  'alarms are quiet': { options: { rollout: { alarms: ['5xx'] } }, run: (world) => world.run() },
  'a change calendar is closed': {
    options: { rollout: { changeCalendars: ['freeze'] } },
    run: (world) => {
      world.cloud.setCalendar('freeze', 'CLOSED');
      return world.run();
    },
  },
  'a change calendar is open': {
    options: { rollout: { changeCalendars: ['freeze'] } },
    run: (world) => {
      world.cloud.setCalendar('freeze', 'OPEN');
      return world.run();
    },
  },
  'nobody approves': {
    options: { rollout: { approval: 'after-canary' }, notify: [WEBHOOK] },
    run: (world) => world.run(),
  },
  'somebody approves': {
    options: { rollout: { approval: 'after-canary' } },
    run: (world) => meanwhile(world, 'WaitForApproval', (id) => world.runs.steer(id, 'approve')),
  },
  'a run is paused for two days': {
    options: { notify: [WEBHOOK] },
    run: (world) => meanwhile(world, 'MarkGroup', (id) => world.runs.steer(id, 'pause')),
  },
  'a run is paused for a while': {
    run: (world) =>
      meanwhile(world, 'MarkGroup', async (id) => {
        await world.runs.steer(id, 'pause');
        await world.sleep(HOUR);
        await world.runs.steer(id, 'resume');
      }),
  },
  'a run is paused for two days while an instance waits for its turn': {
    options: { rollout: { maxUnavailable: 1, canary: 4 } },
    run: (world) => meanwhile(world, 'AwaitPatch', (id) => world.runs.steer(id, 'pause')),
  },
  'a run is paused for an hour while an instance waits for its turn': {
    options: { rollout: { maxUnavailable: 1, canary: 4 } },
    run: (world) =>
      meanwhile(world, 'AwaitPatch', async (id) => {
        await world.runs.steer(id, 'pause');
        await world.sleep(HOUR);
        await world.runs.steer(id, 'resume');
      }),
  },
  'a run is aborted while it bakes': {
    options: { rollout: { bake: '1h' } },
    run: (world) => meanwhile(world, 'BakeWave', (id) => world.runs.steer(id, 'abort')),
  },
  'a run is aborted while an instance waits for its turn': {
    options: { rollout: { canary: 4 } },
    run: (world) => meanwhile(world, 'AwaitPatch', (id) => world.runs.steer(id, 'abort')),
  },
  'the record of a run is taken away': {
    run: (world) =>
      meanwhile(world, 'AwaitPatch', async (id) => {
        await itemTable(world.store.database).deleteItem({ TableName: TABLE, Key: { pk: { S: `run#${id}` } } });
      }),
  },
  'another run holds the group': {
    options: { notify: [WEBHOOK] },
    run: async (world) => {
      await at(world, 'AwaitPatch', () => {});
      return world.run();
    },
  },
  'the run that holds the group is dead': {
    run: async (world) => {
      await stoppedAt(world, 'LookAtGroup');
      await world.sleep(20 * HOUR);
      return world.run();
    },
  },
  'the run that held the group has left something behind': {
    run: async (world) => {
      const id = await stoppedAt(world, 'LookAtGroup');
      await write(world, `run#${id}`, { endedAt: { S: world.now() } });
      await world.sleep(20 * HOUR);
      return world.run();
    },
  },
  'the lock went while it was looked at': {
    run: async (world) => {
      await at(world, 'AwaitPatch', () => {});
      const table = itemTable(world.store.database);
      return meanwhile(world, 'LookAtLock', () =>
        table.deleteItem({ TableName: TABLE, Key: { pk: { S: `lock#${GROUP}` } } }),
      );
    },
  },
  'the group is marked for another run': {
    run: async (world) => {
      await other(world).createOrUpdateTags(tag('drydock:run-id', 'another'));
      return world.run();
    },
  },
  'the group is marked for another run at the same moment': {
    run: (world) =>
      meanwhile(world, 'WaitForOthers', () => other(world).createOrUpdateTags(tag('drydock:run-id', 'another'))),
  },
  'the group is marked for another run before a wave': {
    run: (world) =>
      meanwhile(world, 'BakeWave', () => other(world).createOrUpdateTags(tag('drydock:run-id', 'another'))),
  },
  'the marks of the group are taken away': {
    run: (world) =>
      meanwhile(world, 'BakeWave', () => {
        groupOf(world.cloud).tags.delete('drydock:run-id');
      }),
  },
  'the minimum is changed at the same moment': {
    run: (world) =>
      meanwhile(world, 'WaitForOthers', () =>
        other(world).updateAutoScalingGroup({ AutoScalingGroupName: GROUP, MinSize: 1 }),
      ),
  },
  'a process is suspended at the same moment': {
    run: (world) =>
      meanwhile(world, 'WaitForOthers', () =>
        other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses: ['AZRebalance'] }),
      ),
  },
  'the group is gone': {
    run: async (world) => {
      const plan = await world.clock.run(world.plan());
      world.cloud.world.groups.delete(GROUP);
      const view = await world.follow(await world.clock.run(world.runs.start(plan, { kind: 'api' })));
      return { status: view.status, halted: view.halted, error: view.error };
    },
  },
  'an instance refresh has begun': {
    run: (world) =>
      meanwhile(world, 'BakeWave', () => {
        groupOf(world.cloud).instanceRefreshes.unshift({ InstanceRefreshId: 'r-1', Status: 'InProgress' });
      }),
  },
  'the group is not whole before a wave': {
    run: (world) =>
      meanwhile(world, 'BakeWave', () => {
        const [id] = world.ids.slice(-1);
        if (id !== undefined)
          world.cloud.machine(id).content = { ...world.cloud.machine(id).content, brokenStatus: 500 };
        world.cloud.world.machineChanged(world.cloud.machine(id ?? ''));
        return other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses: ['HealthCheck'] });
      }),
  },
  'what was patched is sick after its bake, and the run is rolled back': {
    options: { rollout: { onFailure: 'rollback-run' } },
    run: (world) =>
      meanwhile(world, 'BakeWave', async () => {
        const [id = ''] = world.watched.patchedInOrder;
        const machine = world.cloud.machine(id);
        machine.content = { ...machine.content, brokenStatus: 500 };
        world.cloud.world.machineChanged(machine);
        await other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses: ['HealthCheck'] });
      }),
  },
  'an instance is launched meanwhile': {
    run: (world) =>
      meanwhile(world, 'AwaitPatch', () =>
        other(world).setDesiredCapacity({ AutoScalingGroupName: GROUP, DesiredCapacity: 4 }),
      ),
  },
  ...Object.fromEntries(
    Object.entries(MEANWHILE).map(([what, act]): [string, Situation] => [
      `an instance that waits for its turn ${what}`,
      {
        options: { group: { min: 1 }, rollout: { canary: 4 } },
        run: (world) =>
          meanwhile(world, 'AwaitPatch', () => {
            const [id = ''] = world.ids.filter((each) => !world.watched.patchedInOrder.includes(each));
            return act(world, id);
          }),
      },
    ]),
  ),
  'others terminate instances before their turn': {
    options: { group: { min: 1 } },
    run: (world) =>
      meanwhile(world, 'BakeWave', async () => {
        const [a = '', b = ''] = world.ids.filter((id) => !world.watched.patchedInOrder.includes(id));
        await other(world).terminateInstanceInAutoScalingGroup({ InstanceId: a, ShouldDecrementDesiredCapacity: true });
        terminate(world.cloud.world, world.cloud.machine(b));
      }),
  },
  'an instance is being terminated when its turn comes': {
    options: { group: { min: 1 }, rollout: { bake: '0s' } },
    run: (world) =>
      meanwhile(world, 'LookBeforeWave', () => {
        const call = { InstanceId: world.ids[0], ShouldDecrementDesiredCapacity: false };
        return other(world).terminateInstanceInAutoScalingGroup(call);
      }),
  },
  'an instance goes into Standby while it is tagged': {
    options: { group: { min: 1 } },
    run: (world) =>
      meanwhile(world, 'Detach', () =>
        other(world).enterStandby({
          AutoScalingGroupName: GROUP,
          InstanceIds: taggedIds(world),
          ShouldDecrementDesiredCapacity: true,
        }),
      ),
  },
  'an instance is terminated while it is tagged': {
    options: { group: { min: 1 } },
    run: (world) => meanwhile(world, 'Isolate', () => terminateTagged(world)),
  },
  'an instance is terminated in the dock': {
    run: (world) => meanwhile(world, 'AwaitPatch', () => terminateTagged(world)),
  },
  'an instance is terminated behind its attach': {
    run: (world) => meanwhile(world, 'WaitForService', () => terminateTagged(world)),
  },
  'an instance is detached by somebody behind its attach': {
    options: { group: { min: 1 } },
    run: (world) =>
      meanwhile(world, 'WaitForService', () => {
        const ids = taggedIds(world);
        void world.clock.sleep(5000).then(() => {
          for (const id of ids) void MEANWHILE['is detached']?.(world, id);
        });
      }),
  },
  'instances are protected from scale-in': {
    options: { group: { newInstancesProtected: true } },
    run: async (world) => [
      await world.run(),
      [...groupOf(world.cloud).members.values()].map(({ protectedFromScaleIn }) => protectedFromScaleIn),
    ],
  },
  'protected instances come back with a hook': {
    options: { group: { newInstancesProtected: true }, hooks: { afterAttach: [{ url: WEBHOOK }] } },
    run: async (world) => [
      await world.run(),
      [...groupOf(world.cloud).members.values()].map(({ protectedFromScaleIn }) => protectedFromScaleIn),
    ],
  },
  'an old snapshot is due': {
    options: { rollout: { keepSnapshots: '1d' } },
    run: async (world) => {
      await world.run();
      await world.sleep(2 * DAY);
      const { cloud } = world;
      for (const id of world.ids) {
        const machine = cloud.machine(id);
        machine.content = { ...machine.content, installed: new Set() };
      }
      const view = await world.run();
      return [view, cloud.world.snapshots.size];
    },
  },
  'a run is stopped, and people are told of its recovery': {
    options: { notify: [WEBHOOK] },
    run: async (world) => recovered(world, await stoppedAt(world, 'AwaitPatch')),
  },
  ...Object.fromEntries(
    ['is put into Standby', 'is detached', 'is moved to another group', 'is scaled in late'].flatMap((what) =>
      (['detach', 'standby'] as const).map((isolation): [string, Situation] => [
        `an instance ${what} while its hook runs before it is taken out by ${isolation}`,
        {
          options: {
            rollout: { isolation },
            group: { min: 1 },
            hooks: { beforeDetach: [{ document: 'Hook', timeout: '10m' }] },
          },
          run: (world) => {
            world.cloud.addDocument('Hook', { seconds: 240 });
            return meanwhile(world, 'WaitForHook', () => MEANWHILE[what]?.(world, taggedIds(world)[0] ?? ''));
          },
        },
      ]),
    ),
  ),
  ...Object.fromEntries(
    (['detach', 'standby'] as const).flatMap((isolation) =>
      ['is put into Standby', 'is detached'].map((what): [string, Situation] => [
        `an instance ${what} while the process is dead, before it would be taken out by ${isolation}`,
        {
          options: { rollout: { isolation }, group: { min: 1 }, durable: true },
          run: async (world) => {
            const planned = await world.firstPlanned();
            const died = world.dieAt(is('TagInstance'));
            const id = await world.start();
            await died;
            await MEANWHILE[what]?.(world, planned);
            await world.sleep(600);
            world.restart();
            await world.runs.resume();
            return world.follow(id);
          },
        },
      ]),
    ),
  ),
  'an instance is terminated in the moment before it would be taken out, and its group has replaced it': {
    run: (world) =>
      meanwhile(world, 'Detach', async () => {
        const [InstanceId = ''] = taggedIds(world);
        await other(world).terminateInstanceInAutoScalingGroup({ InstanceId, ShouldDecrementDesiredCapacity: false });
        groupOf(world.cloud).members.delete(InstanceId);
      }),
  },
  'an instance is terminated in the dock while the answer to its detaching is lost': {
    options: failing('Detach'),
    run: (world) =>
      meanwhile(world, 'WaitToKnow', async () => {
        const ids = taggedIds(world);
        await other(world).detachInstances({
          AutoScalingGroupName: GROUP,
          InstanceIds: ids,
          ShouldDecrementDesiredCapacity: true,
        });
        terminateTagged(world);
        for (const id of ids) groupOf(world.cloud).members.delete(id);
      }),
  },
  'the answers to taking out are lost, and reads lag': {
    run: async (world) => {
      world.engine.onEvent((_, { type, details }) => {
        if (type !== 'TaskStateEntered' || details?.value.name !== 'Detach') return;
        world.fault('connections-lost', { rate: 1 });
        void world.clock.sleep(1500).then(() => {
          world.fault('connections-lost', { rate: 0 });
          world.fault('stale-reads', { rate: 1 });
        });
      });
      return world.run();
    },
  },
  ...Object.fromEntries(
    [undefined, 'stop', 'forget'].map((then): [string, Situation] => [
      `a recovery is begun while another is at work${then === undefined ? '' : `, which somebody has made ${then}`}`,
      {
        options: { rollback: 'replace' },
        run: async (world) => {
          breaks(world);
          const id = await stoppedAt(world, 'WaitForReplacement');
          const seen: string[] = [];
          world.engine.onEvent((arn, event) => {
            if (!is('MakeWhole')(arn, event)) return;
            seen.push(`${event.type} ${arn.slice(-5) === seen[0]?.slice(-5) ? 'first' : arn.slice(-5)}`);
            if (seen.length > 1) return;
            if (then === 'stop') void world.engine.stopExecution({ executionArn: arn }).catch(() => {});
            if (then === 'forget') void write(world, `run#${id}`, { recoveredBy: { S: `${arn}-forgotten` } });
          });
          const first = world.runs.recover(id);
          await world.clock.run(world.clock.sleep(60_000));
          const second = world.runs.recover(id);
          const both = await world.clock.run(Promise.all([first, second]));
          return [both, seen.map((each) => each.split(' ')[0])];
        },
      },
    ]),
  ),
  ...Object.fromEntries(
    ['FindPatchCommand', 'CheckInDock', 'LookAtMachineState'].flatMap((state) =>
      ['and another machine recovers it', 'and nobody does'].map((meanwhile): [string, Situation] => [
        `a run falls asleep at ${state} for longer than its lease, ${meanwhile}`,
        {
          options: { durable: true, group: { min: 4 } },
          run: async (world) => {
            if (state === 'LookAtMachineState') breaks(world);
            const died = world.dieAt(is(state));
            const id = await world.start();
            await died;
            await world.sleep(10 * HOUR);
            if (meanwhile !== 'and nobody does')
              await world.clock.run(world.another().runs.recover(id, { group: GROUP, order: undefined }));
            world.restart();
            await world.runs.resume();
            return world.follow(id);
          },
        },
      ]),
    ),
  ),
  'nobody can tell whether another recovery is at work': {
    options: failing('LookAtOther'),
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      await write(world, `run#${id}`, { recoveredBy: { S: 'another' } });
      return recovered(world, id);
    },
  },
  'a recovery after the journal was lost finds two to replace, one of them begun': {
    options: {
      rollback: 'replace',
      group: { min: 4 },
      rollout: { canary: 2, maxUnavailable: 2, maxFailures: 2 },
    },
    run: async (world) => {
      world.fault('patch-breaks-app', { instanceIds: world.ids });
      const gone = world.dieAt(is('NoteRaised'));
      const id = await world.start();
      await gone;
      world.startElsewhere();
      return world.clock.run(world.runs.recover(id, { group: GROUP, order: undefined }));
    },
  },
  'recovery is handed an id': {
    run: async (world) => recoveryOf(world, { runId: await stoppedAt(world, 'AwaitPatch') }),
  },
  'recovery is handed an id of which only tags are left': {
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      await itemTable(world.store.database).deleteItem({ TableName: TABLE, Key: { pk: { S: `run#${id}` } } });
      return recoveryOf(world, { runId: id });
    },
  },
  'recovery is handed the id of a run that is over': {
    run: async (world) => {
      const { runId } = await world.run();
      return recoveryOf(world, { runId });
    },
  },
  'recovery is handed an id that nobody knows': { run: (world) => recoveryOf(world, { runId: 'nobody' }) },
  'recovery cannot launch a replacement': {
    options: { rollback: 'replace', notify: [WEBHOOK] },
    run: async (world) => {
      breaks(world);
      const id = await stoppedAt(world, 'TagReplacing');
      world.deny('autoscaling:setDesiredCapacity');
      return recovered(world, id);
    },
  },
  'recovery finds the group marked for another run': {
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      await other(world).createOrUpdateTags(tag('drydock:run-id', 'another'));
      return recovered(world, id);
    },
  },
  'recovery finds a place that a dead replacement took': {
    options: { rollback: 'replace' },
    run: async (world) => {
      breaks(world);
      const id = await stoppedAt(world, 'TagReplacing');
      await write(world, `run#${id}`, { replacing: { S: 'i-gone' } });
      return recovered(world, id);
    },
  },
  'two recoveries at once': {
    options: { rollback: 'replace' },
    run: async (world) => {
      breaks(world);
      const id = await stoppedAt(world, 'WaitForReplacement');
      return world.clock.run(Promise.all([world.runs.recover(id), world.runs.recover(id)]));
    },
  },
  ...Object.fromEntries(
    Object.keys(FAULTS)
      .filter((name) => !OF_CALLS.has(name))
      .flatMap((fault) =>
        (['detach', 'standby'] as const).map((isolation): [string, Situation] => [
          `${fault} while instances are taken out by ${isolation}`,
          {
            options: { rollout: { isolation, maxFailures: 1 } },
            run: (world) => {
              world.fault(fault, { instanceIds: first(world) });
              return world.run();
            },
          },
        ]),
      ),
  ),
  ...Object.fromEntries(
    (['detach', 'standby'] as const).flatMap((isolation) =>
      (['beforeDetach', 'afterPatch', 'afterAttach'] as const).flatMap((place) =>
        Object.entries(HOOKS).map(([kind, { hook, given }]): [string, Situation] => [
          `a hook ${place} is ${kind}, by ${isolation}`,
          {
            options: { rollout: { isolation }, group: { newInstancesProtected: true }, hooks: { [place]: [hook] } },
            run: (world) => {
              given(world);
              return world.run();
            },
          },
        ]),
      ),
    ),
  ),
  'a hook was sent when the process died': {
    options: { durable: true, hooks: { afterPatch: [{ document: 'Hook' }] } },
    run: async (world) => {
      world.cloud.addDocument('Hook', { seconds: 60 });
      const died = world.dieAt(is('WaitForHook'));
      const id = await world.start();
      await died;
      world.restart();
      await world.runs.resume();
      return [await world.follow(id), world.cloud.callCounts.get('ssm:sendCommand')];
    },
  },
  'an instance cannot be made whole, and others wait for their turn': {
    options: { rollback: 'replace', rollout: { canary: 4, maxFailures: 3 } },
    run: (world) => {
      for (const id of world.ids) world.fault('patch-breaks-app', { instanceIds: [id] });
      world.deny('autoscaling:setDesiredCapacity');
      return world.run();
    },
  },
  'the execution of an instance is stopped': {
    run: async (world) => {
      let child = '';
      const reached = new Promise<void>((resolve) => {
        world.engine.onEvent((arn, event) => {
          if (!is('AwaitPatch')(arn, event)) return;
          child = arn;
          resolve();
        });
      });
      const id = await world.start();
      await world.clock.run(reached);
      await world.clock.run(world.engine.stopExecution({ executionArn: child }));
      const view = await world.follow(id);
      return [view, await recovered(world, id)];
    },
  },
  'a run makes its plan itself': { options: { notify: [WEBHOOK] }, run: (world) => byItself(world, GROUP) },
  'a run makes its plan itself, and nothing is missing': {
    options: { notify: [WEBHOOK] },
    run: async (world) => {
      await world.run();
      return byItself(world, GROUP);
    },
  },
  'a run cannot be planned': { options: { notify: [WEBHOOK] }, run: (world) => byItself(world, 'nobody') },
  'a wave lies in S3': { run: (world) => storedRun(world) },
  'a wave that lies in S3 is gone': { run: (world) => storedRun(world, 'gone') },
  ...Object.fromEntries(
    [100, 400, 700, 1000].map((seconds): [string, Situation] => [
      `a window closes after ${seconds} s`,
      {
        options: { rollout: { canary: 4 } },
        run: (world) => begun(world, (order) => ({ ...order, window: windowOf(world, seconds) })),
      },
    ]),
  ),
  'a finished run is rolled back whose snapshots are gone': {
    run: (world) => rolledBack(world, () => world.cloud.world.snapshots.clear()),
  },
  'a finished run is rolled back whose instances were replaced since': {
    run: (world) =>
      rolledBack(world, async (id) => {
        for (const each of world.ids) await write(world, `instance#${id}#${each}`, { outcome: { S: 'replaced' } });
      }),
  },
  'a finished run that replaces is rolled back': {
    options: { rollback: 'replace' },
    run: (world) => rolledBack(world, () => {}),
  },
  'a run ends a moment after it has lowered the minimum, and reads are stale': {
    run: (world) => {
      world.fault('stale-reads', { rate: 1 });
      return begun(world, (order) => ({ ...order, window: windowOf(world, 25) }));
    },
  },
  ...Object.fromEntries(
    ['Detach', 'CreateSnapshot', 'TagPatching', 'LookAtCommand', 'LookAtPatchStates', 'Attach'].flatMap((state) =>
      ROLLBACKS.map((rollback): [string, Situation] => [
        `${state} fails in a run that would ${rollback}`,
        { options: { rollback, ...failing(state) }, run: (world) => world.run() },
      ]),
    ),
  ),
  'an instance cannot be detached, and is terminated': {
    options: failing('Detach'),
    run: (world) => meanwhile(world, 'LookAfterIsolate', () => endTagged(world)),
  },
  'an instance that fails in service cannot be taken out again': {
    options: FAILS_IN_SERVICE,
    run: async (world) => {
      return meanwhile(world, 'WaitForService', () => world.deny('autoscaling:detachInstances'));
    },
  },
  'an instance that fails in service cannot be taken out again, and is terminated': {
    options: FAILS_IN_SERVICE,
    run: async (world) => {
      return meanwhile(world, 'WaitForService', () => {
        world.deny('autoscaling:detachInstances');
        world.engine.onEvent((arn, event) => is('WaitToKnow')(arn, event) && endTagged(world));
      });
    },
  },
  'Systems Manager never answers': {
    options: failing('SendPatchCommand', 'Ssm.SdkClientException'),
    run: (world) => world.run(),
  },
  'Systems Manager never answers about a hook': {
    options: { ...failing('SendHook', 'Ssm.SdkClientException'), hooks: { afterPatch: [{ document: 'Hook' }] } },
    run: (world) => {
      world.cloud.addDocument('Hook', {});
      return world.run();
    },
  },
  'a patch command takes longer than the policy allows': {
    options: { rollout: { patchTimeout: '10m' } },
    run: (world) => {
      world.fault('command-hangs', { instanceIds: first(world) });
      return world.run();
    },
  },
  ...Object.fromEntries(
    [60, 3000].map((seconds): [string, Situation] => [
      `patch states are reported after ${seconds} s`,
      {
        run: (world) =>
          meanwhile(world, 'LookAtPatchStates', () => {
            const [machine] = taggedIds(world).map((id) => world.cloud.machine(id));
            if (machine === undefined) return;
            const report = machine.patchReport;
            delete machine.patchReport;
            void world.clock.sleep(seconds * 1000).then(() => {
              if (report !== undefined) machine.patchReport = report;
            });
          }),
      },
    ]),
  ),
  ...Object.fromEntries(
    (['detach', 'standby'] as const).flatMap((isolation) =>
      [60, 7200].map((seconds): [string, Situation] => [
        `an instance is refused on its way back for ${seconds} s, by ${isolation}`,
        {
          options: { rollout: { isolation } },
          run: (world) =>
            meanwhile(world, 'CheckInDock', () => {
              const calls = ['autoscaling:attachInstances', 'autoscaling:exitStandby'];
              for (const call of calls) world.deny(call);
              void world.clock.sleep(seconds * 1000).then(() => {
                for (const call of calls) world.allow(call);
              });
            }),
        },
      ]),
    ),
  ),
  ...Object.fromEntries(
    (['patched', 'failing'] as const).flatMap((how) => [
      [
        `a load balancer does not let go of an instance that is ${how}`,
        {
          options: how === 'failing' ? FAILS_IN_SERVICE : {},
          run: (world: RolloutWorld) => {
            return meanwhile(world, how === 'failing' ? 'WaitForService' : 'TagInstance', () => {
              for (const targetGroup of groupOf(world.cloud).targetGroups) {
                Object.assign(targetGroup, { deregistrationDelaySeconds: 100_000 });
              }
            });
          },
        },
      ],
      [
        `nothing is known of the targets of an instance that is ${how}`,
        {
          options: how === 'failing' ? FAILS_IN_SERVICE : {},
          run: (world: RolloutWorld) => {
            const state = how === 'failing' ? 'TagRollingBack' : 'Detach';
            return meanwhile(world, how === 'failing' ? 'CountFailure' : state, () =>
              world.deny('elasticloadbalancingv2:describeTargetHealth'),
            );
          },
        },
      ],
    ]),
  ),
  'some instances are protected from scale-in, and come back with a hook': {
    options: { hooks: { afterAttach: [{ url: WEBHOOK }] } },
    run: async (world) => {
      const call = { AutoScalingGroupName: GROUP, InstanceIds: world.ids, ProtectedFromScaleIn: true };
      await other(world).setInstanceProtection(call);
      return world.run();
    },
  },
  'a window is too short for what is left of a wave': {
    options: { rollout: { canary: 4 } },
    run: (world) => begun(world, (order) => ({ ...order, window: { ...windowOf(world, 420), instanceSeconds: 60 } })),
  },
  'recovery cannot read the record of the run': {
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      // A record whose flags are no flags is one that cannot be read.
      await write(world, `run#${id}`, { leaseUntil: { S: 'never' }, failed: { N: '1' } });
      return recovered(world, id);
    },
  },
  'a rollback of its own run is aborted, and rolled back later': {
    options: { rollout: { onFailure: 'rollback-run' } },
    run: async (world) => {
      world.fault('patch-breaks-app', { instanceIds: world.ids.filter((id) => id !== world.ids[2]) });
      const { runId } = await meanwhile(world, 'OrderRollback', (id) => world.runs.steer(id, 'abort'));
      const rollback = world.runs.rollbackOf(runId).catch((error: Error) => error.message);
      return world.clock.run(rollback);
    },
  },
  'instances are being terminated when their turn comes': {
    options: { group: { min: 1 }, rollout: { canary: 4 } },
    run: (world) =>
      meanwhile(world, 'CheckInService', async () => {
        const waiting = world.ids.filter((id) => !world.watched.patchedInOrder.includes(id));
        for (const InstanceId of waiting) {
          const call = { InstanceId, ShouldDecrementDesiredCapacity: false };
          await other(world).terminateInstanceInAutoScalingGroup(call);
        }
      }),
  },
  'recovery cannot read the record of a run that was stopped': {
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      await itemTable(world.store.database).deleteItem({ TableName: TABLE, Key: { pk: { S: `run#${id}` } } });
      return recovered(world, id);
    },
  },
  'a finished run is rolled back that kept no snapshot of some': {
    run: (world) =>
      rolledBack(world, async (id) => {
        for (const each of world.ids) await write(world, `instance#${id}#${each}`, { snapshotId: { S: '' } });
      }),
  },
  'two recoveries, one after the other': {
    options: { rollback: 'replace' },
    run: async (world) => {
      breaks(world);
      const id = await stoppedAt(world, 'WaitForReplacement');
      const later = world.clock.sleep(45_000).then(() => world.runs.recover(id));
      return world.clock.run(Promise.all([world.runs.recover(id), later]));
    },
  },
  ...Object.fromEntries(
    [true, false].map((byGroup): [string, Situation] => [
      `an instance is being terminated ${byGroup ? 'by its group' : 'by somebody'} when its run is recovered`,
      {
        run: async (world) => {
          const id = await stoppedAt(world, 'CheckInService');
          const [InstanceId] = taggedIds(world);
          void world.clock.sleep(10_000).then(async () => {
            const call = { InstanceId, ShouldDecrementDesiredCapacity: false };
            if (byGroup) await other(world).terminateInstanceInAutoScalingGroup(call);
            else terminateTagged(world);
          });
          return recovered(world, id);
        },
      },
    ]),
  ),
  ...Object.fromEntries(
    [
      ...['ReadRecord', 'TagInstance', 'Detach', 'WaitForDrain', 'CreateSnapshot', 'TagPatching'],
      ...['SendPatchCommand', 'LookForAgent', 'CheckInDock', 'Attach', 'WaitForService', 'Untag', 'BakeWave'],
      ...[
        'TagRollingBack',
        'RestoreRootVolume',
        'WaitForRestore',
        'RaiseDesired',
        'WaitForReplacement',
        'TerminateBroken',
      ],
    ].flatMap((state) =>
      ROLLBACKS.filter((rollback) => !isNever(state, rollback)).map((rollback): [string, Situation] => [
        `a run that would ${rollback} is stopped at ${state}`,
        {
          options: { rollback, group: { min: 4 } },
          run: async (world) => {
            if (STATES_OF_ROLLBACK.has(state)) breaks(world);
            return recovered(world, await stoppedAt(world, state));
          },
        },
      ]),
    ),
  ),
  ...Object.fromEntries(
    ['AwaitPatch', 'WaitForService', 'WaitForDrain'].map((state): [string, Situation] => [
      `an instance is terminated after its run was stopped at ${state}`,
      {
        run: async (world) => {
          const id = await stoppedAt(world, state);
          terminateTagged(world);
          await world.sleep(120);
          return recovered(world, id);
        },
      },
    ]),
  ),
};

const STATES_OF_ROLLBACK = new Set([
  ...['TagRollingBack', 'RestoreRootVolume', 'WaitForRestore', 'RaiseDesired', 'WaitForReplacement', 'TerminateBroken'],
]);

function isNever(state: string, rollback: string): boolean {
  if (rollback === 'restore') return ['RaiseDesired', 'WaitForReplacement', 'TerminateBroken'].includes(state);
  if (rollback === 'quarantine' && state === 'TerminateBroken') return true;
  return ['CreateSnapshot', 'RestoreRootVolume', 'WaitForRestore'].includes(state);
}

function taggedIds({ cloud }: RolloutWorld): string[] {
  return [...cloud.world.machines.values()].filter(({ tags }) => tags.has('drydock:run-id')).map(({ id }) => id);
}

/** Their group terminates the instances that a run has in hand. */
function endTagged(world: RolloutWorld): void {
  for (const InstanceId of taggedIds(world)) {
    const call = { InstanceId, ShouldDecrementDesiredCapacity: false };
    void other(world)
      .terminateInstanceInAutoScalingGroup(call)
      .catch(() => {});
  }
}

function terminateTagged(world: RolloutWorld): void {
  for (const id of taggedIds(world)) terminate(world.cloud.world, world.cloud.machine(id));
}

/** `patch-instance Detach`: the file that a state of an execution is in, and its name there. */
export function placeOf(executionArn: string, state: string): string {
  return `${fileOf(executionArn)} ${state.replace(/ \(.+\)$/, '')}`;
}

/** What took how long is no part of how it went. */
function timeless(said: string): string {
  return said.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a time').replace(/in [\d.]+ ms/g, 'in no time');
}

/** Carries the situation out; gives all by which anybody could tell how it went, and the states that were come to. */
export async function carryOut({ options = {}, run }: Situation, more: WorldOptions) {
  const world = openWorld({ ...options, ...more });
  const visited = new Set<string>();
  const beganAt = world.clock.now();
  world.onEvent((arn, { type, details }) => {
    if (type.endsWith('StateEntered')) visited.add(placeOf(arn, String(details?.value.name)));
  });
  try {
    const ended = await Promise.race([run(world), world.neverEnds()]);
    const halfHours = Math.round((world.clock.now() - beganAt) / 1_800_000);
    await world.sleep(1800);
    const left = world.cloud.world.groups.has(GROUP) ? await leftBehind(world) : [];
    const posted = world.posted.map(({ json }) => json);
    const quarantined = [...world.cloud.world.machines.values()].filter(({ tags }) => tags.has('drydock:quarantined'));
    const changes = [...world.cloud.callCounts.keys()].filter((name) => !/:(describe|get|list)/.test(name)).sort();
    const { violations } = world.watched;
    const said = [
      ended,
      halfHours,
      left,
      violations,
      posted,
      quarantined.length,
      world.cloud.world.snapshots.size,
      changes,
    ];
    return { visited, ending: timeless(JSON.stringify(said)) };
  } catch (error) {
    return { visited, ending: error instanceof Error ? error.message : String(error) };
  } finally {
    await world.close();
  }
}
