/** How often the calls of a very large rollout come, beside what AWS allows an account by default. */
import { simulate } from '../../src/cli/simulate/simulation.ts';
import { limitsOf } from '../aws/limits.ts';
import type { Figure, Section } from '../figure.ts';

const REGION = 'us-east-1';
const FLEET = { instances: 10_000, groups: 500, maxUnavailable: '10%', patchMinutes: 10, seed: 1 };

export const rates: Section = {
  name: 'rates',
  title: `Calls per second at their peak: ${FLEET.instances.toLocaleString('en')} instances in ${FLEET.groups} groups that all begin at once`,
  measure: async (say, mostInstances) => {
    if (FLEET.instances > mostInstances) return [];
    say('one simulation; it takes minutes');
    const calls = new Map<string, number[]>();
    await simulate(FLEET, (cloud) =>
      cloud.watch(({ service, action, at }) => {
        const api = `${service}:${action}`;
        const times = calls.get(api);
        if (times === undefined) calls.set(api, [at]);
        else times.push(at);
      }),
    );
    return [...calls].sort().flatMap(([api, times]) => ofApi(api, times));
  },
};

function ofApi(api: string, times: readonly number[]): Figure[] {
  const peak: Figure = {
    name: `${api}: most in a second${limitText(api)}`,
    value: mostInASecond(times),
    unit: 'count',
    better: 'lower',
  };
  const [limit] = limitsOf(api, { region: REGION });
  if (limit === undefined) return [peak];
  const refused = refusedBy(limit, times);
  return [
    peak,
    {
      name: `${api}: refused by a bucket of that size, before they are tried again`,
      value: refused,
      unit: 'count',
      better: 'lower',
    },
  ];
}

function limitText(api: string): string {
  const limits = limitsOf(api, { region: REGION }).filter(({ unit }) => unit === undefined);
  if (limits.length === 0) return ' (AWS publishes no limit)';
  const [least] = limits.toSorted((a, b) => a.perSecond - b.perSecond);
  const shared = least?.api.endsWith(':*') ? ' for all of the service' : '';
  return ` (AWS allows ${least?.perSecond}${least?.burst === undefined ? '' : `, ${least.burst} at once`}${shared})`;
}

function mostInASecond(times: readonly number[]): number {
  const seconds = new Map<number, number>();
  for (const at of times) seconds.set(Math.floor(at / 1000), (seconds.get(Math.floor(at / 1000)) ?? 0) + 1);
  return Math.max(...seconds.values());
}

/** How many of the calls, in order of time, would find the bucket empty. */
function refusedBy(
  { perSecond, burst = perSecond }: { perSecond: number; burst?: number },
  times: readonly number[],
): number {
  let tokens = burst;
  let last = times[0] ?? 0;
  let refused = 0;
  for (const at of times.toSorted((a, b) => a - b)) {
    tokens = Math.min(burst, tokens + ((at - last) / 1000) * perSecond);
    last = at;
    if (tokens >= 1) tokens -= 1;
    else refused += 1;
  }
  return refused;
}
