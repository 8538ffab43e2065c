import { expect } from 'vitest';
import { groupOf, type RolloutWorld, snapshotOf, tagged } from './world.ts';

/** The group is as it was before, with nothing of ours left on it, and nothing happened that must never happen. */
export async function expectWhole(world: RolloutWorld): Promise<void> {
  expect(await stateOf(world)).toEqual(wholeStateOf(world));
}

/** What a group that is whole again looks like. */
export function wholeStateOf(world: RolloutWorld) {
  return { ...world.before, tagged: {}, lock: undefined, violations: [], outside: [] };
}

/** What counts towards being whole, as it is now. */
export async function stateOf(world: RolloutWorld) {
  return {
    ...snapshotOf(world.cloud),
    tagged: tagged(world.cloud),
    lock: await world.lock(),
    violations: world.watched.violations,
    outside: outside(world),
  };
}

/** Instances of the group that live on outside of it. */
function outside({ cloud, ids }: RolloutWorld): string[] {
  const { members } = groupOf(cloud);
  return ids.filter((id) => {
    const state = cloud.world.machines.get(id)?.state;
    return state !== undefined && !['terminated', 'shutting-down'].includes(state) && !members.has(id);
  });
}
