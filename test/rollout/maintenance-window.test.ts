/** The way from a maintenance window to rollouts: by the event that Systems Manager sends, through the state machine `window`. */
import { describe, expect, test } from 'vitest';
import { TABLE } from '../../src/orchestrator/runs/records.ts';
import { itemTable } from '../../src/orchestrator/table/table.ts';
import { expectWhole } from './whole.ts';
import { GROUP, KERNEL, makeWorld, type RolloutWorld, type WorldOptions } from './world.ts';

const HOUR = 3600;

/** A world in which a window of so many hours opens; `hand` hands it to the state machine as Systems Manager does. */
function windowWorld(options: WorldOptions & { hours?: number; cutoff?: number } = {}) {
  const { hours = 4, cutoff = 1, ...of } = options;
  const world = makeWorld(of);
  const opened = world.clock.now();
  const open = world.cloud.openMaintenanceWindow(hours, cutoff);
  const event = { policy: 'test', environment: 'production', ...open };
  const hand = async (name = 'once', input: object = event) => {
    const { executionArn } = await world.engine.startExecution({
      stateMachineArn: 'window',
      name,
      input: JSON.stringify(input),
    });
    const { status, output, error, cause } = await world.clock.run(world.engine.waitFor(executionArn));
    return { status, output: output === undefined ? undefined : JSON.parse(output), error, cause };
  };
  return { world, hand, event, closesAt: opened + (hours - cutoff) * HOUR * 1000 };
}

/** Another group of the environment, after `web` by name. */
function addSecondGroup({ cloud }: RolloutWorld, patch = 60): string[] {
  return cloud.addGroup({
    name: 'worker',
    size: 3,
    min: 1,
    max: 4,
    tags: { Environment: 'production' },
    boot: 40,
    patch,
    targetGroups: [{ deregistrationDelaySeconds: 30, healthyThreshold: 2, intervalSeconds: 5 }],
  });
}

/** In the order in which they ended: they all begin with their window. */
const runsOf = async ({ runs, clock }: RolloutWorld) =>
  (await clock.run(runs.list({}))).sort((a, b) => ((a.endedAt ?? '') < (b.endedAt ?? '') ? -1 : 1));

describe('a maintenance window', () => {
  test('patches the groups of its environment, one after another', async () => {
    const { world, hand, event } = windowWorld();
    const workers = addSecondGroup(world);
    world.cloud.addGroup({ name: 'play', size: 2, min: 0, tags: { Environment: 'playground' } });
    expect(await hand()).toMatchObject({ status: 'SUCCEEDED', output: { closed: false, left: [] } });
    const runs = await runsOf(world);
    expect(runs).toMatchObject([
      { group: GROUP, status: 'succeeded', trigger: 'window' },
      { group: 'worker', status: 'succeeded', trigger: 'window' },
    ]);
    expect(Date.parse(runs[1]?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(runs[0]?.startedAt ?? ''));
    for (const id of [...world.ids, ...workers]) {
      expect(world.cloud.machine(id).content.installed.has(KERNEL.id)).toBe(true);
    }
    expect((await world.record(runs[0]?.runId ?? '')).trigger).toEqual({ S: `window: ${event.windowId}` });
    await expectWhole(world);
  });

  test('may be for one group alone', async () => {
    const { world, hand, event } = windowWorld();
    addSecondGroup(world);
    const { environment: _, ...rest } = event;
    expect(await hand('once', { ...rest, group: GROUP })).toMatchObject({ status: 'SUCCEEDED' });
    expect(await runsOf(world)).toMatchObject([{ group: GROUP }]);
  });

  test('that is handed over twice begins its runs once', async () => {
    const { world, hand } = windowWorld();
    const first = await hand('one');
    expect(await hand('two')).toEqual(first);
    expect(await runsOf(world)).toHaveLength(1);
    expect(world.cloud.callCounts.get('ssm:sendCommand')).toBe(4);
  });

  test('that is handed over twice tells twice of a run that halted', async () => {
    const { world, hand } = windowWorld();
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const first = await hand('one');
    const second = await hand('two');
    expect(first).toMatchObject({ status: 'FAILED', error: 'Drydock.RunNotSucceeded' });
    expect(second).toEqual(first);
  });

  test('that closes before all is done leaves the rest to the next one, with everything whole', async () => {
    const { world, hand, closesAt } = windowWorld({ group: { patch: 1500 }, hours: 2, cutoff: 1 });
    const first = await hand();
    expect(first).toMatchObject({ status: 'SUCCEEDED', output: { closed: true } });
    expect(world.clock.now()).toBeLessThanOrEqual(closesAt);
    const [run] = await runsOf(world);
    expect(run).toMatchObject({ status: 'halted', reason: expect.stringMatching(/^window-closed: /) });
    const patched = world.watched.patchedInOrder.length;
    expect(patched).toBeGreaterThan(0);
    expect(patched).toBeLessThan(4);
    await expectWhole(world);

    const next = world.cloud.openMaintenanceWindow(9, 1);
    const second = await hand('next', { policy: 'test', environment: 'production', ...next });
    expect(second).toMatchObject({ status: 'SUCCEEDED', output: { closed: false } });
    expect(new Set(world.watched.patchedInOrder)).toEqual(new Set(world.ids));
    expect(world.watched.patchedInOrder).toHaveLength(4);
    await expectWhole(world);
  });

  test('begins no group once it is closed', async () => {
    const { world, hand } = windowWorld({ group: { patch: 1500 }, hours: 2, cutoff: 1 });
    addSecondGroup(world);
    expect(await hand()).toMatchObject({ output: { closed: true, left: ['worker'] } });
    expect(await runsOf(world)).toHaveLength(1);
  });

  test('ends with the first run that does not succeed: the next group would get the same patches', async () => {
    const { world, hand } = windowWorld();
    const workers = addSecondGroup(world);
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const ended = await hand();
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Drydock.RunNotSucceeded' });
    expect(ended.cause).toMatch(
      /of the group web ended with Drydock.Halted: .*unhealthy.*; not begun after it: worker$/,
    );
    expect(workers.some((id) => world.cloud.machine(id).content.installed.has(KERNEL.id))).toBe(false);
    await expectWhole(world);
  });

  test('passes over a group that another run holds, and says so at the end', async () => {
    const { world, hand } = windowWorld();
    const workers = addSecondGroup(world);
    const expiresAt = String(world.clock.now() / 1000 + HOUR);
    const lock = { pk: { S: `lock#${GROUP}` }, holder: { S: 'another' }, expiresAt: { N: expiresAt } };
    await itemTable(world.store.database).putItem({ TableName: TABLE, Item: lock });
    const first = await hand();
    expect(first).toMatchObject({
      status: 'FAILED',
      error: 'Drydock.NotPlanned',
      cause: 'nothing was done to web: run another holds the group web',
    });
    expect(await hand('again')).toEqual(first);
    expect(world.ids.some((id) => world.cloud.machine(id).content.installed.has(KERNEL.id))).toBe(false);
    expect(workers.every((id) => world.cloud.machine(id).content.installed.has(KERNEL.id))).toBe(true);
  });

  test('says that no group is of its environment', async () => {
    const { hand, event } = windowWorld();
    expect(await hand('once', { ...event, environment: 'staging' })).toMatchObject({
      status: 'FAILED',
      error: 'Drydock.NotPlanned',
      cause: expect.stringContaining('has no environment staging'),
    });
  });

  test('does nothing when its end cannot be found out', async () => {
    const { world, hand } = windowWorld();
    world.deny('ssm:getMaintenanceWindow');
    expect(await hand()).toMatchObject({ status: 'FAILED', error: 'Drydock.NotPlanned' });
    expect(await runsOf(world)).toEqual([]);
  });
});
