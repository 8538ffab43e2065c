/** What a rollout asks of the account: transitions, calls, history, and what that costs here. */
import { PRICES } from '../aws/prices.ts';
import type { Figure, Section } from '../figure.ts';
import { simulated } from './simulated.ts';

const SIZES = [10, 100, 1000, 10_000];

export const cost: Section = {
  name: 'cost',
  title: 'Transitions, API calls, history, and what a simulation takes: 10 % at once',
  measure: async (say, mostInstances) => {
    const figures: Figure[] = [];
    for (const instances of SIZES.filter((size) => size <= mostInstances)) {
      say(`${instances} instances`);
      figures.push(...(await ofSize(instances)));
    }
    return figures;
  },
};

async function ofSize(instances: number): Promise<Figure[]> {
  const report = await simulated({ instances, maxUnavailable: '10%' });
  const all = `${instances} instances`;
  const isLarge = instances === 10_000;
  const figure = (what: string, value: number, unit: Figure['unit'], bound?: number): Figure => ({
    name: `${all}: ${what}`,
    value,
    unit,
    better: 'lower',
    ...(bound === undefined ? {} : { bound }),
  });
  return [
    figure('state transitions per instance', report.stateTransitionsPerInstance, 'count', 25),
    figure('API calls per instance', report.apiCallsPerInstance, 'count', 20),
    figure(
      'events in the longest history, of 25,000',
      report.eventsInLongestHistory,
      'count',
      isLarge ? 5000 : undefined,
    ),
    figure(
      'Step Functions at list price',
      report.stateTransitionsPerInstance * instances * PRICES.stateTransition.dollars,
      '$',
    ),
    figure('simulated in', report.wallSeconds, 's', isLarge ? 60 : undefined),
    figure('peak memory', report.peakMemoryMiB, 'MiB', isLarge ? 1536 : undefined),
  ];
}
