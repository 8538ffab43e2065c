import { describe, expect, test } from 'vitest';
import { TaskFailure } from '../../src/interpreter/ports.ts';
import { stateNames } from './state-names.ts';
import { expectWhole } from './whole.ts';
import { makeWorld, outcomes } from './world.ts';

const DRAIN_SECONDS = 60;
const group = {
  min: 4,
  patch: 700,
  targetGroups: [{ deregistrationDelaySeconds: DRAIN_SECONDS, healthyThreshold: 2, intervalSeconds: 10 }],
};

/** How often each instance of a run was seen in a state, in the order in which they were begun. */
async function looks(world: ReturnType<typeof makeWorld>, state: string): Promise<number[]> {
  const seen = stateNames(world.engine);
  const view = await world.run();
  expect(outcomes(view)).toEqual({ patched: 4 });
  await expectWhole(world);
  return [...seen.values()]
    .filter((names) => names.includes('TagInstance'))
    .map((names) => names.filter((name) => name === state).length);
}

describe('once the first instance of a run is patched', () => {
  test.each(['LookAtDrain', 'LookAtService', 'LookInDock'])(
    'the others are not looked at (%s) before it was ready',
    async (state) => {
      const [first = 0, ...others] = await looks(makeWorld({ group }), state);
      expect(first).toBeGreaterThanOrEqual(3);
      for (const count of others) expect(count).toBeLessThanOrEqual(2);
    },
  );

  test('and nothing could be learnt of it, they are looked at as it was', async () => {
    const world = makeWorld({
      group,
      interfere: async ({ stateName }) => {
        if (stateName === 'LearnFromFirst') throw new TaskFailure('DynamoDB.InternalServerErrorException', 'not now');
      },
    });
    const [first, ...others] = await looks(world, 'LookAtDrain');
    expect(others).toEqual(others.map(() => first));
  });

  test('and its end was not told, the others wait no longer for theirs to be told than it did', async () => {
    const world = makeWorld({ group });
    world.fault('events-lost', { rate: 1 });
    const [first, ...others] = await looks(world, 'LookInDock');
    expect(others).toEqual(others.map(() => first));
  });

  test.each(['WaitForDrain', 'WaitForService'])(
    'after its process had slept in %s for longer than that may take, nothing is learnt of it',
    async (state) => {
      const world = makeWorld({ durable: true, group: { min: 4, patch: 60 } });
      const id = await world.start();
      await world.dieAt((_, { type, details }) => type === 'WaitStateEntered' && details?.value.name === state);
      await world.sleep(3 * 3600);
      world.restart();
      await world.runs.resume();
      const from = world.clock.now();
      await world.follow(id);
      expect((world.clock.now() - from) / 60_000).toBeLessThan(25);
      await expectWhole(world);
    },
  );
});
