/** What whoever steers a run may ask of it, and when it does what was asked. */
import { describe, expect, test } from 'vitest';
import { expectWhole } from './whole.ts';
import { makeWorld, outcomes } from './world.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('a run that a person has to approve after its canary', () => {
  const awaiting = async (world: ReturnType<typeof makeWorld>) => {
    const id = await world.start();
    await world.until(id, ({ awaitsApproval }) => awaitsApproval === true);
    return id;
  };

  test('waits once the canary has baked, and goes on when it is approved', async () => {
    const world = makeWorld({ rollout: { approval: 'after-canary' } });
    const id = await awaiting(world);
    await world.sleep(2 * HOUR);
    expect(world.watched.patchedInOrder).toHaveLength(1);
    await world.runs.steer(id, 'approve');
    const view = await world.follow(id);
    expect(view).toMatchObject({ status: 'succeeded' });
    expect(view).not.toHaveProperty('awaitsApproval');
    expect(outcomes(view)).toEqual({ patched: 4 });
    await expectWhole(world);
  });

  test('halts when nobody does within a day, long before its history is full, and leaves the group whole', async () => {
    const world = makeWorld({ rollout: { approval: 'after-canary', alarms: ['errors'] } });
    const events = new Map<string, number>();
    world.engine.onEvent((arn) => events.set(arn, (events.get(arn) ?? 0) + 1));
    const view = await world.follow(await awaiting(world));
    expect(view).toMatchObject({
      status: 'halted',
      halted: { reason: 'nobody approved the rest within a day of the canary' },
    });
    expect(outcomes(view)).toEqual({ patched: 1, skipped: 3 });
    expect(Math.max(...events.values())).toBeLessThan(12_000);
    await expectWhole(world);
  });

  test('may be aborted instead', async () => {
    const world = makeWorld({ rollout: { approval: 'after-canary' } });
    const id = await awaiting(world);
    await world.runs.steer(id, 'abort');
    expect(await world.follow(id)).toMatchObject({ status: 'aborted' });
    await expectWhole(world);
  });

  test('cannot be approved before it asks', async () => {
    const world = makeWorld({ rollout: { approval: 'after-canary' } });
    const id = await world.start();
    await world.sleep(30);
    await expect(world.runs.steer(id, 'approve')).rejects.toMatchObject({ exitCode: 2 });
    await world.until(id, ({ awaitsApproval }) => awaitsApproval === true);
    await world.runs.steer(id, 'approve');
    expect(await world.follow(id)).toMatchObject({ status: 'succeeded' });
  });

  test('asks nobody when its canary fails, or is all there is', async () => {
    const failing = makeWorld({ rollout: { approval: 'after-canary' } });
    failing.fault('patch-breaks-app', { instanceIds: [await failing.firstPlanned()] });
    expect(await failing.run()).toMatchObject({ status: 'halted', halted: { reason: expect.stringContaining('503') } });
    const small = makeWorld({ group: { size: 1, min: 0 }, rollout: { approval: 'after-canary' } });
    expect(await small.run()).toMatchObject({ status: 'succeeded' });
  });
});

describe('a run that is paused', () => {
  test('finishes what is in the dock, begins nothing else, and goes on when it is resumed', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, () => world.watched.patchedInOrder.length === 1);
    await world.runs.steer(id, 'pause');
    await world.sleep(3 * HOUR);
    expect(world.watched.patchedInOrder).toHaveLength(1);
    expect(world.cloud.inServiceHealthy('web')).toBe(4);
    await world.runs.steer(id, 'resume');
    expect(outcomes(await world.follow(id))).toEqual({ patched: 4 });
    await expectWhole(world);
  });

  test('halts after a day, long before its history is full', async () => {
    const world = makeWorld();
    const events = new Map<string, number>();
    world.engine.onEvent((arn) => events.set(arn, (events.get(arn) ?? 0) + 1));
    const from = world.clock.now();
    const id = await world.start();
    await world.until(id, () => world.watched.patchedInOrder.length === 1);
    await world.runs.steer(id, 'pause');
    const view = await world.follow(id);
    expect(view).toMatchObject({ status: 'halted', halted: { reason: 'the run was paused for over a day' } });
    expect(world.clock.now() - from).toBeLessThan((DAY + HOUR) * 1000);
    expect(events.size).toBeGreaterThan(1);
    expect(Math.max(...events.values())).toBeLessThan(12_000);
    await expectWhole(world);
  });

  test('halts after a day also where it was paused within a wave', async () => {
    const world = makeWorld();
    const from = world.clock.now();
    const id = await world.start();
    await world.until(id, () => world.watched.patchedInOrder.length === 2);
    await world.runs.steer(id, 'pause');
    const view = await world.follow(id);
    expect(view).toMatchObject({ status: 'halted', halted: { reason: 'the run was paused for over a day' } });
    expect(outcomes(view)).toEqual({ patched: 2, skipped: 2 });
    expect(Date.parse(view.endedAt ?? '') - from).toBeLessThan((DAY + HOUR) * 1000);
    await expectWhole(world);
  });

  test('is aborted at once', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, () => world.watched.patchedInOrder.length === 1);
    await world.runs.steer(id, 'pause');
    await world.sleep(HOUR);
    await world.runs.steer(id, 'abort');
    expect(await world.follow(id)).toMatchObject({ status: 'aborted' });
    await expectWhole(world);
  });
});

describe('a run that was aborted', () => {
  test.each(['pause', 'resume'] as const)('cannot be asked to %s any more', async (wish) => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ outcome }) => outcome === 'patching'));
    await world.runs.steer(id, 'abort');
    await expect(world.runs.steer(id, wish)).rejects.toMatchObject({
      exitCode: 2,
      message: `run ${id} cannot be asked to ${wish}: it was aborted, and ends once what is in the dock is whole`,
    });
    expect(await world.follow(id)).toMatchObject({ status: 'aborted' });
    await expectWhole(world);
  });
});
