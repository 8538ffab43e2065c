/** Services that answer nothing but 5xx for minutes: what cannot be read is not taken for what it was. */
import { expect, test } from 'vitest';
import { TaskFailure } from '../../src/interpreter/ports.ts';
import { expectWhole } from './whole.ts';
import { GROUP, groupOf, makeWorld, outcomes, type RolloutWorld, tagged, type WorldOptions } from './world.ts';

/** The service is down from when an execution comes to that state. */
function downFrom(world: RolloutWorld, service: string, state: string, minutes = 10): void {
  let isOver = false;
  world.onEvent((_, { type, details }) => {
    if (isOver || !type.endsWith('StateEntered') || details?.value.name !== state) return;
    isOver = true;
    world.cloud.world.outages.add(service);
    void world.clock.sleep(minutes * 60_000).then(() => world.cloud.world.outages.delete(service));
  });
}

/** What a recovery mends once the service is back. */
async function recovered(world: RolloutWorld, runId: string) {
  await world.sleep(3600);
  return world.clock.run(world.runs.recover(runId));
}

/** Somebody's detach stands for the run's own, of which no answer came. */
function detachedUnseen(): RolloutWorld {
  let isDetached = false;
  const world: RolloutWorld = makeWorld({
    interfere: async ({ stateName, arguments: input }) => {
      if (stateName !== 'Detach' || isDetached) return;
      isDetached = true;
      const { InstanceIds = [] } = input as { InstanceIds?: string[] };
      const request = { AutoScalingGroupName: GROUP, InstanceIds, ShouldDecrementDesiredCapacity: true };
      await world.cloud.somebodyElse.autoscaling.detachInstances(request);
      throw new TaskFailure('AutoScaling.AutoScalingException', 'The service is unavailable.');
    },
  });
  return world;
}

test('an instance of which nobody could read for ten minutes whether it left is patched then', async () => {
  const world = detachedUnseen();
  downFrom(world, 'autoscaling', 'Detach');
  expect(outcomes(await world.run())).toEqual({ patched: 4 });
  await expectWhole(world);
});

test('an instance of which nobody can read for an hour whether it left keeps its tags, and is brought back', async () => {
  const world = detachedUnseen();
  downFrom(world, 'autoscaling', 'Detach', 60);
  const view = await world.run();
  expect(outcomes(view)).toEqual({ failed: 1, skipped: 3 });
  expect(view.notWhole).toBeDefined();
  expect(Object.keys(tagged(world.cloud))).toEqual([view.instances[0]?.instanceId]);
  expect((await recovered(world, view.runId)).notWhole).toBeUndefined();
  await expectWhole(world);
});

test('an instance that is sick back in service is taken out again as soon as Auto Scaling answers', async () => {
  const world = makeWorld({ group: { min: 4, healthCheckType: 'EC2' } });
  world.fault('target-never-healthy', { instanceIds: [await world.firstPlanned()] });
  downFrom(world, 'autoscaling', 'Isolated');
  const view = await world.run();
  expect(outcomes(view)).toMatchObject({ skipped: 3 });
  expect(view.notWhole).toBeUndefined();
  await expectWhole(world);
});

test('an instance of which nobody may read whether its patch took is rolled back soon, and it is said why', async () => {
  const world = makeWorld();
  const began = world.clock.now();
  world.deny('ssm:describeInstancePatchStates');
  const view = await world.run();
  expect(outcomes(view)).toEqual({ 'rolled-back': 1, skipped: 3 });
  expect(view.instances[0]?.reason).toMatch(/^its patch states could not be read: /);
  expect((world.clock.now() - began) / 60_000).toBeLessThan(60);
  await expectWhole(world);
});

test('what could not be read of an instance is said with what it did not come to', async () => {
  const world = makeWorld({ group: { min: 1, healthCheckType: 'EC2' } });
  downFrom(world, 'elasticloadbalancingv2', 'Attach', 16);
  const view = await world.run();
  expect(view.instances[0]).toMatchObject({
    outcome: 'rolled-back',
    reason: expect.stringMatching(
      /^not healthy behind the load balancer in 900 s: .*: the health of its targets could not be read: /,
    ),
  });
  await expectWhole(world);
});

test('an instance that cannot be looked at keeps the tags by which a dead run left it', async () => {
  const world: RolloutWorld = makeWorld({
    interfere: async ({ stateName, arguments: input }) => {
      const { Payload } = input as { Payload?: { instanceId?: string } };
      if (stateName === 'LookBefore' && Payload?.instanceId === left) throw new TaskFailure('Lambda.Unknown', 'no');
    },
  });
  const left = await world.firstPlanned();
  world.cloud.machine(left).tags.set('drydock:run-id', 'dead');
  expect(outcomes(await world.run())).toMatchObject({ skipped: 4 });
  expect(world.cloud.machine(left).tags.get('drydock:run-id')).toBe('dead');
});

test('an instance whose tags cannot be removed is for a recovery, though it serves', async () => {
  const world = makeWorld();
  world.deny('ec2:deleteTags');
  const view = await world.run();
  expect(view.notWhole).toBeDefined();
  world.allow('ec2:deleteTags');
  expect((await recovered(world, view.runId)).mended).toMatchObject([{ outcome: 'patched' }]);
  await expectWhole(world);
});

/** The first of them breaks by its patch, and is to be replaced. */
async function broken(count: number, options: WorldOptions = {}): Promise<RolloutWorld> {
  const world = makeWorld({ rollback: 'replace', group: { min: 1, max: 8 }, ...options });
  const planned = (await world.clock.run(world.plan())).waves.flatMap(({ instances }) => instances);
  world.fault('patch-breaks-app', { instanceIds: planned.slice(0, count).map(({ instanceId }) => instanceId) });
  return world;
}

test('a scaling policy that cannot be taken away when it was executed is taken away later', async () => {
  const world = await broken(1);
  world.deny('autoscaling:deletePolicy');
  world.onEvent((_, { details }) => details?.value.name === 'NoteRaised' && world.allow('autoscaling:deletePolicy'));
  expect(outcomes(await world.run())).toMatchObject({ replaced: 1 });
  expect([...groupOf(world.cloud).policies.keys()]).toEqual([]);
  await expectWhole(world);
});

test('one that could not be replaced, because nobody could read the group, keeps no place from the next', async () => {
  const world = await broken(2, { rollout: { canary: 2, maxUnavailable: 2, maxFailures: 2 } });
  downFrom(world, 'autoscaling', 'NoteDesired');
  const began = world.clock.now();
  const view = await world.run();
  expect((world.clock.now() - began) / 60_000).toBeLessThan(40);
  expect((await recovered(world, view.runId)).notWhole).toBeUndefined();
  await expectWhole(world);
});

test('a member that its group has replaced while nobody could see the machine is not replaced twice', async () => {
  const world = makeWorld({ group: { min: 1, max: 8 } });
  world.fault('target-never-healthy', { instanceIds: [await world.firstPlanned()] });
  world.onEvent((_, { type, details }) => {
    if (type !== 'TaskStateEntered') return;
    if (details?.value.name === 'LookAtLeaving') world.cloud.world.outages.add('ec2');
    if (details?.value.name === 'LookAtActivities') world.cloud.world.outages.delete('ec2');
  });
  const view = await world.run();
  expect(outcomes(view)).toEqual({ gone: 1, skipped: 3 });
  await expectWhole(world);
});
