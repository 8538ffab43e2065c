/** What a rollback launches in the place of an instance, by how desired capacity is raised for it. */
import type { Activity } from '@aws-sdk/client-auto-scaling';
import { describe, expect, test } from 'vitest';
import { TaskFailure } from '../../src/interpreter/ports.ts';
import { terminate } from '../../src/simulator/machines.ts';
import { expectWhole } from './whole.ts';
import { GROUP, groupOf, makeWorld, outcomes, type RolloutWorld, type WorldOptions } from './world.ts';

/** The first of four breaks by its patch, and is to be replaced. */
async function brokenWorld(options: WorldOptions = {}): Promise<RolloutWorld> {
  const world = makeWorld({ rollback: 'replace', group: { min: 1 }, ...options });
  world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
  return world;
}

const launched = ({ cloud }: RolloutWorld) =>
  groupOf(cloud).activities.filter(({ Description = '' }) => Description.startsWith('Launching')).length;

describe('an instance that is replaced', () => {
  test('adds one to desired capacity, whatever it was changed to since somebody looked', async () => {
    const world = await brokenWorld();
    world.onEvent((_, { type, details }) => {
      if (type !== 'TaskStateEntered' || details?.value.name !== 'PutRaise') return;
      const [free = ''] = [...groupOf(world.cloud).members.keys()].slice(-1);
      const input = { AutoScalingGroupName: GROUP, InstanceIds: [free], ShouldDecrementDesiredCapacity: true };
      void world.cloud.somebodyElse.autoscaling.detachInstances(input);
    });
    expect(outcomes(await world.run())).toMatchObject({ replaced: 1 });
    expect(groupOf(world.cloud).desired).toBe(world.before.desired - 1);
    expect(launched(world)).toBe(1);
  });

  test('leaves no scaling policy behind', async () => {
    const world = await brokenWorld();
    const seen: number[] = [];
    world.onEvent((_, { details }) => {
      if (details?.value.name === 'RaiseDesired') seen.push(groupOf(world.cloud).policies.size);
    });
    await world.run();
    expect(seen).toContain(1);
    expect([...groupOf(world.cloud).policies.keys()]).toEqual([]);
    await expectWhole(world);
  });
});

test('the minimum stays lowered until an instance that was left behind is made whole: raising it would launch another', async () => {
  const world = await brokenWorld({ group: { min: 4 } });
  world.deny('autoscaling:executePolicy');
  const { runId, notWhole } = await world.run();
  expect(notWhole).toBeDefined();
  expect({ min: groupOf(world.cloud).min, launched: launched(world) }).toEqual({ min: 3, launched: 0 });
  world.allow('autoscaling:executePolicy');
  await world.clock.run(world.runs.recover(runId));
  expect(launched(world)).toBe(1);
  await expectWhole(world);
});

describe('when the answer to raising desired capacity is lost', () => {
  /** The first answers are lost, after the call had its effect or before. */
  const losing = (lost: number, takesEffect: boolean): WorldOptions => {
    let left = lost;
    return {
      interfere: async ({ stateName }) => {
        if (stateName !== 'RaiseDesired' || left === 0) return;
        left -= 1;
        const group = groupOf(world.cloud);
        const [PolicyName] = group.policies.keys();
        const input = { AutoScalingGroupName: GROUP, PolicyName };
        if (takesEffect) await world.cloud.somebodyElse.autoscaling.executePolicy(input);
        throw new TaskFailure('AutoScaling.SdkClientException', 'the connection was lost');
      },
    };
  };
  let world: RolloutWorld;
  const open = async (lost: number, takesEffect: boolean) => {
    world = await brokenWorld(losing(lost, takesEffect));
  };

  test('and it was raised, it is not raised again', async () => {
    await open(1, true);
    expect(outcomes(await world.run())).toMatchObject({ replaced: 1 });
    expect(launched(world)).toBe(1);
    await expectWhole(world);
  });

  test('and it was raised, and the group has done hundreds of things since, it is not raised again', async () => {
    await open(1, true);
    let isBusy = false;
    world.onEvent((_, { type, details }) => {
      if (type !== 'TaskStateEntered' || details?.value.name !== 'LookForRaise' || isBusy) return;
      isBusy = true;
      world.cloud.settle();
      const [latest] = groupOf(world.cloud).activities;
      const Cause = 'a user request executed policy other changing the desired capacity from 3 to 4.';
      const StartTime = new Date(world.clock.now());
      for (let count = 0; count < 250; count += 1)
        groupOf(world.cloud).activities.unshift({
          ...latest,
          Description: 'Launching a new EC2 instance: i-0',
          Cause,
          StartTime,
        } as Activity);
    });
    expect(outcomes(await world.run())).toMatchObject({ replaced: 1 });
    expect(groupOf(world.cloud).desired).toBe(world.before.desired);
    await expectWhole(world);
  });

  test('and it was raised while the group evened out its zones, and so launched nothing for it, it is not raised again', async () => {
    await open(1, true);
    world.onEvent((_, { type, details }) => {
      if (type !== 'TaskStateEntered' || details?.value.name !== 'RaiseDesired') return;
      // One that the group has launched for its zones, and would have scaled in an old one for.
      void world.clock.sleep(100).then(() => groupOf(world.cloud).wanted.splice(0));
    });
    expect(outcomes(await world.run())).toMatchObject({ replaced: 1 });
    expect(launched(world)).toBe(1);
    await expectWhole(world);
  });

  test.each([1, 4])('and it was not, %i times, it is raised', async (times) => {
    await open(times, false);
    expect(outcomes(await world.run())).toMatchObject({ replaced: 1 });
    expect(launched(world)).toBe(1);
    await expectWhole(world);
  });

  test('and it was not, it is raised, though the clock here is slow by hours', async () => {
    await open(1, false);
    world.setClock(-7200);
    expect(outcomes(await world.run())).toMatchObject({ replaced: 1 });
    await expectWhole(world);
  });

  test('whenever it is tried, somebody has to recover', async () => {
    await open(5, false);
    const view = await world.run();
    expect(view.notWhole).toBeDefined();
    expect(view.instances[0]?.reason).toContain('no replacement could be launched: AutoScaling.SdkClientException');
    await world.clock.run(world.runs.recover(view.runId));
    await expectWhole(world);
  });
});

test('a member that died just after its attach, whose answers were lost, is replaced by its group and by nobody else', async () => {
  const world: RolloutWorld = makeWorld({
    rollback: 'replace',
    interfere: async ({ stateName, arguments: input }) => {
      if (stateName !== 'Attach') return;
      const { InstanceIds = [] } = input as { InstanceIds?: string[] };
      const machine = world.cloud.machine(InstanceIds[0] ?? '');
      if (machine.state === 'running') {
        await world.cloud.somebodyElse.autoscaling.attachInstances({ AutoScalingGroupName: GROUP, InstanceIds });
        terminate(world.cloud.world, machine);
      }
      throw new TaskFailure('States.Timeout', 'no answer in time');
    },
  });
  expect(outcomes(await world.run())).toMatchObject({ gone: 1 });
  expect(launched(world)).toBe(1);
  await expectWhole(world);
});

describe('a process that sleeps while another machine replaces the instance', () => {
  const states = ['LookAtMachineState', 'NoteRaise', 'PutRaise', 'RaiseDesired', 'DropRaise', 'NoteRaised'];
  const cases = states.flatMap((state) => [
    [state, 'while EC2 still knows the instance', 600] as const,
    [state, 'when EC2 has forgotten it', 7200] as const,
  ]);
  test.each(cases)('and wakes at %s %s, launches nothing more and leaves nothing', async (state, _, seconds) => {
    const world = await brokenWorld({ durable: true });
    const died = world.dieAt((_, { details }) => details?.value.name === state);
    const id = await world.start();
    await died;
    await world.sleep(36_000);
    await world.clock.run(world.another().runs.recover(id, { group: GROUP, order: undefined }));
    await world.sleep(seconds);
    world.restart();
    await world.runs.resume();
    await world.follow(id);
    await world.clock.run(world.runs.recover(id));
    await world.sleep(600);
    expect(launched(world)).toBe(1);
    await expectWhole(world);
  });

  test('takes no tag off it that the run has set which holds it now', async () => {
    const world = await brokenWorld({
      durable: true,
      hooks: { beforeDetach: [{ document: 'Hook', timeout: '20m' }] },
    });
    world.cloud.addDocument('Hook', { seconds: 60 });
    const died = world.dieAt((_, { details }) => details?.value.name === 'WaitForHook');
    const sleeper = await world.start();
    await died;
    await world.sleep(36_000);
    const other = world.another();
    await world.clock.run(other.runs.recover(sleeper, { group: GROUP, order: undefined }));
    const patching = new Promise<void>((resolve) => {
      other.engine.onEvent((_, { details }) => details?.value.name === 'AwaitPatch' && resolve());
    });
    const holder = await world.clock.run(world.plan().then((made) => other.runs.start(made, { kind: 'api' })));
    await world.clock.run(patching);
    world.restart();
    await world.runs.resume();
    await world.follow(sleeper);
    const [id = ''] = world.watched.patchedInOrder;
    expect(world.cloud.machine(id).tags.get('drydock:run-id')).toBe(holder);
    expect(outcomes(await world.clock.run(other.runs.follow(holder)))).toMatchObject({ replaced: 1 });
    await world.clock.run(world.runs.recover(sleeper));
    await expectWhole(world);
  });
});

test('an instance whose tags somebody removed in the dock is replaced all the same', async () => {
  const world = await brokenWorld();
  world.onEvent((_, { type, details }) => {
    if (type !== 'TaskStateEntered' || details?.value.name !== 'AwaitPatch') return;
    const { tags } = world.cloud.machine(world.watched.patchedInOrder.at(-1) ?? '');
    for (const key of [...tags.keys()]) if (key.startsWith('drydock:')) tags.delete(key);
  });
  expect(outcomes(await world.run())).toMatchObject({ replaced: 1 });
  expect(launched(world)).toBe(1);
  await expectWhole(world);
});

test('desired capacity is raised though another instance left between the looks at it, and the first raise was refused', async () => {
  let refused = 0;
  let broken = '';
  const leaving = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const world: RolloutWorld = makeWorld({
    rollback: 'replace',
    group: { min: 1, max: 6 },
    rollout: { maxUnavailable: 2, canary: 1, maxFailures: 3, bake: '0s' },
    interfere: async ({ stateName, arguments: input }) => {
      const isOther = !JSON.stringify(input).includes(broken);
      if (stateName === 'Detach' && isOther && world.cloud.callCounts.get('autoscaling:detachInstances') === 2)
        await leaving.promise;
      if (stateName === 'NoteDesired') {
        leaving.resolve();
        await left.promise;
      }
      if (stateName !== 'RaiseDesired') return;
      refused += 1;
      if (refused === 1) throw new TaskFailure('AutoScaling.AutoScalingException', 'Rate exceeded');
    },
  });
  const planned = (await world.clock.run(world.plan())).waves.map(({ instances }) => instances);
  broken = planned[1]?.[0]?.instanceId ?? '';
  world.fault('patch-breaks-app', { instanceIds: [broken] });
  world.cloud.watch(({ action }) => {
    if (action === 'detachInstances' && world.cloud.callCounts.get('autoscaling:detachInstances') === 3)
      setImmediate(left.resolve);
  });
  expect(outcomes(await world.run())).toMatchObject({ replaced: 1 });
  expect({ refused, launched: launched(world) }).toEqual({ refused: 2, launched: 1 });
  await expectWhole(world);
});
