import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../../src/interpreter/ports.ts';
import { stateOf, wholeStateOf } from './whole.ts';
import { makeWorld, type RolloutWorld } from './world.ts';

const OPTIONS = { group: { size: 3, min: 3, max: 4 }, durable: true, rollout: { bake: '0s', maxFailures: 3 } };

/** One point in this many is tried; a prime, so that the points tried are not all of one kind. */
const STRIDE = 37;

const VARIANTS: Record<string, (world: RolloutWorld) => void> = {
  'everything goes well': () => {},
  'a patch breaks an instance': (world) => world.fault('patch-breaks-app', { instanceIds: world.ids.slice(0, 1) }),
  'an instance cannot be restored': (world) => world.fault('restore-fails', { instanceIds: world.ids.slice(0, 1) }),
};

/** Names the first event of each kind and state; undefined for the same thing happening again. */
function firsts(): (event: HistoryEvent) => string | undefined {
  const seen = new Set<string>();
  return (event) => {
    const point = `${event.type} ${String(event.details?.value.name ?? event.details?.value.resource)}`;
    if (seen.has(point)) return undefined;
    seen.add(point);
    return point;
  };
}

function worldOf(variant: string): RolloutWorld {
  const world = makeWorld(OPTIONS);
  VARIANTS[variant]?.(world);
  return world;
}

/** Every point of a run at which a process could die. */
async function pointsOf(variant: string): Promise<string[]> {
  const world = worldOf(variant);
  const points: string[] = [];
  const pointOf = firsts();
  world.engine.onEvent((_, event) => points.push(...[pointOf(event)].filter((point) => point !== undefined)));
  await world.run();
  return points;
}

/** Dies there, goes on in another process, and gives what is left once the run has ended. */
async function leftAfterDeathAt(point: string, variant: string): Promise<{ left: unknown; whole: unknown }> {
  const world = worldOf(variant);
  const pointOf = firsts();
  const died = world.dieAt((_, event) => pointOf(event) === point);
  await world.start();
  await died;
  world.restart();
  const [id] = await world.runs.resume();
  if (id !== undefined) await world.follow(id);
  return { left: await stateOf(world), whole: wholeStateOf(world) };
}

describe.each(Object.keys(VARIANTS))('when %s', (variant) => {
  test('a process that dies at a transition leaves what the next one makes whole', { timeout: 60_000 }, async () => {
    const points = (await pointsOf(variant)).filter((_, index) => index % STRIDE === 0);
    expect(points.length).toBeGreaterThan(5);
    const notWhole: unknown[] = [];
    for (const point of points) {
      const { left, whole } = await leftAfterDeathAt(point, variant);
      if (JSON.stringify(left) !== JSON.stringify(whole)) notWhole.push({ point, left, whole });
    }
    expect(notWhole).toEqual([]);
  });
});
