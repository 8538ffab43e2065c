import { describe, expect, test } from 'vitest';
import { TaskFailure } from '../../src/interpreter/ports.ts';
import { terminate } from '../../src/simulator/machines.ts';
import { expectWhole } from './whole.ts';
import { GROUP, instance, lifecycle, makeWorld, outcomes, type RolloutWorld } from './world.ts';

/** What becomes of the one instance that has the fault, when the rollback is `restore`. */
const RESTORED = [
  ['command-fails', 'rolled-back', /the patch command ended Failed/],
  ['command-hangs', 'rolled-back', /the patch command/],
  ['patch-fails', 'rolled-back', /1 patches failed to install/],
  ['patch-breaks-app', 'rolled-back', /unhealthy after the patch: .*503/],
  ['patch-slows-app', 'rolled-back', /unhealthy after the patch: .*no answer in 2 s/],
  ['agent-lost', 'replaced', /the agent did not come back: ConnectionLost/],
  ['target-never-healthy', 'replaced', /its group terminated it soon after it was attached/],
  ['restore-fails', 'replaced', /unhealthy after the patch.*replacement of its root volume is failed/],
  ['terminated', 'replaced', /./],
] as const;

test('one that its group is terminating, when the clock jumps past all that is waited for, is replaced once', async () => {
  const world = makeWorld({ group: { min: 1 } });
  world.fault('target-never-healthy', { instanceIds: [await world.firstPlanned()] });
  let jumped = false;
  world.onEvent((_, { type, details }) => {
    if (type !== 'TaskStateEntered' || details?.value.name !== 'LookAtLeaving' || jumped) return;
    jumped = true;
    world.setClock(50_000);
  });
  expect(outcomes(await world.run())).toMatchObject({ replaced: 1 });
  expect(jumped).toBe(true);
  await expectWhole(world);
});

test.each(['detach', 'standby'])(
  'one of which it cannot be read whether it is back in service is taken out again before it is rolled back, by %s',
  async (isolation) => {
    const world = makeWorld({ rollback: 'replace', group: { min: 1, max: 8 }, rollout: { isolation } });
    world.onEvent((_, { type, details }) => {
      if (!type.endsWith('StateEntered')) return;
      if (details?.value.name === 'WaitForService') world.deny('autoscaling:describeAutoScalingInstances');
      if (details?.value.name === 'CountFailure') world.allow('autoscaling:describeAutoScalingInstances');
    });
    const view = await world.run();
    expect(outcomes(view)).toEqual({ replaced: 1, skipped: 3 });
    expect(view.instances.find(({ outcome }) => outcome === 'replaced')?.reason).toMatch(
      /^it did not come into service/,
    );
    expect(world.watched.violations).toEqual([]);
    await expectWhole(world);
  },
);

test('one that is terminated just as it leaves, when the answer is lost, counts as a failure', async () => {
  let isLost = false;
  const world: RolloutWorld = makeWorld({
    rollback: 'replace',
    group: { min: 2, max: 6 },
    interfere: async ({ stateName, arguments: input }) => {
      if (stateName !== 'Detach' || isLost) return;
      isLost = true;
      const { InstanceIds = [] } = input as { InstanceIds?: string[] };
      const request = { AutoScalingGroupName: GROUP, InstanceIds, ShouldDecrementDesiredCapacity: true };
      await world.cloud.somebodyElse.autoscaling.detachInstances(request);
      world.cloud.world.agenda.after(12, () => terminate(world.cloud.world, world.cloud.machine(InstanceIds[0] ?? '')));
      throw new TaskFailure('AutoScaling.AutoScalingException', 'internal');
    },
  });
  const view = await world.run();
  expect(view).toMatchObject({ status: 'halted' });
  expect(outcomes(view)).toEqual({ replaced: 1, skipped: 3 });
  await expectWhole(world);
});

describe.each(['detach', 'standby'])('by %s', (isolation) => {
  test.each(RESTORED)('%s: the instance is %s and the run halts', async (fault, outcome, reason) => {
    const world = makeWorld({ rollout: { isolation } });
    const first = await world.firstPlanned();
    world.fault(fault, { instanceIds: [first], afterSeconds: 60 });
    const view = await world.run();
    expect(instance(view, first)).toMatchObject({ outcome, reason: expect.stringMatching(reason) });
    expect(view).toMatchObject({ status: 'halted' });
    expect(outcomes(view)).toEqual({ [outcome]: 1, skipped: 3 });
    await expectWhole(world);
  });

  test('snapshot-fails: nothing to restore from, so a broken instance is replaced', async () => {
    const world = makeWorld({ rollout: { isolation } });
    const first = await world.firstPlanned();
    world.fault('snapshot-fails', { instanceIds: [first] });
    world.fault('patch-breaks-app', { instanceIds: [first] });
    const view = await world.run();
    expect(instance(view, first)).toMatchObject({ outcome: 'replaced' });
    await expectWhole(world);
  });

  test.each(['replace', 'quarantine'] as const)('%s: the broken instance is no member any more', async (rollback) => {
    const world = makeWorld({ rollback, rollout: { isolation } });
    const first = await world.firstPlanned();
    world.fault('patch-breaks-app', { instanceIds: [first] });
    const view = await world.run();
    expect(instance(view, first).outcome).toBe(rollback === 'replace' ? 'replaced' : 'quarantined');
    await world.sleep(3600);
    expect(lifecycle(world.cloud, first)).toBeUndefined();
  });

  test('a replacement is seen beside an instance that was sick before the run', async () => {
    const world = makeWorld({ rollback: 'replace', rollout: { isolation }, group: { healthCheckType: 'EC2' } });
    const sick = world.cloud.machine(world.ids[3] ?? '');
    sick.content = { ...sick.content, brokenStatus: 500 };
    world.cloud.world.machineChanged(sick);
    await world.sleep(60);
    const first = await world.firstPlanned();
    world.fault('patch-breaks-app', { instanceIds: [first] });
    const view = await world.run();
    expect(view.notWhole).toBeUndefined();
    expect(instance(view, first)).toMatchObject({ outcome: 'replaced' });
  });

  test('snapshot-fails: one that needs none is patched all the same', async () => {
    const world = makeWorld({ rollout: { isolation } });
    world.fault('snapshot-fails', { instanceIds: [await world.firstPlanned()] });
    const view = await world.run();
    expect(view).toMatchObject({ status: 'succeeded' });
    await expectWhole(world);
  });
});

test('an instance that failed in service and was restored is attached once Auto Scaling takes it, and not replaced', async () => {
  let asked = 0;
  const world = makeWorld({
    hooks: { afterAttach: [{ url: 'https://hooks.example.com/' }] },
    answering: async () => {
      asked += 1;
      return { status: asked === 1 ? 500 : 200, headers: {}, body: '', latencyMs: 3 };
    },
  });
  const id = await world.firstPlanned();
  world.engine.onEvent((_, { type, details }) => {
    if (type !== 'TaskStateEntered' || details?.value.name !== 'RestoreRootVolume') return;
    world.deny('autoscaling:attachInstances');
    void world.clock.sleep(600_000).then(() => world.allow('autoscaling:attachInstances'));
  });
  const view = await world.run();
  expect(instance(view, id)).toMatchObject({ outcome: 'rolled-back', reason: /afterAttach hook 1 failed/ });
  await expectWhole(world);
});
