/** Rolling back what a run has patched: by `runs rollback` once it is over, and by the run itself where the policy wants it. */
import { describe, expect, test } from 'vitest';
import { patchedBy } from '../../src/orchestrator/runs/rollback.ts';
import { localRunItems } from '../../src/orchestrator/table/run-items.ts';
import { expectWhole } from './whole.ts';
import { GROUP, groupOf, has, instance, KERNEL, makeWorld, outcomes, type RolloutWorld } from './world.ts';

const DAY = 86_400;
const PERSON = { kind: 'person', by: 'ann' } as const;

/** Begins the rollback of a run that is over, as somebody does who has seen that these do not serve. */
async function rollBack(world: RolloutWorld, id: string, sick: string[] = []): Promise<string> {
  return world.clock.run(world.runs.rollbackOf(id).then((found) => world.runs.rollBack(found, sick, PERSON)));
}

const patchedNow = (world: RolloutWorld) => world.ids.filter((id) => has(world.cloud, id, KERNEL));

describe('a finished run that is rolled back', () => {
  test('leaves every instance as it was before, the newest first, one at a time', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    expect(patchedNow(world)).toHaveLength(4);
    const view = await world.follow(await rollBack(world, runId));
    expect(view).toMatchObject({ status: 'succeeded', rollbackOf: runId, trigger: 'person: ann' });
    expect(outcomes(view)).toEqual({ 'rolled-back': 4 });
    expect(patchedNow(world)).toEqual([]);
    const began = view.instances.map(({ instanceId, startedAt }) => ({ instanceId, startedAt: startedAt ?? '' }));
    expect(began.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)).map(({ instanceId }) => instanceId)).toEqual(
      world.watched.patchedInOrder.toReversed(),
    );
    await expectWhole(world);
  });

  test('takes the ones first that do not serve, and waits for nobody to be healthy before them', async () => {
    const world = makeWorld({ group: { healthCheckType: 'EC2' } });
    const { runId } = await world.run();
    const [oldest = ''] = world.watched.patchedInOrder;
    const machine = world.cloud.machine(oldest);
    machine.content = { ...machine.content, brokenStatus: 500 };
    world.cloud.world.machineChanged(machine);
    const view = await world.follow(await rollBack(world, runId, [oldest]));
    expect(outcomes(view)).toEqual({ 'rolled-back': 4 });
    expect(instance(view, oldest).wave).toBe(1);
    expect(patchedNow(world)).toEqual([]);
  });

  test('is left alone when another run has patched its instances since: that one is rolled back first', async () => {
    const world = makeWorld();
    const { runId: older } = await world.run();
    // Missing again, for whatever reason.
    for (const id of world.ids) {
      const machine = world.cloud.machine(id);
      machine.content = { ...machine.content, installed: new Set() };
    }
    const scan = { DocumentName: 'AWS-RunPatchBaseline', InstanceIds: world.ids, Parameters: { Operation: ['Scan'] } };
    await world.clock.run(world.cloud.ssm.sendCommand(scan).then(() => {}));
    await world.sleep(600);
    const { runId: newer } = await world.run();
    await expect(rollBack(world, older)).rejects.toMatchObject({
      exitCode: 2,
      message: `run ${older} cannot be rolled back: run ${newer} has patched 4 of its instances since, and would be undone with it`,
      next: expect.stringContaining(`drydock runs rollback ${newer}`),
    });
    expect(outcomes(await world.follow(await rollBack(world, newer)))).toEqual({ 'rolled-back': 4 });
    expect(outcomes(await world.follow(await rollBack(world, older)))).toEqual({ 'rolled-back': 4 });
    expect(patchedNow(world)).toEqual([]);
    await expectWhole(world);
  });

  test('can be aborted, and rolled back once more for the rest', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    const first = await rollBack(world, runId);
    await world.until(first, ({ instances }) => instances.some(({ outcome }) => outcome === 'patching'));
    await world.runs.steer(first, 'abort');
    expect(outcomes(await world.follow(first))).toEqual({ 'rolled-back': 1, skipped: 3 });
    await expectWhole(world);
    const view = await world.follow(await rollBack(world, runId));
    expect(view.status).toBe('succeeded');
    expect(outcomes(view)).toEqual({ 'rolled-back': 3 });
    expect(patchedNow(world)).toEqual([]);
    await expectWhole(world);
  });

  test('is not rolled back twice: what was written since would be lost', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    await world.follow(await rollBack(world, runId));
    await expect(world.clock.run(world.runs.rollbackOf(runId))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/what it had patched was rolled back already/),
    });
  });

  test('can be paused and resumed', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    const id = await rollBack(world, runId);
    await world.until(id, ({ instances }) => instances.some(({ outcome }) => outcome === 'patching'));
    await world.runs.steer(id, 'pause');
    await world.sleep(3600);
    expect(patchedNow(world)).toHaveLength(3);
    await world.runs.steer(id, 'resume');
    expect(await world.follow(id)).toMatchObject({ status: 'succeeded' });
    expect(patchedNow(world)).toEqual([]);
  });

  test('is gone on with by another process when the first dies', async () => {
    const world = makeWorld({ durable: true });
    const { runId } = await world.run();
    const died = world.dieAt((_, { details }) => details?.value.name === 'WaitForRestore');
    const id = await rollBack(world, runId);
    await died;
    world.restart();
    expect(await world.runs.resume()).toEqual([id]);
    expect(outcomes(await world.follow(id))).toEqual({ 'rolled-back': 4 });
    await expectWhole(world);
  });

  test('is made whole by recovery when its execution is stopped in the middle of a volume', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    const id = await rollBack(world, runId);
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'rolling back'));
    await world.sleep(1);
    await world.clock.run(world.stop(id));
    const recovery = await world.clock.run(world.runs.recover(id));
    expect(recovery).toMatchObject({ mended: [{ outcome: 'rolled-back' }] });
    expect(patchedNow(world)).toHaveLength(3);
    await expectWhole(world);
  });

  test('leaves those alone that it has no snapshot of any more', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    const [kept] = await patchedBy(localRunItems(world.store.database, 'drydock'), runId);
    world.cloud.world.snapshots.delete(kept?.snapshotId ?? '');
    const view = await world.follow(await rollBack(world, runId));
    expect(outcomes(view)).toEqual({ 'rolled-back': 3, skipped: 1 });
    expect(instance(view, kept?.instanceId ?? '').reason).toMatch(/snapshot .* is not usable/);
    await expectWhole(world);
  });

  test.each([
    ['ec2:createReplaceRootVolumeTask', 'root volume could not be restored'],
    ['ec2:describeSnapshots', 'could not be looked at'],
  ])('halts at the first that it cannot put back without %s, and leaves all in service', async (call, why) => {
    const world = makeWorld();
    const { runId } = await world.run();
    world.deny(call);
    const view = await world.follow(await rollBack(world, runId));
    expect(view).toMatchObject({ status: 'halted', halted: { reason: expect.stringContaining(why) } });
    expect(outcomes(view)).toEqual({ skipped: 4 });
    expect(patchedNow(world)).toHaveLength(4);
    await expectWhole(world);
  });

  test('puts nothing back that another rollback, decided on at the same time, has put back already', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    const [one, two] = await world.clock.run(Promise.all([world.runs.rollbackOf(runId), world.runs.rollbackOf(runId)]));
    const carriedOut = async (rollback: typeof one) =>
      outcomes(await world.follow(await world.clock.run(world.runs.rollBack(rollback, [], PERSON))));
    expect(await carriedOut(one)).toEqual({ 'rolled-back': 4 });
    expect(await carriedOut(two)).toEqual({ skipped: 4 });
    expect(world.cloud.callCounts.get('ec2:createReplaceRootVolumeTask')).toBe(4);
  });

  test('leaves the soak gate open as long as it has put nothing back', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    world.deny('autoscaling:describeAutoScalingGroups');
    await world.follow(await rollBack(world, runId));
    expect(await world.clock.run(world.runs.finished('test'))).toHaveLength(1);
  });

  test('opens no soak gate for what it took back', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    expect(await world.runs.finished('test')).toMatchObject([{ runId }]);
    await world.follow(await rollBack(world, runId));
    expect(await world.runs.finished('test')).toEqual([]);
  });

  test('is refused while it goes on, when it patched nothing, and when it kept no snapshots', async () => {
    const running = makeWorld();
    const id = await running.start();
    await running.sleep(60);
    await expect(running.runs.rollbackOf(id)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/is not over/),
    });

    const halted = makeWorld();
    halted.fault('patch-breaks-app', { instanceIds: [await halted.firstPlanned()] });
    const { runId } = await halted.run();
    await expect(halted.runs.rollbackOf(runId)).rejects.toMatchObject({
      message: expect.stringMatching(/it left no instance patched/),
    });

    const replacing = makeWorld({ rollback: 'replace' });
    const replaced = await replacing.run();
    await expect(replacing.runs.rollbackOf(replaced.runId)).rejects.toMatchObject({
      message: expect.stringMatching(/it kept no snapshots/),
    });
  });
});

describe('a policy that rolls the whole run back', () => {
  const failingThird = async (rollout: Record<string, unknown> = {}) => {
    const world = makeWorld({ rollout: { onFailure: 'rollback-run', ...rollout } });
    const made = await world.clock.run(world.plan());
    const third = made.waves.flatMap(({ instances }) => instances)[2]?.instanceId ?? '';
    world.fault('patch-breaks-app', { instanceIds: [third] });
    return { world, third };
  };

  test('puts back what was patched before the failure, and halts', async () => {
    const { world, third } = await failingThird();
    const view = await world.run();
    expect(view.status).toBe('halted');
    expect(view.halted?.reason).toMatch(
      new RegExp(`${third}: unhealthy after the patch: .*; what it had patched was rolled back`),
    );
    expect(outcomes(view)).toEqual({ 'rolled-back': 3, skipped: 1 });
    expect(patchedNow(world)).toEqual([]);
    await expectWhole(world);
  });

  test('does so only once more have failed than it tolerates', async () => {
    const { world } = await failingThird({ maxFailures: 1 });
    const view = await world.run();
    expect(view.status).toBe('succeeded');
    expect(outcomes(view)).toEqual({ patched: 3, 'rolled-back': 1 });
    await expectWhole(world);
  });

  test('begins with what fell sick after its own wave', async () => {
    const world = makeWorld({ group: { healthCheckType: 'EC2' }, rollout: { onFailure: 'rollback-run' } });
    const made = await world.clock.run(world.plan());
    const [first = '', , third = ''] = made.waves.flatMap(({ instances }) => instances.map((each) => each.instanceId));
    world.fault('patch-breaks-app', { instanceIds: [third] });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.filter(({ outcome }) => outcome === 'patched').length === 2);
    const machine = world.cloud.machine(first);
    machine.content = { ...machine.content, brokenStatus: 500 };
    world.cloud.world.machineChanged(machine);
    const view = await world.follow(id);
    expect(view.halted?.reason).toContain(third);
    expect(outcomes(view)).toEqual({ 'rolled-back': 3, skipped: 1 });
    expect(patchedNow(world)).toEqual([]);
  });

  test('asks no alarm before it', async () => {
    const { world } = await failingThird({ alarms: ['errors'] });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'rolling back'));
    world.deny('cloudwatch:describeAlarms');
    expect((await world.follow(id)).halted?.reason).toMatch(/what it had patched was rolled back$/);
    expect(patchedNow(world)).toEqual([]);
  });

  test('says how many it could not put back', async () => {
    const { world } = await failingThird();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'rolling back'));
    const snapshots = [...world.cloud.world.snapshots.keys()].slice(0, 1);
    for (const each of snapshots) world.cloud.world.snapshots.delete(each);
    expect((await world.follow(id)).halted?.reason).toMatch(/; 1 of what it had patched could not be rolled back$/);
  });

  test('says why it failed also where its rollback halts', async () => {
    const { world, third } = await failingThird();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'rolling back'));
    groupOf(world.cloud).instanceRefreshes.unshift({ InstanceRefreshId: 'r-1', Status: 'InProgress' });
    expect((await world.follow(id)).halted?.reason).toMatch(
      new RegExp(`^${third}: unhealthy.*; its rollback: an instance refresh of the group has begun`),
    );
    await expectWhole(world);
  });

  test('leaves patched what an abort keeps it from', async () => {
    const { world } = await failingThird();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.filter(({ outcome }) => outcome === 'rolled-back').length === 2);
    await world.runs.steer(id, 'abort');
    const view = await world.follow(id);
    expect(view.status).toBe('aborted');
    expect(outcomes(view)).toEqual({ patched: 1, 'rolled-back': 2, skipped: 1 });
    expect(patchedNow(world)).toHaveLength(1);
    await expectWhole(world);
  });
});

describe('a run that dies while it rolls itself back', () => {
  test.each(['Detach', 'WaitForDrain'])('at %s: what is still patched is kept as patched', async (state) => {
    const world = makeWorld({ rollout: { onFailure: 'rollback-run' } });
    const ids = (await world.clock.run(world.plan())).waves.flatMap(({ instances }) => instances);
    world.fault('patch-breaks-app', { instanceIds: [ids[2]?.instanceId ?? ''] });
    const id = await world.start();
    let rollsBack = false;
    const reached = new Promise<void>((resolve) => {
      world.engine.onEvent((_, { details }) => {
        rollsBack ||= details?.value.name === 'FindKept';
        if (rollsBack && details?.value.name === state) resolve();
      });
    });
    await world.clock.run(reached);
    await world.clock.run(world.stop(id));
    expect(await world.clock.run(world.runs.recover(id))).toMatchObject({ mended: [{ outcome: 'patched' }] });
    const kept = await patchedBy(localRunItems(world.store.database, 'drydock'), id);
    expect(kept.map(({ instanceId }) => instanceId).sort()).toEqual(patchedNow(world).sort());
    expect(kept.map(({ snapshotId }) => typeof snapshotId)).toEqual(['string', 'string']);
    await expectWhole(world);
    expect(outcomes(await world.follow(await rollBack(world, id)))).toEqual({ 'rolled-back': 2 });
    expect(patchedNow(world)).toEqual([]);
    await expectWhole(world);
  });
});

describe('what a failed patch did', () => {
  test('is kept with the instance that was rolled back', async () => {
    const world = makeWorld();
    const first = await world.firstPlanned();
    world.fault('patch-breaks-app', { instanceIds: [first] });
    expect(instance(await world.run(), first).changed).toBe(KERNEL.title);
  });
});

describe('snapshots', () => {
  test('say until when they are kept', async () => {
    const world = makeWorld({ rollout: { keepSnapshots: '3d' } });
    await world.run();
    for (const { tags, startedAt } of world.cloud.world.snapshots.values()) {
      const until = Date.parse(tags.get('drydock:delete-after') ?? '');
      expect(Math.abs(until - startedAt - 3 * DAY * 1000)).toBeLessThan(60_000);
    }
  });

  /** As many as `count` of an earlier run, with the tags that an account gives to all that it has. */
  const keep = (world: RolloutWorld, count: number, until: string) => {
    for (let n = 0; n < count; n += 1) {
      const digits = `${until.slice(0, 4)}${String(n).padStart(13, '0')}`;
      world.cloud.world.snapshots.set(`snap-${digits}`, {
        id: `snap-${digits}`,
        volumeId: `vol-${digits}`,
        description: `drydock 20260201-020000-abcde i-${digits} before patching`,
        startedAt: world.clock.now(),
        state: 'completed',
        content: world.cloud.machine(world.ids[0] ?? '').content,
        tags: new Map([
          ['drydock:run-id', '20260201-020000-abcde'],
          ['drydock:instance-id', `i-${digits}`],
          ['drydock:group', GROUP],
          ['drydock:delete-after', until],
          ['cost-center', '4711'],
        ]),
      });
    }
  };

  test('of many instances do not end a run, and those that are due are removed behind them', async () => {
    const world = makeWorld();
    keep(world, 500, '2027-01-01T00:00:00.000Z');
    keep(world, 250, '2026-03-01T00:00:00.000Z');
    expect((await world.run()).status).toBe('succeeded');
    const due = [...world.cloud.world.snapshots.keys()].filter((id) => id.startsWith('snap-2026'));
    expect(due).toEqual([]);
    expect(world.cloud.world.snapshots.size).toBe(504);
  });
});

test('what a replacement is counted from is asked for once the answer cannot be from before the instance was taken out', async () => {
  const rollout = { onFailure: 'rollback-run', isolation: 'standby' };
  const world = makeWorld({ rollback: 'quarantine', rollout, group: { targetGroups: [] } });
  const ids = (await world.clock.run(world.plan())).waves.flatMap(({ instances }) => instances);
  world.fault('patch-breaks-app', { instanceIds: [ids[2]?.instanceId ?? ''] });
  let outSince = 0;
  const apart: number[] = [];
  world.cloud.watch(({ action, input, at }) => {
    if (action === 'enterStandby') outSince = at;
    if (action !== 'describeAutoScalingGroups' || !('IncludeInstances' in input) || outSince === 0) return;
    apart.push((at - outSince) / 1000);
    outSince = 0;
  });
  expect(outcomes(await world.run())).toEqual({ quarantined: 1, replaced: 2, skipped: 1 });
  expect(apart.length).toBeGreaterThanOrEqual(3);
  for (const seconds of apart) expect(seconds).toBeGreaterThan(20);
});
