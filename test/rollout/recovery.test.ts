/** Recovery of runs of which nothing is left but the tags on what they touched: their machine, journal and table are gone. */
import { describe, expect, test } from 'vitest';
import { TaskFailure } from '../../src/interpreter/ports.ts';
import { recoverAll, recoverRun, type Surroundings } from '../../src/orchestrator/runs/recovery.ts';
import { terminate } from '../../src/simulator/machines.ts';
import { expectWhole } from './whole.ts';
import { GROUP, groupOf, lifecycle, makeWorld, outcomes, type RolloutWorld, tagged } from './world.ts';

const HOUR = 3600;

/** As `drydock recover` sees it, where no policy says anything of the group. */
const where = (world: RolloutWorld, force?: boolean): Surroundings => ({
  cloud: world.cloud,
  now: world.clock.now(),
  ...(force === undefined ? {} : { force }),
  orderOf: async () => undefined,
});

/** Whatever carries the run out is gone when the first instance comes to that state; another machine is at hand. */
async function lostAt(state: string, world: RolloutWorld): Promise<string> {
  const gone = world.dieAt((_, { details }) => details?.value.name === state);
  const id = await world.start();
  await gone;
  world.startElsewhere();
  return id;
}

/** One state of each part of an instance's way, and of the rollout's own. */
const STATES = [
  ['WaitForOthers', []],
  ['LowerMinimum', []],
  ['WaitForDrain', ['rolled-back']],
  ['TagPatching', ['rolled-back']],
  ['AwaitPatch', ['patched']],
  ['LookInDock', ['patched']],
  ['InDock', ['patched']],
  ['WaitForService', ['patched']],
  ['BakeWave', []],
] as const;

describe.each(['detach', 'standby'])(
  'a run that took instances out by %s, of which only tags are left',
  (isolation) => {
    test.each(STATES)('is made whole after it was lost at %s', async (state, outcomes) => {
      const world = makeWorld({ rollout: { isolation }, group: { min: 4 } });
      const id = await lostAt(state, world);
      const { mended, notWhole } = await world.clock.run(world.runs.recover(id, { group: GROUP, order: undefined }));
      expect(notWhole).toBeUndefined();
      expect(mended.map(({ outcome }) => outcome)).toEqual(outcomes);
      for (const each of world.ids) expect(lifecycle(world.cloud, each)).toBe('InService');
      await expectWhole(world);
    });

    test('is made whole after it was lost while it put a root volume back', async () => {
      const world = makeWorld({ rollout: { isolation } });
      world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
      const id = await lostAt('WaitForRestore', world);
      const { mended } = await world.clock.run(world.runs.recover(id, { group: GROUP, order: undefined }));
      expect(mended.map(({ outcome }) => outcome)).toEqual(['rolled-back']);
      await expectWhole(world);
    });
  },
);

describe('a recovery', () => {
  test('leaves a run alone that is not known here as long as its lease holds', async () => {
    const world = makeWorld();
    const id = await lostAt('AwaitPatch', world);
    const { elsewhere, recovered } = await world.clock.run(recoverAll(world.runs, where(world), world.follow));
    expect(recovered).toEqual([]);
    expect(elsewhere).toMatchObject([{ runId: id, group: GROUP, why: expect.stringMatching(/its lease holds until/) }]);
    await expect(world.clock.run(recoverRun(world.runs, id, world.follow, where(world)))).rejects.toMatchObject({
      exitCode: 4,
      next: expect.stringMatching(/--force/),
    });
  });

  test('recovers it once the lease is over', async () => {
    const world = makeWorld();
    const id = await lostAt('AwaitPatch', world);
    await world.sleep(10 * HOUR);
    const { recovered } = await world.clock.run(recoverAll(world.runs, where(world), world.follow));
    expect(recovered).toMatchObject([{ runId: id, mended: [{ outcome: 'patched' }] }]);
    await expectWhole(world);
  });

  test('recovers it at once when somebody knows that it is dead', async () => {
    const world = makeWorld();
    const id = await lostAt('AwaitPatch', world);
    const { recovered } = await world.clock.run(recoverRun(world.runs, id, world.follow, where(world, true)));
    expect(recovered).toMatchObject([{ runId: id }]);
    await expectWhole(world);
  });

  test('finds by its instances a run whose marks somebody took off the group', async () => {
    const world = makeWorld({ group: { min: 1 }, rollout: { suspend: [] } });
    const id = await lostAt('AwaitPatch', world);
    for (const key of groupOf(world.cloud).tags.keys())
      if (key.startsWith('drydock:')) groupOf(world.cloud).tags.delete(key);
    const { recovered } = await world.clock.run(recoverAll(world.runs, where(world, true), world.follow));
    expect(recovered).toMatchObject([{ runId: id, mended: [{ outcome: 'patched' }] }]);
    await expectWhole(world);
  });

  test.each(['detach', 'standby'])('replaces one that is terminated on its way out, by %s', async (isolation) => {
    const world = makeWorld({ rollout: { isolation } });
    const id = await lostAt('WaitForDrain', world);
    const [[leaving = ''] = []] = Object.entries(tagged(world.cloud));
    expect(lifecycle(world.cloud, leaving)).toMatch(/^(Detaching|EnteringStandby)$/);
    terminate(world.cloud.world, world.cloud.machine(leaving));
    const { mended } = await world.clock.run(world.runs.recover(id, { group: GROUP, order: undefined }));
    expect(mended).toMatchObject([{ instanceId: leaving, outcome: 'replaced' }]);
    await expectWhole(world);
  });

  test('says what it has made whole also where something else is not', async () => {
    const world = makeWorld({ group: { size: 4, min: 1 }, rollout: { canary: 2, maxUnavailable: 2 } });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.filter(({ step }) => step === 'patching').length === 2);
    await world.clock.run(world.stop(id));
    const [kept = '', refused = ''] = Object.keys(tagged(world.cloud));
    const { cloud } = world;
    cloud.machine(refused).faults.attachesRefused = Number.POSITIVE_INFINITY;
    world.deny('autoscaling:executePolicy');
    const recovery = await world.clock.run(world.runs.recover(id));
    expect(recovery.notWhole).toBe(`${refused} could not be made whole`);
    expect(recovery.mended).toMatchObject([{ instanceId: kept }]);
  });

  test('puts the minimum back to the maximum where somebody has lowered that meanwhile', async () => {
    const world = makeWorld({ group: { min: 4 } });
    const id = await lostAt('BakeWave', world);
    await world.cloud.somebodyElse.autoscaling.updateAutoScalingGroup({ AutoScalingGroupName: GROUP, MaxSize: 3 });
    const { notWhole } = await world.clock.run(world.runs.recover(id, { group: GROUP, order: undefined }));
    expect(notWhole).toBeUndefined();
    expect(groupOf(world.cloud)).toMatchObject({ min: 3, max: 3 });
  });

  test('that cannot see an instance leaves it its tags, and the next one makes it whole', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'patching'));
    await world.clock.run(world.stop(id));
    for (const call of ['autoscaling:describeAutoScalingInstances', 'ec2:describeInstances']) {
      world.deny(call);
      expect((await world.clock.run(world.runs.recover(id))).notWhole).toBeDefined();
      world.allow(call);
    }
    expect((await world.clock.run(world.runs.recover(id))).notWhole).toBeUndefined();
    await expectWhole(world);
  });

  test('leaves one in service that its run had not taken out yet, also when it is sick', async () => {
    const world = makeWorld({
      hooks: { beforeDetach: [{ document: 'Hook', timeout: '20m' }] },
      group: { healthCheckType: 'EC2' },
    });
    world.cloud.addDocument('Hook', { seconds: 600 });
    const first = world.cloud.machine(await world.firstPlanned());
    const id = await world.start();
    await world.sleep(200);
    expect(first.tags.get('drydock:phase')).toBe('isolating');
    await world.clock.run(world.stop(id));
    first.content = { ...first.content, brokenStatus: 500 };
    world.cloud.world.machineChanged(first);
    expect((await world.clock.run(world.runs.recover(id))).notWhole).toBeUndefined();
    expect(first).toMatchObject({ state: 'running' });
    expect(lifecycle(world.cloud, first.id)).toBe('InService');
    expect(tagged(world.cloud)).toEqual({});
  });

  test('does no harm twice at once', async () => {
    const world = makeWorld({ rollback: 'replace' });
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const id = await lostAt('WaitForReplacement', world);
    const recover = () => world.runs.recover(id, { group: GROUP, order: undefined });
    const both = await world.clock.run(Promise.all([recover(), recover()]));
    expect(both.map(({ notWhole }) => notWhole)).toEqual([undefined, undefined]);
    await expectWhole(world);
  });

  test('waits for the one that a process which died had begun, and another went on with', async () => {
    const world = makeWorld({ durable: true, rollback: 'replace' });
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const stopped = new Promise<void>((resolve) => {
      world.engine.onEvent((_, { details }) => details?.value.name === 'WaitForReplacement' && resolve());
    });
    const id = await world.start();
    await world.clock.run(stopped.then(() => world.stop(id)));
    const died = world.dieAt((arn, { details }) => arn.includes('recover') && details?.value.name === 'MakeWhole');
    void world.runs.recover(id).catch(() => {});
    await died;
    await world.sleep(5 * HOUR);
    world.restart();
    await world.runs.resume();
    const inHand = new Set<string>();
    let most = 0;
    world.engine.onEvent((arn, { type, details }) => {
      if (type === 'MapStateEntered' && details?.value.name === 'MakeWhole') inHand.add(arn);
      if (type === 'MapStateExited' && details?.value.name === 'MakeWhole') inHand.delete(arn);
      most = Math.max(most, inHand.size);
    });
    const { mended, notWhole } = await world.clock.run(world.runs.recover(id));
    expect({ mended, notWhole, most }).toEqual({ mended: [], notWhole: undefined, most: 1 });
    await expectWhole(world);
  });

  test('that waited for another takes nothing from a run that began meanwhile', async () => {
    const world = makeWorld({ rollback: 'replace', group: { min: 4 } });
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const id = await lostAt('WaitForReplacement', world);
    const recover = () => world.runs.recover(id, { group: GROUP, order: undefined });
    let later = '';
    const [, second] = await world.clock.run(
      Promise.all([
        recover().then(async () => {
          later = await world.start();
        }),
        recover(),
      ]),
    );
    expect(second.notWhole).toBeUndefined();
    await world.until(later, ({ instances }) => instances.some(({ step }) => step === 'patching'));
    const { min, tags } = groupOf(world.cloud);
    expect({ min, holder: tags.get('drydock:run-id')?.value }).toEqual({ min: 3, holder: later });
    expect(await world.follow(later)).toMatchObject({ status: 'succeeded' });
    await expectWhole(world);
  });

  test('does not take a minimum that somebody has just set for the one that the run had lowered', async () => {
    const world = makeWorld({ group: { min: 4 } });
    const id = await lostAt('AwaitPatch', world);
    world.fault('stale-reads', { rate: 1e-9 });
    world.onEvent((_, { type, details }) => {
      if (type !== 'MapStateExited' || details?.value.name !== 'MakeWhole') return;
      const input = { AutoScalingGroupName: GROUP, MinSize: 1 };
      const look = { AutoScalingGroupNames: [GROUP], IncludeInstances: false };
      const before = world.cloud.autoscaling.describeAutoScalingGroups(look);
      void before.then(async () => {
        await world.cloud.somebodyElse.autoscaling.updateAutoScalingGroup(input);
        world.fault('stale-reads', { rate: 1 });
      });
    });
    const recovery = await world.clock.run(world.runs.recover(id, { group: GROUP, order: undefined }));
    expect(recovery.notWhole).toBeUndefined();
    expect(groupOf(world.cloud).min).toBe(1);
  });

  test('replaces first whom the tags of the group tell of, since nothing else says that desired capacity was raised', async () => {
    const world = makeWorld({
      rollback: 'replace',
      group: { min: 4 },
      rollout: { canary: 2, maxUnavailable: 2, maxFailures: 2 },
    });
    world.fault('patch-breaks-app', { instanceIds: world.ids });
    await lostAt('NoteRaised', world);
    const { recovered } = await world.clock.run(recoverAll(world.runs, where(world, true), world.follow));
    expect(recovered[0]?.mended.map(({ outcome }) => outcome)).toEqual(['replaced', 'replaced']);
    await expectWhole(world);
  });

  test.each([0, 3])('launches one replacement also where two machines begin it, %i s apart', async (apart) => {
    const world = makeWorld({ durable: true, rollback: 'replace', group: { min: 1 } });
    world.fault('stale-reads', { rate: 1e-9 });
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const died = world.dieAt((_, { details }) => details?.value.name === 'LookAtMachineState');
    const id = await world.start();
    await died;
    const recover = () => world.another().runs.recover(id, { group: GROUP, order: undefined });
    const later = world.clock.sleep(apart * 1000).then(recover);
    const both = await world.clock.run(Promise.all([recover(), later]));
    expect(both.map(({ notWhole }) => notWhole)).toEqual([undefined, undefined]);
    const { activities } = groupOf(world.cloud);
    expect(activities.filter(({ Description = '' }) => Description.startsWith('Launching'))).toHaveLength(1);
    world.startElsewhere();
    await expectWhole(world);
  });

  test('does not take the replacement of another instance, by another machine, for its own', async () => {
    let late = '';
    const [there, isLate] = [new Set<string>(), { yet: false }];
    const world: RolloutWorld = makeWorld({
      durable: true,
      rollback: 'replace',
      group: { size: 6, min: 2, max: 12 },
      rollout: { maxUnavailable: 2, canary: 2, maxFailures: 1 },
      interfere: async ({ resource, executionArn, arguments: input }) => {
        if (isLate.yet || !there.has(executionArn) || !resource.endsWith(':describeInstances')) return;
        if (!JSON.stringify(input).includes(late)) return;
        isLate.yet = true;
        await world.clock.sleep(3000);
      },
    });
    const [canaries = []] = (await world.clock.run(world.plan())).waves.map(({ instances }) => instances);
    const ids = canaries.map(({ instanceId }) => instanceId);
    late = ids[0] ?? '';
    world.fault('patch-breaks-app', { instanceIds: ids });
    let broken = 0;
    const died = world.dieAt((_, { details, type }) => {
      if (type === 'TaskStateEntered' && details?.value.name === 'LookAtMachineState') broken += 1;
      return broken === 2;
    });
    const id = await world.start();
    await died;
    await world.sleep(30);
    const [here, other] = [world.another(), world.another()];
    other.engine.onEvent((arn) => there.add(arn));
    const recover = (of: typeof here) => of.runs.recover(id, { group: GROUP, order: undefined });
    const later = world.clock.sleep(1000).then(() => recover(other));
    await world.clock.run(Promise.all([recover(here), later]));
    await world.sleep(HOUR);
    expect(isLate.yet).toBe(true);
    expect(groupOf(world.cloud)).toMatchObject({ desired: 6, serving: 6 });
  });

  test.each([1, 4])('raises once where the one that may gets no answer %i times before', async (times) => {
    let slow = '';
    let tries = 0;
    const world: RolloutWorld = makeWorld({
      durable: true,
      rollback: 'replace',
      group: { min: 1, max: 8 },
      interfere: async ({ stateName, executionArn, signal }) => {
        if (stateName !== 'PutRaise') return;
        slow ||= executionArn;
        tries += 1;
        if (executionArn === slow && tries <= times) await world.clock.sleep(60_000, signal);
      },
    });
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const died = world.dieAt((_, { details }) => details?.value.name === 'LookAtMachineState');
    const id = await world.start();
    await died;
    await world.sleep(30);
    const recover = () => world.another().runs.recover(id, { group: GROUP, order: undefined });
    await world.clock.run(Promise.all([recover(), world.clock.sleep(1000).then(recover)]));
    await world.sleep(HOUR);
    expect(groupOf(world.cloud)).toMatchObject({ desired: 4, serving: 4 });
  });

  test('does not wait for the place of an instance that another machine has replaced', async () => {
    const world = makeWorld({
      durable: true,
      rollback: 'replace',
      group: { size: 6, min: 2, max: 8 },
      rollout: { maxUnavailable: 2, canary: 2, maxFailures: 1 },
    });
    const [canaries = []] = (await world.clock.run(world.plan())).waves.map(({ instances }) => instances);
    world.fault('patch-breaks-app', { instanceIds: canaries.map(({ instanceId }) => instanceId) });
    const comesTo = (state: string) =>
      world.dieAt((_, { details, type }) => type.endsWith('Entered') && details?.value.name === state);
    const died = comesTo('NoteRaised');
    const id = await world.start();
    await died;
    await world.sleep(30);
    world.restart();
    await world.clock.run(world.stop(id));
    const diedAgain = comesTo('MakeWhole');
    void world.runs.recover(id).catch(() => {});
    await diedAgain;
    const other = world.another();
    const isReplaced = new Promise<void>((resolve) => {
      other.engine.onEvent((_, { details }) => details?.value.name === 'LeaveReplacing' && resolve());
    });
    void other.runs.recover(id, { group: GROUP, order: undefined }).catch(() => {});
    await world.clock.run(isReplaced);
    await other.close();
    world.restart();
    await world.runs.resume();
    await world.sleep(HOUR);
    await expectWhole(world);
  });

  test('does not wait for the replacement of one that its group has replaced', async () => {
    const world = makeWorld({
      rollback: 'replace',
      group: { min: 1, max: 6 },
      rollout: { maxUnavailable: 2, canary: 2, maxFailures: 4 },
    });
    const [first = [], ...rest] = (await world.clock.run(world.plan())).waves.map(({ instances }) => instances);
    expect(rest.length).toBeGreaterThan(0);
    const [lost = '', broken = ''] = first.map(({ instanceId }) => instanceId);
    world.fault('patch-breaks-app', { instanceIds: [broken] });
    const ways = new Map<string, string>();
    let isLost = false;
    const replacing = new Promise<void>((resolve) => {
      world.onEvent((arn, { type, details }) => {
        const input = type === 'ExecutionStarted' && /"instanceId":"([^"]+)"/.exec(String(details?.value.input));
        if (input) ways.set(arn, input[1] ?? '');
        if (ways.get(arn) !== lost) return;
        if (details?.value.name === 'LookForReplacement') resolve();
        if (details?.value.name !== 'LookAtService' || isLost) return;
        isLost = true;
        const request = { InstanceId: lost, ShouldDecrementDesiredCapacity: false };
        void world.cloud.somebodyElse.autoscaling.terminateInstanceInAutoScalingGroup(request);
      });
    });
    const id = await world.start();
    await world.clock.run(replacing);
    await world.clock.run(world.stop(id));
    const began = world.clock.now();
    expect((await world.clock.run(world.runs.recover(id))).notWhole).toBeUndefined();
    expect((world.clock.now() - began) / 60_000).toBeLessThan(30);
    await expectWhole(world);
  });

  test('does not give up a replacement because the clock jumps', async () => {
    const world = makeWorld({ durable: true, rollback: 'replace', group: { min: 1, max: 6 } });
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const comesToReplace = new Promise<void>((resolve) => {
      world.onEvent((_, { details }) => details?.value.name === 'TakeReplacing' && resolve());
    });
    const id = await world.start();
    await world.clock.run(comesToReplace);
    await world.clock.run(world.stop(id));
    let hasJumped = false;
    world.onEvent((_, { details }) => {
      if (details?.value.name !== 'WaitForReplacement' || hasJumped) return;
      hasJumped = true;
      world.setClock(14 * HOUR);
    });
    expect((await world.clock.run(world.runs.recover(id))).notWhole).toBeUndefined();
    expect(hasJumped).toBe(true);
    await expectWhole(world);
  });

  test('changes nothing of what a run that ended well has written of itself', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    const written = await world.record(runId);
    await world.clock.run(world.runs.recover(runId));
    const { recoveredBy, aborted, paused, ...after } = await world.record(runId);
    expect(recoveredBy).toBeDefined();
    expect({ ...after, aborted: written.aborted, paused }).toEqual(written);
  });

  test('of a run that nobody ever heard of touches nothing', async () => {
    const world = makeWorld();
    const recovery = await world.clock.run(world.runs.recover('nothing', { group: GROUP, order: undefined }));
    expect(recovery).toMatchObject({ mended: [] });
    await expect(world.clock.run(recoverRun(world.runs, 'nothing', world.follow, where(world)))).rejects.toMatchObject({
      exitCode: 2,
    });
    await expectWhole(world);
  });
});

test.each(['detach', 'standby'])(
  'one that was replaced and kept its tags is not replaced again: %s',
  async (isolation) => {
    let isOut = true;
    const world = makeWorld({
      rollback: 'replace',
      group: { min: 1, max: 8 },
      rollout: { isolation },
      interfere: async ({ resource }) => {
        if (isOut && resource.endsWith('ec2:deleteTags'))
          throw new TaskFailure('Ec2.Ec2Exception', 'ServiceUnavailable');
      },
    });
    const broken = await world.firstPlanned();
    world.fault('patch-breaks-app', { instanceIds: [broken] });
    const view = await world.run();
    expect(view.instances).toContainEqual(
      expect.objectContaining({ outcome: 'replaced', reason: expect.stringMatching(/^unhealthy after the patch/) }),
    );
    isOut = false;
    world.startElsewhere();
    expect(await world.clock.run(world.runs.recover(view.runId, { group: GROUP, order: undefined }))).toMatchObject({
      mended: [{ instanceId: broken, outcome: 'replaced' }],
    });
    await expectWhole(world);
  },
);

test('one whose tags could neither say that it was replaced nor be removed is not whole, and not replaced again', async () => {
  let isOut = true;
  const world = makeWorld({
    rollback: 'replace',
    group: { min: 1, max: 8 },
    interfere: async ({ stateName }) => {
      if (isOut && ['TagReplaced', 'Untag', 'CloseAsFailed'].includes(stateName))
        throw new TaskFailure('Ec2.Ec2Exception', 'ServiceUnavailable');
    },
  });
  const broken = await world.firstPlanned();
  world.fault('patch-breaks-app', { instanceIds: [broken] });
  const view = await world.run();
  expect(view).toMatchObject({ notWhole: expect.stringContaining(broken) });
  isOut = false;
  expect(await world.clock.run(world.runs.recover(view.runId))).toMatchObject({
    mended: [{ instanceId: broken, outcome: 'replaced' }],
  });
  await expectWhole(world);
});

test('one that was replaced and may not be terminated keeps nobody from being replaced in a recovery', async () => {
  const protectedOnes = new Set<string>();
  const world = makeWorld({
    rollback: 'replace',
    group: { size: 6, min: 2, max: 8 },
    rollout: { maxUnavailable: 2, canary: 2, maxFailures: 1 },
    interfere: async ({ resource, arguments: input }) => {
      if (!resource.endsWith(':terminateInstances')) return;
      if (protectedOnes.size === 0) protectedOnes.add(JSON.stringify(input));
      if (protectedOnes.has(JSON.stringify(input))) throw new TaskFailure('Ec2.Ec2Exception', 'OperationNotPermitted');
    },
  });
  const { waves } = await world.clock.run(world.plan());
  world.fault('patch-breaks-app', { instanceIds: waves[0]?.instances.map(({ instanceId }) => instanceId) ?? [] });
  const id = await lostAt('TerminateBroken', world);
  const began = world.clock.now();
  const recovery = await world.clock.run(world.runs.recover(id, { group: GROUP, order: undefined }));
  expect(recovery.mended).toMatchObject([{ outcome: 'replaced' }]);
  expect(recovery.notWhole).toMatch(/could not be made whole/);
  expect(world.clock.now() - began).toBeLessThan(1_000_000);
  expect(groupOf(world.cloud).desired).toBe(6);
});

describe.each(['the recovery', 'somebody'])(
  'a broken instance that is protected from termination until %s ends it',
  (who) => {
    test('does not keep the one beside it from being replaced, and is replaced once', async () => {
      let held: string | undefined;
      let isProtected = true;
      const world = makeWorld({
        rollback: 'replace',
        group: { size: 6, min: 2, max: 8 },
        rollout: { maxUnavailable: 2, canary: 2, maxFailures: 1 },
        interfere: async ({ resource, arguments: input }) => {
          if (!resource.endsWith(':terminateInstances') || !isProtected) return;
          held ??= JSON.stringify(input);
          if (held === JSON.stringify(input)) throw new TaskFailure('Ec2.Ec2Exception', 'OperationNotPermitted');
        },
      });
      const { waves } = await world.clock.run(world.plan());
      const canaries = waves[0]?.instances.map(({ instanceId }) => instanceId) ?? [];
      world.fault('patch-breaks-app', { instanceIds: canaries });
      const view = await world.run();
      expect(outcomes(view)).toMatchObject({ failed: 1, replaced: 1 });
      isProtected = false;
      const left = canaries.find((id) => held?.includes(id)) ?? '';
      if (who === 'somebody') terminate(world.cloud.world, world.cloud.machine(left));
      expect(await world.clock.run(world.runs.recover(view.runId))).toMatchObject({
        mended: [{ instanceId: left, outcome: 'replaced' }],
      });
      await world.sleep(HOUR);
      await expectWhole(world);
    });
  },
);
