import { expect, test } from 'vitest';
import { expectWhole } from './whole.ts';
import { makeWorld, outcomes } from './world.ts';

/** Of which many are taken out together, once one of them was patched. */
const many = (size: number, maxUnavailable: number) => ({
  group: { size, min: size - maxUnavailable, max: size + 1, patch: 300 },
  rollout: { canary: 1, maxUnavailable },
});

test('a wave begins forty instances at once, and then two a second', async () => {
  const world = makeWorld(many(80, 60));
  const begun: number[] = [];
  world.onEvent((_, { type, timestamp, details }) => {
    if (type === 'TaskStateEntered' && details?.value.name === 'LookBefore') begun.push(timestamp);
  });
  expect(outcomes(await world.run())).toEqual({ patched: 80 });
  const [, first = 0, ...others] = begun;
  const seconds = others.map((at) => Math.round((at - first) / 1000));
  expect(seconds.slice(0, 39)).toEqual(Array(39).fill(0));
  expect(seconds.slice(39, 59)).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10]);
  // Whoever takes a place that came free does not wait any more.
  expect(seconds[59]).toBeGreaterThan(300);
});

test('a wave of hundreds is patched within what AWS allows an account', async () => {
  const world = makeWorld(many(241, 220));
  world.fault('account-limits');
  expect(outcomes(await world.run())).toEqual({ patched: 241 });
  await expectWhole(world);
});

test.each(['LookBeforeWave', 'LookBefore', 'LookAtDrain', 'LookAfterWave'])(
  'that others use up what AWS allows an account, for three minutes from %s on, stops nothing',
  async (state) => {
    const world = makeWorld();
    let until = Number.POSITIVE_INFINITY;
    world.onEvent((_, { type, details }) => {
      if (until < Number.POSITIVE_INFINITY || type !== 'TaskStateEntered' || details?.value.name !== state) return;
      until = world.clock.now() + 180_000;
      const takes = (api: string, now: number) => !api.startsWith('elasticloadbalancingv2:') || now > until;
      world.cloud.world.throttle = { takes };
    });
    expect(outcomes(await world.run())).toEqual({ patched: 4 });
    expect(until).toBeLessThan(world.clock.now());
    await expectWhole(world);
  },
);
