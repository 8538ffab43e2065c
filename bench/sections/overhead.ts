/** How much longer a rollout takes than it must: simulated duration over critical path. */
import type { Figure, Section } from '../figure.ts';
import { simulated } from './simulated.ts';

const SIZES = [10, 100, 1000, 10_000];
const AT_ONCE = ['1', '5%', '10%', '33%'];
/** What the overhead is to be at most, by the number of instances. */
const BOUNDS: Record<number, number> = { 100: 1.03, 10000: 1.05 };

export const overhead: Section = {
  name: 'overhead',
  title: 'Simulated duration over critical path: patches of a log-normal 10 min median, reboots of 2 min',
  measure: async (say, mostInstances) => {
    const figures: Figure[] = [];
    for (const instances of SIZES.filter((size) => size <= mostInstances)) {
      for (const maxUnavailable of AT_ONCE) {
        if (takesTooLong(instances, maxUnavailable)) continue;
        say(`${instances} instances, ${maxUnavailable} at once`);
        const { ratio } = await simulated({ instances, maxUnavailable });
        const bound = BOUNDS[instances];
        figures.push({
          name: `${instances} instances, ${maxUnavailable} at once`,
          value: ratio,
          unit: '×',
          better: 'lower',
          ...(bound === undefined ? {} : { bound }),
        });
      }
    }
    return figures;
  },
};

/** Ten thousand, one at a time, take a hundred days; a run may take fourteen. */
function takesTooLong(instances: number, maxUnavailable: string): boolean {
  return instances === 10_000 && maxUnavailable === '1';
}
