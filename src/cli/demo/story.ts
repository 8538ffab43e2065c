/** What the demo is about: two groups, four patches, and three days between them. */
import { parsePolicy } from '../../policies/parse.ts';
import type { Policy } from '../../policies/policy.ts';
import { formatProblem } from '../../policies/problem.ts';
import { FAULTS } from '../../simulator/faults.ts';
import type { Patch } from '../../simulator/model.ts';
import type { SimulatedCloud } from '../../simulator/simulated-cloud.ts';

export const STAGING = 'shop-staging';
export const PRODUCTION = 'shop-production';
export const BUCKET = 'drydock-demo';
/** From the staging run to the production run. */
export const DAYS_BETWEEN = 3;
const DAY_MS = 86_400_000;

const POLICY = `
version: 1
name: shop
patches:
  rules:
    - { name: critical-security, match: { classification: [Security], severity: [Critical] }, approveAfter: 0d }
    - { name: everything-else, approveAfter: 7d }
  overrideList: s3://${BUCKET}/lists
environments:
  staging: { lead: 3d }
  production: { after: staging, soak: 3d }
groups:
  - { match: { name: ${STAGING} }, environment: staging }
  - { match: { name: ${PRODUCTION} }, environment: production }
rollout: { maxUnavailable: 1, canary: 1, bake: 2m }
health:
  - { url: "http://{privateIp}:8080/healthz", status: 200, consecutive: 3, interval: 5s, timeout: 5s, within: 2m }
`;

/** The demo's policy: the built-in one, with a health check and a place for the list of patches. */
export function demoPolicy(): Policy {
  const parsed = parsePolicy(POLICY, 'demo policy');
  if ('policy' in parsed) return parsed.policy;
  throw new Error(parsed.problems.map(formatProblem).join('\n'));
}

/** The patches, with their release seen from `startMs` (ms): the last comes out only after staging was patched. */
export function demoPatches(startMs: number, breaksApp: boolean): Patch[] {
  const patch = (id: string, version: string, released: number, facts: Partial<Patch>): Patch => ({
    id,
    title: `${id}:0:${version}`,
    classification: 'Bugfix',
    severity: 'Medium',
    cves: [],
    releasedAt: new Date(startMs + released * DAY_MS).toISOString(),
    operatingSystem: 'AMAZON_LINUX_2',
    needsReboot: false,
    ...facts,
  });
  const critical = { classification: 'Security', severity: 'Critical' };
  return [
    patch('openssl.x86_64', '3.0.17-1.amzn2', -1, { ...critical, cves: ['CVE-2026-41001'] }),
    patch('kernel.x86_64', '5.10.247-246.989.amzn2', -6, { severity: 'Important', needsReboot: true }),
    patch('curl.x86_64', '8.17.0-2.amzn2', -2, {}),
    patch('nginx.x86_64', '1.28.3-1.amzn2', 2, { ...critical, cves: ['CVE-2026-41877'], breaksApp }),
  ];
}

/** Sets up both groups. `fault`, by name, is what happens to production instead of the bad patch. */
export function setUp(cloud: SimulatedCloud, startMs: number, options: { instances: number; fault?: string }): void {
  cloud.addPatches(demoPatches(startMs, options.fault === undefined));
  const group = (name: string, environment: string, size: number) =>
    cloud.addGroup({
      name,
      size,
      min: size,
      max: size + 1,
      tags: { Environment: environment },
      operatingSystem: 'AMAZON_LINUX_2',
      appPort: 8080,
      boot: 45,
      patch: { median: 150, sigma: 0.3 },
      targetGroups: [{ deregistrationDelaySeconds: 30, healthyThreshold: 2, intervalSeconds: 10 }],
    });
  group(STAGING, 'staging', Math.max(2, Math.ceil(options.instances / 2)));
  group(PRODUCTION, 'production', options.instances);
  if (options.fault !== undefined) FAULTS[options.fault]?.apply(cloud, { groupName: PRODUCTION });
}
