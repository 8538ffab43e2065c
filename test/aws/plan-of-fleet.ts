/** A plan for a fleet in Moto, without having read it: what the state machines carry out, and nothing else, is looked at. */
import type { Plan, Settings } from '../../src/orchestrator/plan/types.ts';
import { planOf } from '../orchestrator/runs/plan-of.ts';
import { REGION } from './clients.ts';
import type { Fleet } from './fleet.ts';

/** The first instance as canary, then the others one at a time; each is checked at its application's URL. */
export function planOfFleet(fleet: Fleet, settings: Partial<Settings>): Plan {
  const size = fleet.instanceIds.length;
  const [canary = '', ...others] = fleet.instanceIds;
  const plan = planOf([[canary], others], ['openssl.x86_64', 'curl.x86_64']);
  const check = {
    url: `${fleet.applications.url}/{instanceId}/healthz`,
    status: [{ from: 200, to: 299 }],
    body: '',
    json: {},
    headers: {},
    consecutive: 2,
    intervalSeconds: 1,
    timeoutSeconds: 2,
    withinSeconds: 10,
    followRedirects: false,
    insecure: false,
  };
  return {
    ...plan,
    region: REGION,
    environment: 'staging',
    group: {
      ...plan.group,
      name: fleet.groupName,
      min: size,
      max: size,
      desired: size,
      targetGroupArns: [fleet.targetGroupArn],
    },
    capacity: { inService: size, maxUnavailable: 1, floor: size - 1, lowerMinTo: size - 1 },
    settings: { ...plan.settings, bakeSeconds: 0, health: [check], ...settings },
  };
}
