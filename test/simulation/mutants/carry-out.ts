/** Carries a situation out, and tells how it ended. */

import { GROUP, groupOf, openWorld, type RolloutWorld, type WorldOptions } from '../../rollout/open-world.ts';
import { leftBehind } from '../left-behind.ts';
import { fileOf } from '../timeline.ts';
import type { Situation } from './situations/situation.ts';

/** `patch-instance Detach`: the file that a state of an execution is in, and its name there. */
export function placeOf(executionArn: string, state: string): string {
  return `${fileOf(executionArn)} ${state.replace(/ \(.+\)$/, '')}`;
}

/** What took how long is no part of how it went. */
function timeless(said: string): string {
  return said.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a time').replace(/in [\d.]+ ms/g, 'in no time');
}

/**
 * Each call that changes something, and how often it was answered well. Of tags only that there were some: how often a lease is renewed
 * depends on the dice of the retries before it.
 */
function changesMade({ cloud }: RolloutWorld, made: ReadonlyMap<string, number>): string[] {
  const changes = [...cloud.callCounts.keys()].filter((name) => !/:(describe|get|list)/.test(name));
  return changes.map((name) => (name.endsWith('Tags') ? name : `${name} ${made.get(name) ?? 0}`)).sort();
}

function protectedMembers({ cloud }: RolloutWorld): string[] {
  if (!cloud.world.groups.has(GROUP)) return [];
  const members = [...groupOf(cloud).members.values()].filter(({ protectedFromScaleIn }) => protectedFromScaleIn);
  return members.map(({ machine }) => machine.id).sort();
}

/** What the table keeps of each instance of each run: by it a run is rolled back later. */
function keptOutcomes({ store }: RolloutWorld): string[] {
  const select = store.database.prepare('SELECT pk, item FROM items WHERE pk > ? AND pk < ? ORDER BY pk');
  return select.all('instance#', 'instance$').map(({ pk, item }) => {
    const { outcome } = JSON.parse(String(item));
    return `${pk} ${outcome?.S}`;
  });
}

/** Carries the situation out; gives all by which anybody could tell how it went, and the states that were come to. */
export async function carryOut({ options = {}, run }: Situation, more: WorldOptions) {
  const world = openWorld({ ...options, ...more });
  const visited = new Set<string>();
  const beganAt = world.clock.now();
  world.onEvent((arn, { type, details }) => {
    if (type.endsWith('StateEntered')) visited.add(placeOf(arn, String(details?.value.name)));
  });
  const made = new Map<string, number>();
  world.cloud.watch(({ service, action, error }) => {
    const name = `${service}:${action}`;
    if (error === undefined) made.set(name, (made.get(name) ?? 0) + 1);
  });
  try {
    const ended = await Promise.race([run(world), world.neverEnds()]);
    const halfHours = Math.round((world.clock.now() - beganAt) / 1_800_000);
    await world.sleep(1800);
    const left = world.cloud.world.groups.has(GROUP) ? await leftBehind(world) : [];
    const posted = world.posted.map(({ json }) => json);
    const quarantined = [...world.cloud.world.machines.values()].filter(({ tags }) => tags.has('drydock:quarantined'));
    const { violations } = world.watched;
    const said = [
      ended,
      halfHours,
      left,
      violations,
      posted,
      quarantined.length,
      world.cloud.world.snapshots.size,
      changesMade(world, made),
      protectedMembers(world),
      keptOutcomes(world),
    ];
    return { visited, ending: timeless(JSON.stringify(said)) };
  } catch (error) {
    return { visited, ending: error instanceof Error ? error.message : String(error) };
  } finally {
    await world.close();
  }
}
