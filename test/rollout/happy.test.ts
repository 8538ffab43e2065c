import { describe, expect, test } from 'vitest';
import { BASH, has, KERNEL, lifecycle, makeWorld, outcomes, snapshotOf, tagged } from './world.ts';

describe.each(['detach', 'standby'])('a rollout by %s', (isolation) => {
  test.each([
    { maxUnavailable: 1, together: 1, lowest: 3 },
    { maxUnavailable: 2, together: 2, lowest: 2 },
  ])('with $maxUnavailable out at a time patches everything and leaves the group as it was', async (given) => {
    const world = makeWorld({ rollout: { isolation, maxUnavailable: given.maxUnavailable } });
    const view = await world.run();
    expect(view).toMatchObject({ status: 'succeeded' });
    expect(outcomes(view)).toEqual({ patched: 4 });
    expect(world.watched).toMatchObject({ violations: [], mostPatching: given.together });
    expect(world.cloud.lowestInService('web').count).toBe(given.lowest);
    expect(snapshotOf(world.cloud)).toEqual(world.before);
    expect(tagged(world.cloud)).toEqual({});
    expect(await world.lock()).toBeUndefined();
    for (const id of world.ids) {
      expect(has(world.cloud, id, KERNEL)).toBe(true);
      expect(has(world.cloud, id, BASH)).toBe(false);
      expect(lifecycle(world.cloud, id)).toBe('InService');
    }
  });
});
