import { describe, expect, test } from 'vitest';
import { expectWhole } from './whole.ts';
import { GROUP, makeWorld, outcomes } from './world.ts';

/** Seconds that a run of four took, and how often it looked at a command. */
async function ranFor(options: Parameters<typeof makeWorld>[0], lossRate = 0) {
  const world = makeWorld({ ...options, group: { patch: 600 } });
  if (lossRate > 0) world.fault('events-lost', { rate: lossRate });
  const from = world.clock.now();
  const view = await world.run();
  expect(view).toMatchObject({ status: 'succeeded' });
  expect(outcomes(view)).toEqual({ patched: 4 });
  await expectWhole(world);
  return {
    seconds: (world.clock.now() - from) / 1000,
    looks: world.cloud.callCounts.get('ssm:listCommandInvocations') ?? 0,
    polls: world.cloud.callCounts.get('ssm:getCommandInvocation') ?? 0,
  };
}

describe('waiting for the end of a patch command', () => {
  test('looks for a command sent earlier, every five minutes, and when the event comes', async () => {
    const told = await ranFor({});
    expect(told.looks + told.polls).toBeLessThanOrEqual((1 + Math.ceil(600 / 300) + 1) * 4);
  });

  test('costs some minutes where events are lost, and never hangs', async () => {
    const told = await ranFor({});
    const untold = await ranFor({}, 1);
    expect(untold.seconds).toBeGreaterThan(told.seconds);
    expect(untold.seconds - told.seconds).toBeLessThan(4 * 300);
  });

  test('is no longer than a look away where nobody tells of events', async () => {
    const told = await ranFor({});
    const watched = await ranFor({ withoutEvents: true });
    expect(watched.polls).toBeGreaterThan(told.polls);
    expect(Math.abs(watched.seconds - told.seconds)).toBeLessThan(4 * 30);
  });

  test('hears an event that came before it began to wait', async () => {
    const world = makeWorld({ group: { patch: 1 } });
    await world.run();
    expect(world.watched.patchedInOrder).toHaveLength(4);
    expect(world.cloud.inServiceHealthy(GROUP)).toBe(4);
  });
});
