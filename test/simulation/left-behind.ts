/** What a run and its recovery have left behind. */
import { isDeepStrictEqual } from 'node:util';
import { groupOf, type RolloutWorld, snapshotOf, tagged } from '../rollout/open-world.ts';

/**
 * 2, 3: what is other than `expected` (default: than before), once all is over; empty: all is whole. `outside` are instances that others
 * took out. Without so many as were `forgotten` the group may be left: neither tags nor live state tell of a machine that EC2 does not know.
 */
export async function leftBehind(
  world: RolloutWorld,
  expected: ReturnType<typeof snapshotOf> = world.before,
  outside: ReadonlySet<string> = new Set(),
  forgotten = 0,
): Promise<string[]> {
  const { cloud, watched } = world;
  const { machines } = cloud.world;
  const after = snapshotOf(cloud);
  const { members, newInstancesProtected, policies } = groupOf(cloud);
  // An application that flaps may have answered well whenever it was asked.
  const flaps = [...members.values()].some(({ machine }) => machine.content.flaps === true);
  const fewer = expected.desired - after.desired;
  if (fewer > 0 && fewer <= forgotten) return leftBehind(world, without(expected, fewer), outside);
  const differs = (['min', 'max', 'desired', 'suspended', 'tags', 'members', 'serving'] as const).filter(
    (key) => !isDeepStrictEqual(after[key], expected[key]) && !(key === 'serving' && flaps),
  );
  const isQuarantined = (id: string) => machines.get(id)?.tags.has('drydock:quarantined') === true;
  const lives = (id: string) => !['terminated', 'shutting-down', undefined].includes(machines.get(id)?.state);
  const marked = Object.entries(tagged(cloud)).filter(([id]) => lives(id) && !isQuarantined(id));
  const left = [...watched.members].filter(
    (id) => lives(id) && !members.has(id) && !isQuarantined(id) && !outside.has(id),
  );
  const otherwiseProtected = [...members.values()].filter(
    ({ protectedFromScaleIn }) => protectedFromScaleIn !== newInstancesProtected,
  );
  return [
    ...differs.map(
      (key) => `3: ${key} should be ${JSON.stringify(expected[key])} and is ${JSON.stringify(after[key])}`,
    ),
    ...left.map((id) => `2: ${id} lives on outside of its group`),
    ...marked.map(([id, keys]) => `3: ${id} still carries ${keys.join(', ')}`),
    ...otherwiseProtected.map(
      ({ machine, protectedFromScaleIn }) =>
        `3: ${machine.id} is ${protectedFromScaleIn ? 'now' : 'no longer'} protected from scale-in`,
    ),
    ...[...policies.keys()].map((name) => `2: the scaling policy ${name} is still there`),
    ...((await world.lock()) === undefined ? [] : ['3: the group is still locked']),
  ];
}

function without(expected: ReturnType<typeof snapshotOf>, count: number): ReturnType<typeof snapshotOf> {
  const { desired, members, serving } = expected;
  return { ...expected, desired: desired - count, members: members - count, serving: serving - count };
}
