/** Two runs never work on one group: by the lock in the table, its lease, and the group's own tags. */
import { describe, expect, test } from 'vitest';
import { TaskFailure } from '../../src/interpreter/ports.ts';
import { scan } from '../../src/simulator/patching.ts';
import { stateNames } from './state-names.ts';
import { expectWhole } from './whole.ts';
import { GROUP, groupOf, KERNEL, lifecycle, makeWorld, outcomes, type RolloutWorld } from './world.ts';

const HOUR = 3600;

/** The run with the lock is cut off before it has marked the group, and nobody recovers it. */
async function cutOffAt(state: string, world: RolloutWorld): Promise<string> {
  const id = await world.clock.run(world.plan().then((plan) => world.runs.start(plan, { kind: 'api' })));
  await world.clock.run(
    new Promise<void>((resolve) => {
      world.engine.onEvent((_, { details }) => details?.value.name === state && resolve());
    }),
  );
  await world.clock.run(world.stop(id));
  return id;
}

describe('the lock of a run', () => {
  test('keeps others out as long as it goes on', async () => {
    const world = makeWorld();
    const plan = await world.clock.run(world.plan());
    const first = await world.clock.run(world.runs.start(plan, { kind: 'api' }));
    await world.sleep(5);
    const second = await world.follow(await world.clock.run(world.runs.start(plan, { kind: 'api' })));
    expect(second).toMatchObject({
      error: 'Drydock.GroupLocked',
      halted: { reason: `run ${first} holds the group web` },
    });
    expect(await world.follow(first)).toMatchObject({ status: 'succeeded' });
    await expectWhole(world);
  });

  test('holds through a pause that is longer than its lease', async () => {
    const world = makeWorld();
    const plan = await world.clock.run(world.plan());
    const first = await world.clock.run(world.runs.start(plan, { kind: 'api' }));
    await world.until(first, ({ instances }) => instances.some(({ step }) => step === 'patching'));
    await world.runs.steer(first, 'pause');
    await world.sleep(12 * HOUR);
    const second = await world.follow(await world.clock.run(world.runs.start(plan, { kind: 'api' })));
    expect(second.error).toBe('Drydock.GroupLocked');
    await world.runs.steer(first, 'resume');
    expect(await world.follow(first)).toMatchObject({ status: 'succeeded' });
    await expectWhole(world);
  });

  test('falls with its lease when the run is dead and has touched nothing', async () => {
    const world = makeWorld();
    const dead = await cutOffAt('LookAtGroup', world);
    const early = await world.run();
    expect(early).toMatchObject({
      error: 'Drydock.GroupLocked',
      halted: { reason: `run ${dead} holds the group web` },
    });
    await world.sleep(10 * HOUR);
    expect(await world.run()).toMatchObject({ status: 'succeeded' });
    await expectWhole(world);
  });

  test('falls with its lease when the run is dead, but what its tags mark is recovered first', async () => {
    const world = makeWorld();
    const plan = await world.clock.run(world.plan());
    const dead = await cutOffAt('ReadRecord', world);
    await world.sleep(10 * HOUR);
    const refused = await world.follow(await world.clock.run(world.runs.start(plan, { kind: 'api' })));
    expect(refused).toMatchObject({
      error: 'Drydock.GroupLocked',
      halted: { reason: expect.stringContaining(`drydock recover ${dead}`) },
    });
    await world.clock.run(world.runs.recover(dead));
    expect(await world.run()).toMatchObject({ status: 'succeeded' });
    await expectWhole(world);
  });

  test('says that somebody has to recover when the run before ended with something left', async () => {
    const world = makeWorld({ rollback: 'replace' });
    const plan = await world.clock.run(world.plan());
    world.fault('patch-breaks-app', { instanceIds: [plan.waves[0]?.instances[0]?.instanceId ?? ''] });
    world.deny('autoscaling:executePolicy');
    const left = await world.follow(await world.clock.run(world.runs.start(plan, { kind: 'api' })));
    expect(left.notWhole).toBeDefined();
    const refused = await world.follow(await world.clock.run(world.runs.start(plan, { kind: 'api' })));
    expect(refused.halted?.reason).toBe(
      `run ${left.runId} has left something behind in the group web: drydock recover ${left.runId}`,
    );
    world.allow('autoscaling:executePolicy');
    expect(await world.clock.run(world.runs.recover(left.runId))).toMatchObject({ mended: [{ outcome: 'replaced' }] });
    await expectWhole(world);
  });
});

describe('two machines with tables of their own that begin at the same moment', () => {
  test.each([0, 1, 60, 200, 1000, 9000])('%i ms apart: one works on the group, the other leaves it', async (apart) => {
    const world = makeWorld();
    const other = world.another();
    const plan = await world.clock.run(world.plan());
    const ids = await world.clock.run(
      Promise.all([
        world.runs.start(plan, { kind: 'api' }),
        world.clock.sleep(apart).then(() => other.runs.start(plan, { kind: 'api' })),
      ]),
    );
    const ended = await world.clock.run(Promise.all([world.runs.follow(ids[0]), other.runs.follow(ids[1])]));
    const how = ended.map(({ status, error }) => error ?? status).sort();
    expect(how).toEqual(['Drydock.GroupLocked', 'succeeded']);
    expect(groupOf(world.cloud).tags.has('drydock:run-id')).toBe(false);
    await expectWhole(world);
  });
});

test('a run that wakes after another machine took it for dead leaves the group to the run that holds it now', async () => {
  const world = makeWorld({ durable: true, group: { min: 4 } });
  const last = ({ details }: { details?: { value: { name?: unknown } } }) =>
    details?.value.name === 'LookForNew' && world.watched.patchedInOrder.length === 4;
  const died = world.dieAt((_, event) => last(event));
  const sleeper = await world.start();
  await died;
  await world.sleep(10 * HOUR);
  const other = world.another();
  await world.clock.run(other.runs.recover(sleeper, { group: GROUP, order: undefined }));
  const more = { ...KERNEL, id: 'openssl.x86_64', title: 'openssl.x86_64:1:1.0.2k-24.amzn2' };
  world.cloud.addPatches([more]);
  for (const id of world.ids) scan(world.cloud.world, world.cloud.machine(id));
  const plan = await world.clock.run(world.plan());
  const holder = await world.clock.run(other.runs.start(plan, { kind: 'api' }));
  await world.sleep(90);
  world.restart();
  await world.runs.resume();
  const view = await world.follow(sleeper);
  expect(view.notWhole).toContain(`left to run ${holder}`);
  expect(groupOf(world.cloud)).toMatchObject({ min: 3 });
  expect(groupOf(world.cloud).tags.get('drydock:run-id')?.value).toBe(holder);
  expect([...groupOf(world.cloud).suspended.keys()]).toEqual(['AZRebalance']);
  expect(await world.clock.run(other.runs.follow(holder))).toMatchObject({ status: 'succeeded' });
  await world.clock.run(world.runs.recover(sleeper));
  await expectWhole(world);
});

/** Where an instance is whose run's machine sleeps: before and while it is taken out, before its patch, behind its check, and on the way back. */
const ASLEEP_AT = [
  ...['TagInstance', 'Detach', 'EnterStandby', 'CreateSnapshot', 'TagPatching', 'SendPatchCommand', 'LookInDock'],
  'LookAtMachineState',
];
test.each(ASLEEP_AT)(
  'an instance that a run had in hand when it fell asleep at %s stays with whoever took it over',
  async (state) => {
    const isolation = state === 'EnterStandby' ? 'standby' : 'detach';
    const world = makeWorld({ durable: true, group: { min: 4 }, rollout: { isolation } });
    if (state === 'LookAtMachineState') world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const died = world.dieAt((_, { details }) => details?.value.name === state);
    const sleeper = await world.start();
    await died;
    await world.sleep(10 * HOUR);
    const other = world.another();
    await world.clock.run(other.runs.recover(sleeper, { group: GROUP, order: undefined }));
    const [taken = ''] = world.watched.patchedInOrder;
    // The group's tags are the run's own business, and are gone in the end.
    const calls = () =>
      [...world.cloud.callCounts].filter(([name]) => !/:(describe|get|list)|autoscaling:\w+Tags/.test(name)).sort();
    const before = calls();
    world.restart();
    await world.runs.resume();
    const view = await world.follow(sleeper);
    expect(['aborted', 'halted']).toContain(view.status);
    expect(calls()).toEqual(before);
    expect(lifecycle(world.cloud, taken === '' ? (world.ids[0] ?? '') : taken)).toBe('InService');
    await world.clock.run(world.runs.recover(sleeper));
    await expectWhole(world);
  },
);

test('an answer from before the instance was tagged does not make it another machine’s', async () => {
  const world = makeWorld({ group: { min: 4, targetGroups: [] } });
  // Rarer than once in a run: answers are remembered from now on.
  world.fault('stale-reads', { rate: 1e-9 });
  let jumped = false;
  world.engine.onEvent((_, { details }) => {
    const state = details?.value.name;
    if (state === 'Isolate' && !jumped) {
      jumped = true;
      world.setClock(10 * HOUR);
    }
    if (state === 'LookWhoseItIs') world.fault('stale-reads', { rate: 1 });
    if (state === 'WaitToBeSure') world.fault('stale-reads', { rate: 1e-9 });
  });
  const seen = stateNames(world.engine);
  const view = await world.run();
  expect([...seen.values()].flat()).toContain('WaitToBeSure');
  expect(outcomes(view)).not.toHaveProperty('gone');
  await expectWhole(world);
});

test('two runs with a table each never hold a group together, also when one is slow to store its list of patches', async () => {
  let lists = 0;
  const world: RolloutWorld = makeWorld({
    group: { min: 1, max: 6 },
    rollout: { suspend: [] },
    interfere: async ({ stateName }) => {
      if (stateName !== 'PutOverrideList') return;
      lists += 1;
      if (lists === 2) await world.clock.sleep(25_000);
    },
  });
  const other = world.another();
  const plan = await world.clock.run(world.plan());
  const both = [world.runs, other.runs].map(async (runs) => runs.follow(await runs.start(plan, { kind: 'api' })));
  const [one, two] = await world.clock.run(Promise.all(both));
  expect([one?.status, two?.status].sort()).toEqual(['failed', 'succeeded']);
  await expectWhole(world);
});

test('a process that wakes and cannot read whose its run is changes nothing, and the recovery makes all whole', async () => {
  const world = makeWorld({ durable: true, group: { min: 4 } });
  const died = world.dieAt((_, { details }) => details?.value.name === 'LookInDock');
  const sleeper = await world.start();
  await died;
  const changes = () => [...world.cloud.callCounts].filter(([name]) => !/:(describe|get|list)/.test(name)).sort();
  const before = changes();
  world.deny('autoscaling:describeAutoScalingGroups');
  world.restart();
  await world.runs.resume();
  const { notWhole } = await world.follow(sleeper);
  expect(notWhole).toBeDefined();
  expect(changes()).toEqual(before);
  world.allow('autoscaling:describeAutoScalingGroups');
  await world.clock.run(world.runs.recover(sleeper));
  await expectWhole(world);
});

test('a mark whose answers were all lost is taken away again', async () => {
  let isLossy = true;
  const world: RolloutWorld = makeWorld({
    interfere: async ({ stateName, arguments: input }) => {
      if (stateName !== 'MarkGroup' || !isLossy) return;
      await world.cloud.somebodyElse.autoscaling.createOrUpdateTags(input as { Tags: [] });
      throw new TaskFailure('AutoScaling.SdkClientException', 'the connection was lost');
    },
  });
  expect(await world.run()).toMatchObject({ status: 'halted' });
  await expectWhole(world);
  isLossy = false;
  expect(await world.run()).toMatchObject({ status: 'succeeded' });
});

test('a process that is restarted goes on though somebody has taken the marks off the group, and gives back the minimum', async () => {
  const world = makeWorld({ durable: true, group: { min: 4 } });
  const died = world.dieAt((_, { details }) => details?.value.name === 'AwaitPatch');
  const id = await world.start();
  await died;
  const { tags } = groupOf(world.cloud);
  for (const key of [...tags.keys()]) if (key.startsWith('drydock:')) tags.delete(key);
  await world.sleep(20);
  world.restart();
  await world.runs.resume();
  expect(await world.follow(id)).toMatchObject({ status: 'halted' });
  await expectWhole(world);
});
