/** A bounded share of what `npm run soak` draws for as long as one likes: by a fixed seed, and by a fresh one at each run of the tests. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeFound, draw } from './draw.ts';
import { scenario } from './scenario.ts';
import { simulate } from './simulate.ts';

/** Time limits are for runs that hang; they take a few seconds. */
const LIMIT = { timeout: 120_000 };

test.each([
  ['a fixed seed', 2026, 150],
  ['a fresh seed', Date.now() % 1_000_000, 50],
])('nothing happens that must never happen, by %s', LIMIT, async (_, seed, runs) => {
  const { found, ended } = await draw(seed, runs);
  if (found !== undefined) throw new Error(`by seed ${seed}:\n${describeFound(found)}`);
  expect(Object.keys(ended).length).toBeGreaterThan(2);
});

test('the same scenario gives the same result', LIMIT, async () => {
  for (const drawn of fc.sample(scenario, { numRuns: 15, seed: 7 })) {
    expect(await simulate(drawn)).toEqual(await simulate(drawn));
  }
});
