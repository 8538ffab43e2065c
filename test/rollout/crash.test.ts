/** A share of what `npm run crash-test` does for every transition: die there, recover, look. */
import { expect, test } from 'vitest';
import { crashAt, DEATHS, pointsOf, VARIANTS } from '../simulation/crash-points.ts';

/** One transition in this many is tried; a prime, so that they are not all of one kind. */
const STRIDE = 199;

test.each(Object.keys(VARIANTS))(
  'a run that dies when %s is made whole, however it dies',
  { timeout: 60_000 },
  async (variant) => {
    const points = await pointsOf(VARIANTS[variant] ?? {});
    const tried = points.flatMap((_, at) => (at % STRIDE === 0 ? [at] : []));
    expect(tried.length).toBeGreaterThan(2);
    const notWhole: unknown[] = [];
    for (const at of tried) {
      for (const death of DEATHS) {
        const crash = await crashAt(variant, at, death);
        if (crash.left.length > 0) notWhole.push(crash);
      }
    }
    expect(notWhole).toEqual([]);
  },
);
