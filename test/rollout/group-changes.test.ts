/** The group changes while a run works on it. Each change has its outcome, and nothing that somebody else set is undone. */
import { describe, expect, test } from 'vitest';
import { TaskFailure } from '../../src/interpreter/ports.ts';
import { terminate } from '../../src/simulator/machines.ts';
import { scan } from '../../src/simulator/patching.ts';
import { stateOf, wholeStateOf } from './whole.ts';
import { GROUP, groupOf, has, instance, KERNEL, lifecycle, makeWorld, outcomes, type RolloutWorld } from './world.ts';

/** In the order of the plan. */
const first = 0;
const last = -1;

/** Begins a run and gives control to `meanwhile` once its first instance is being patched; gives how the run ended. */
async function during(world: RolloutWorld, meanwhile: (planned: string[]) => Promise<unknown>) {
  const plan = await world.clock.run(world.plan());
  const planned = plan.waves.flatMap(({ instances }) => instances.map(({ instanceId }) => instanceId));
  const id = await world.start();
  await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'patching'));
  await world.clock.run(meanwhile(planned).then(() => {}));
  return { view: await world.follow(id), planned };
}

/** The group is as before but for what somebody else changed. */
async function expectWholeBut(world: RolloutWorld, changes: object): Promise<void> {
  const { outside: _, ...state } = await stateOf(world);
  const { outside: __, ...whole } = wholeStateOf(world);
  expect(state).toEqual({ ...whole, ...changes });
}

const newcomers = (world: RolloutWorld) =>
  [...groupOf(world.cloud).members.keys()].filter((id) => !world.ids.includes(id));

describe.each(['detach', 'standby'])('while instances are taken out by %s', (isolation) => {
  const rollout = { isolation };

  test('one that is scaled in before its turn is gone, and the run goes on with the others', async () => {
    const world = makeWorld({ rollout, group: { min: 2 } });
    const { view, planned } = await during(world, (ids) =>
      world.cloud.autoscaling.terminateInstanceInAutoScalingGroup({
        InstanceId: ids.at(last),
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    expect(view.status).toBe('succeeded');
    expect(outcomes(view)).toEqual({ patched: 3, gone: 1 });
    expect(instance(view, planned.at(last) ?? '').reason).toMatch(/no Auto Scaling group any more|terminating it/);
    await expectWholeBut(world, { desired: 3, members: 3, serving: 3 });
  });

  test('one that is launched meanwhile is patched in a last sweep', async () => {
    const world = makeWorld({ rollout });
    const { view } = await during(world, () =>
      world.cloud.autoscaling.setDesiredCapacity({ AutoScalingGroupName: GROUP, DesiredCapacity: 4 }),
    );
    expect(view.status).toBe('succeeded');
    expect(outcomes(view)).toEqual({ patched: 5 });
    const [newcomer = ''] = newcomers(world);
    expect(instance(view, newcomer)).toMatchObject({ outcome: 'patched', wave: 3, patches: [{ id: KERNEL.id }] });
    expect(has(world.cloud, newcomer, KERNEL)).toBe(true);
    await expectWholeBut(world, { desired: 5, members: 5, serving: 5 });
  });

  test('one that is reclaimed is gone, and what replaces it is patched in the last sweep', async () => {
    const world = makeWorld({ rollout });
    const { view, planned } = await during(world, async (ids) =>
      terminate(world.cloud.world, world.cloud.machine(ids.at(last) ?? '')),
    );
    expect(view.status).toBe('succeeded');
    expect(instance(view, planned.at(last) ?? '').outcome).toBe('gone');
    for (const id of newcomers(world)) expect(has(world.cloud, id, KERNEL)).toBe(true);
    await expectWholeBut(world, {});
  });

  test('one that somebody else detaches is gone, and stays where it was put', async () => {
    const world = makeWorld({ rollout, group: { min: 2 } });
    const { view, planned } = await during(world, (ids) =>
      world.cloud.autoscaling.detachInstances({
        AutoScalingGroupName: GROUP,
        InstanceIds: ids.slice(last),
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    expect(outcomes(view)).toEqual({ patched: 3, gone: 1 });
    expect(lifecycle(world.cloud, planned.at(last) ?? '')).toBeUndefined();
    expect(world.cloud.machine(planned.at(last) ?? '').state).toBe('running');
    await expectWholeBut(world, { desired: 3, members: 3, serving: 3 });
  });

  test('one that somebody else puts into Standby is skipped, and stays there', async () => {
    const world = makeWorld({ rollout, group: { min: 2 } });
    const { view, planned } = await during(world, (ids) =>
      world.cloud.autoscaling.enterStandby({
        AutoScalingGroupName: GROUP,
        InstanceIds: ids.slice(last),
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    expect(outcomes(view)).toEqual({ patched: 3, skipped: 1 });
    expect(instance(view, planned.at(last) ?? '').reason).toBe('its lifecycle state is Standby');
    expect(lifecycle(world.cloud, planned.at(last) ?? '')).toBe('Standby');
    await expectWholeBut(world, { desired: 3, members: 3, serving: 3 });
  });

  test('one that is terminated in the dock is replaced, and the run halts', async () => {
    const world = makeWorld({ rollout });
    const { view, planned } = await during(world, async (ids) =>
      terminate(world.cloud.world, world.cloud.machine(ids.at(first) ?? '')),
    );
    expect(view.status).toBe('halted');
    expect(instance(view, planned.at(first) ?? '').outcome).toBe('replaced');
    await expectWholeBut(world, {});
  });
});

describe('what somebody else sets while a run goes on', () => {
  test('is kept of the minimum, also where the run had lowered it', async () => {
    const world = makeWorld({ group: { min: 4 } });
    const { view } = await during(world, () =>
      world.cloud.autoscaling.updateAutoScalingGroup({ AutoScalingGroupName: GROUP, MinSize: 2 }),
    );
    expect(view.status).toBe('succeeded');
    await expectWholeBut(world, { min: 2 });
  });

  test('is kept of the maximum', async () => {
    const world = makeWorld();
    await during(world, () =>
      world.cloud.autoscaling.updateAutoScalingGroup({ AutoScalingGroupName: GROUP, MaxSize: 9 }),
    );
    await expectWholeBut(world, { max: 9 });
  });

  test('is kept of processes: one that is suspended stays so, one that is resumed too', async () => {
    const world = makeWorld({ rollout: { suspend: ['AZRebalance', 'ScheduledActions'] } });
    await during(world, async () => {
      await world.cloud.autoscaling.suspendProcesses({
        AutoScalingGroupName: GROUP,
        ScalingProcesses: ['AlarmNotification'],
      });
      await world.cloud.autoscaling.resumeProcesses({
        AutoScalingGroupName: GROUP,
        ScalingProcesses: ['ScheduledActions'],
      });
    });
    await expectWholeBut(world, { suspended: ['AlarmNotification'] });
  });

  test('is refused by the run when it is an instance refresh: it halts before its next wave', async () => {
    const world = makeWorld();
    const { view } = await during(world, async () => {
      groupOf(world.cloud).instanceRefreshes.unshift({ InstanceRefreshId: 'r-1', Status: 'InProgress' });
    });
    expect(view).toMatchObject({
      status: 'halted',
      halted: { reason: expect.stringMatching(/an instance refresh of the group has begun/) },
    });
    expect(outcomes(view)).toEqual({ patched: 1, skipped: 3 });
    await expectWholeBut(world, {});
  });

  test('makes the run halt when it is the tags by which the group is marked', async () => {
    const world = makeWorld();
    const { view } = await during(world, async () => {
      groupOf(world.cloud).tags.delete('drydock:run-id');
    });
    expect(view).toMatchObject({
      status: 'halted',
      halted: { reason: expect.stringMatching(/somebody has removed the tags/) },
    });
    await expectWholeBut(world, {});
  });
});

test('a newcomer whose patch fails is rolled back, and halts the run as any other would', async () => {
  const world = makeWorld();
  const plan = await world.clock.run(world.plan());
  const id = await world.clock.run(world.runs.start(plan, { kind: 'api' }));
  await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'patching'));
  await world.clock.run(
    world.cloud.autoscaling.setDesiredCapacity({ AutoScalingGroupName: GROUP, DesiredCapacity: 4 }),
  );
  await world.sleep(120);
  const [newcomer = ''] = newcomers(world);
  world.fault('patch-breaks-app', { instanceIds: [newcomer] });
  const view = await world.follow(id);
  expect(view.status).toBe('halted');
  expect(instance(view, newcomer).outcome).toBe('rolled-back');
  await expectWholeBut(world, { desired: 5, members: 5, serving: 5 });
});

describe('an instance that is about to be taken out', () => {
  test('is looked at again after its hooks, and left where somebody else has put it meanwhile', async () => {
    const world = makeWorld({ group: { min: 2 }, hooks: { beforeDetach: [{ document: 'Hook' }] } });
    world.cloud.addDocument('Hook', { seconds: 90 });
    const id = await world.firstPlanned();
    let isDone = false;
    world.engine.onEvent((_, { details }) => {
      if (details?.value.name !== 'WaitForHook' || isDone) return;
      isDone = true;
      void world.cloud.somebodyElse.autoscaling.detachInstances({
        AutoScalingGroupName: GROUP,
        InstanceIds: [id],
        ShouldDecrementDesiredCapacity: true,
      });
    });
    const view = await world.run();
    expect(view.status).toBe('succeeded');
    expect(instance(view, id)).toMatchObject({ outcome: 'gone', reason: 'it left the group before it was taken out' });
    expect(has(world.cloud, id, KERNEL)).toBe(false);
    expect(lifecycle(world.cloud, id)).toBeUndefined();
  });

  test('is gone when its group has replaced it while the process was dead', async () => {
    const world = makeWorld({ durable: true });
    const id = await world.firstPlanned();
    const died = world.dieAt((_, { details }) => details?.value.name === 'MayLeave');
    const runId = await world.start();
    await died;
    terminate(world.cloud.world, world.cloud.machine(id));
    await world.sleep(600);
    world.restart();
    await world.runs.resume();
    const view = await world.follow(runId);
    expect(instance(view, id)).toMatchObject({ outcome: 'gone' });
    expect(view.status).toBe('succeeded');
    await expectWholeBut(world, {});
  });

  test('is gone when its group terminates it in the moment before', async () => {
    const world = makeWorld({});
    const id = await world.firstPlanned();
    let isDone = false;
    world.engine.onEvent((_, { details }) => {
      if (details?.value.name !== 'Isolate' || isDone) return;
      isDone = true;
      const group = groupOf(world.cloud);
      group.members.delete(id);
      terminate(world.cloud.world, world.cloud.machine(id));
      group.activities.unshift({
        ActivityId: 'a',
        AutoScalingGroupName: GROUP,
        Cause: 'unhealthy',
        StartTime: new Date(),
        StatusCode: 'Successful',
        Description: `Terminating EC2 instance: ${id}`,
      });
    });
    const view = await world.run();
    expect(instance(view, id)).toMatchObject({ outcome: 'gone' });
  });

  test('is forgotten by EC2 while the process is dead behind its attach, and is not replaced twice', async () => {
    const world = makeWorld({ durable: true });
    const id = await world.firstPlanned();
    const died = world.dieAt((_, { details }) => details?.value.name === 'LookAtService');
    const runId = await world.start();
    await died;
    await world.sleep(60);
    await world.clock.run(
      world.cloud.somebodyElse.autoscaling
        .terminateInstanceInAutoScalingGroup({ InstanceId: id, ShouldDecrementDesiredCapacity: false })
        .then(() => {}),
    );
    await world.sleep(5 * 3600);
    world.restart();
    await world.runs.resume();
    expect(instance(await world.follow(runId), id)).toMatchObject({ outcome: 'replaced' });
    await expectWholeBut(world, {});
  });

  test('has been taken out when the answer was lost and the next look lags behind', async () => {
    const world = makeWorld({});
    let isLost = false;
    const lag = () => world.fault('stale-reads', { rate: 1 });
    world.engine.onEvent((_, { type, details }) => {
      if (type !== 'TaskStateEntered' || details?.value.name !== 'Detach' || isLost) return;
      isLost = true;
      world.fault('connections-lost', { rate: 1 });
      void world.clock.sleep(1500).then(() => {
        world.fault('connections-lost', { rate: 0 });
        lag();
      });
    });
    const view = await world.run();
    expect(view.status).toBe('succeeded');
    await expectWholeBut(world, {});
  });
});

describe('scale-in protection', () => {
  test.each([true, false])(
    'is of each instance as it was, where the group protects newcomers: %s',
    async (newcomersAre) => {
      const world = makeWorld({ group: { newInstancesProtected: newcomersAre } });
      const { members } = groupOf(world.cloud);
      const [protectedOne = '', other = ''] = world.ids;
      for (const [id, member] of members) member.protectedFromScaleIn = id === protectedOne;
      expect((await world.run()).status).toBe('succeeded');
      expect(members.get(protectedOne)?.protectedFromScaleIn).toBe(true);
      expect(members.get(other)?.protectedFromScaleIn).toBe(false);
    },
  );

  test('that cannot be set again is a failure: the run takes it from no other instance', async () => {
    const world = makeWorld();
    for (const member of groupOf(world.cloud).members.values()) member.protectedFromScaleIn = true;
    world.deny('autoscaling:setInstanceProtection');
    const view = await world.run();
    expect(view).toMatchObject({
      status: 'halted',
      halted: { reason: expect.stringMatching(/its scale-in protection could not be set/) },
    });
    expect(outcomes(view)).toEqual({ patched: 1, skipped: 3 });
  });
});

test('what was lowered a moment ago is put back though reads lag and the clock jumps', async () => {
  const world = makeWorld({ group: { min: 4 }, rollout: { alarms: ['5xx'] } });
  world.cloud.setAlarm('5xx', 'ALARM');
  // Rarer than once in a run: answers are remembered from now on.
  world.fault('stale-reads', { rate: 1e-9 });
  world.engine.onEvent((_, { type, details }) => {
    const state = details?.value.name;
    if (type === 'TaskStateExited' && state === 'LowerMinimum') {
      world.setClock(600);
      world.fault('stale-reads', { rate: 1 });
    }
    if (state === 'WaitToSettle') world.fault('stale-reads', { rate: 1e-9 });
  });
  expect((await world.run()).status).toBe('halted');
  expect(await stateOf(world)).toEqual(wholeStateOf(world));
});

test('one that somebody takes out again before its attach was answered is not patched a second time', async () => {
  let isAttached = false;
  const world: RolloutWorld = makeWorld({
    interfere: async ({ stateName, arguments: input }) => {
      if (stateName !== 'Attach' || isAttached) return;
      isAttached = true;
      const { InstanceIds = [] } = input as { InstanceIds?: string[] };
      await world.cloud.somebodyElse.autoscaling.attachInstances({ AutoScalingGroupName: GROUP, InstanceIds });
      world.deny('autoscaling:attachInstances');
      throw new TaskFailure('AutoScaling.AutoScalingException', 'The connection was lost.');
    },
  });
  const id = await world.firstPlanned();
  const isLate = new Set<string>();
  const once = (name: string, then: () => void) =>
    world.engine.onEvent((_, { type, details }) => {
      if (!type.endsWith('StateEntered') || details?.value.name !== name || isLate.has(name)) return;
      isLate.add(name);
      then();
    });
  const member = () => groupOf(world.cloud).members.get(id) ?? { lifecycleState: '' };
  once('LookAtService', () => Object.assign(member(), { lifecycleState: 'Pending:Wait' }));
  once('Serves', () => {
    Object.assign(member(), { lifecycleState: 'InService' });
    world.allow('autoscaling:attachInstances');
    const call = { AutoScalingGroupName: GROUP, InstanceIds: [id], ShouldDecrementDesiredCapacity: true };
    void world.cloud.somebodyElse.autoscaling.detachInstances(call);
  });
  const view = await world.run();
  expect(instance(view, id)).toMatchObject({ outcome: 'patched' });
  const sent = world.cloud.world.invocationsByMachine.get(id) ?? [];
  expect(sent.filter(({ document }) => document === 'AWS-RunPatchBaseline')).toHaveLength(1);
});

test('one that is launched between the plan and the run is patched too', async () => {
  const world = makeWorld({ group: { max: 8 } });
  const plan = await world.clock.run(world.plan());
  const input = { AutoScalingGroupName: GROUP, DesiredCapacity: 5 };
  await world.clock.run(world.cloud.somebodyElse.autoscaling.setDesiredCapacity(input).then(() => {}));
  await world.sleep(3600);
  const view = await world.follow(await world.clock.run(world.runs.start(plan, { kind: 'api' })));
  expect(outcomes(view)).toEqual({ patched: 5 });
});

test('the last sweep takes nothing that the run has had in hand already', async () => {
  const world = makeWorld({ rollout: { maxFailures: 2 }, group: { max: 8 } });
  const startedAt = world.now();
  const input = { AutoScalingGroupName: GROUP, DesiredCapacity: 5 };
  await world.clock.run(world.cloud.somebodyElse.autoscaling.setDesiredCapacity(input).then(() => {}));
  await world.sleep(3600);
  world.cloud.settle();
  const [fresh = ''] = newcomers(world);
  scan(world.cloud.world, world.cloud.machine(fresh));
  world.fault('command-fails', { instanceIds: [fresh] });
  // As a window begins it: its plan is made an hour behind the opening.
  const begun = { policy: 'test', group: GROUP, environment: 'production', runId: 'r', startedAt };
  const { executionArn } = await world.engine.startExecution({
    stateMachineArn: 'rollout',
    name: 'r',
    input: JSON.stringify({ ...begun, trigger: { kind: 'window' } }),
  });
  await world.clock.run(world.engine.waitFor(executionArn));
  const { view } = await world.clock.run(world.runs.read('r'));
  expect(outcomes(view)).toEqual({ 'rolled-back': 1, patched: 4 });
  expect(lifecycle(world.cloud, fresh)).toBe('InService');
});

test('an alarm in the middle of a wave ends it, and the run says which, also when the alarm is over by then', async () => {
  const world = makeWorld({ rollout: { alarms: ['errors'] } });
  const id = await world.start();
  await world.until(id, ({ instances }) => instances.filter(({ outcome }) => outcome === 'patching').length === 1);
  await world.until(id, ({ instances }) => instances.filter(({ outcome }) => outcome === 'patched').length === 1);
  await world.until(id, ({ instances }) => instances.filter(({ outcome }) => outcome === 'patching').length === 1);
  world.cloud.setAlarm('errors', 'ALARM');
  await world.until(id, ({ instances }) => instances.some(({ reason = '' }) => reason.includes('in ALARM')));
  world.cloud.setAlarm('errors', 'OK');
  const view = await world.follow(id);
  expect(view).toMatchObject({ status: 'halted', halted: { reason: 'in ALARM: errors' } });
  expect(outcomes(view)).toEqual({ patched: 2, skipped: 2 });
});
