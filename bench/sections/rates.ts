/** How often the calls of a very large rollout come, and what becomes of it, within what AWS allows an account by default. */
import { simulate } from '../../src/cli/simulate/simulation.ts';
import { limitsOf } from '../../src/simulator/account-limits.ts';
import type { Figure, Section } from '../figure.ts';

const REGION = 'us-east-1';
const FLEET = {
  instances: 10_000,
  groups: 500,
  maxUnavailable: '10%',
  patchMinutes: 10,
  faults: 'account-limits',
  seed: 1,
};
const THROTTLED = /^(RequestLimitExceeded|SlowDown|Throttling(Exception)?)$/;

/** The calls of one API: when those were answered that AWS took, in ms, and how many it refused. */
interface Calls {
  taken: number[];
  refused: number;
}

export const rates: Section = {
  name: 'rates',
  title: `Calls within an account's default limits: ${FLEET.instances.toLocaleString('en')} instances in ${FLEET.groups} groups that all begin at once`,
  measure: async (say, mostInstances) => {
    if (FLEET.instances > mostInstances) return [];
    say('one simulation; it takes minutes');
    const calls = new Map<string, Calls>();
    const { outcomes, ratio } = await simulate(FLEET, (cloud) =>
      cloud.watch(({ service, action, at, error = '' }) => {
        const api = `${service}:${action}`;
        const ofApi = calls.get(api) ?? { taken: [], refused: 0 };
        calls.set(api, ofApi);
        if (THROTTLED.test(error)) ofApi.refused += 1;
        else ofApi.taken.push(at);
      }),
    );
    return [
      {
        name: 'instances patched',
        value: outcomes.patched ?? 0,
        unit: 'count',
        better: 'higher',
        bound: FLEET.instances,
      },
      { name: 'simulated duration over critical path', value: ratio, unit: '×', better: 'lower', bound: 1.05 },
      ...[...calls].sort().flatMap(([api, ofApi]) => figuresOf(api, ofApi)),
    ];
  },
};

function figuresOf(api: string, { taken, refused }: Calls): Figure[] {
  const most = { name: `${api}: most in a second${limitText(api)}`, value: mostInASecond(taken) };
  const again = { name: `${api}: refused, and tried again`, value: refused };
  return [most, ...(refused > 0 ? [again] : [])].map((figure) => ({ ...figure, unit: 'count', better: 'lower' }));
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
  return Math.max(0, ...seconds.values());
}
