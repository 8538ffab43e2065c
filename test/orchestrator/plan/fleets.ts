import type { Fleet, FleetGroup, FleetInstance, MissingPatch } from '../../../src/orchestrator/fleet/fleet.ts';
import { type PlanInput, plan } from '../../../src/orchestrator/plan/plan.ts';
import type { Plan } from '../../../src/orchestrator/plan/types.ts';
import type { Policy } from '../../../src/policies/policy.ts';
import { policyOf } from '../../policies/policy-of.ts';

export const NOW = '2026-03-10T00:00:00.000Z';

const WEB: Policy = policyOf(
  JSON.stringify({
    version: 1,
    name: 'web',
    patches: {
      rules: [
        { name: 'critical', match: { severity: ['Critical'] }, approveAfter: '0d' },
        { name: 'others', match: { classification: ['Security', 'Bugfix'] }, approveAfter: '7d' },
      ],
      overrideList: 's3://lists/drydock',
    },
    environments: { production: {} },
    groups: [{ match: { name: 'web' }, environment: 'production' }],
    health: [{ url: 'http://{privateIp}:80/healthz' }],
  }),
);

/** A policy about which a plan has nothing to say; `rollout` and the other members replace those of it. */
export function policy({
  rollout = {},
  ...more
}: Partial<Omit<Policy, 'rollout'>> & { rollout?: Partial<Policy['rollout']> } = {}): Policy {
  return { ...WEB, ...more, rollout: { ...WEB.rollout, ...rollout } };
}

/** A patch that the policy has approved for a month. */
export function patch(id = 'openssl.x86_64', more: Partial<MissingPatch> = {}): MissingPatch {
  return {
    id,
    title: `${id}:0:1.2-3`,
    classification: 'Security',
    severity: 'Critical',
    cves: ['CVE-2026-0001'],
    releasedAt: '2026-02-01T00:00:00.000Z',
    ...more,
  };
}

/** A patch that the policy approves in two days. */
export const HELD = patch('zlib.x86_64', { severity: 'Low', releasedAt: '2026-03-05T00:00:00.000Z' });

/** An instance that serves and misses openssl. */
export function instance(id: string, more: Partial<FleetInstance> = {}): FleetInstance {
  return {
    instanceId: id,
    az: 'eu-west-1a',
    lifecycleState: 'InService',
    healthStatus: 'Healthy',
    protectedFromScaleIn: false,
    privateIp: '10.0.0.1',
    rootVolumeId: 'vol-1',
    spot: false,
    operatingSystem: 'AMAZON_LINUX_2',
    agent: { pingStatus: 'Online' },
    targets: [{ targetGroupArn: 'arn:tg/web', state: 'healthy' }],
    scannedAt: '2026-03-09T00:00:00.000Z',
    missing: [patch()],
    pendingReboot: 0,
    ...more,
  };
}

/** As many instances, in three zones by turns. */
export function several(count: number, more: Partial<FleetInstance> = {}): FleetInstance[] {
  return Array.from({ length: count }, (_, at) =>
    instance(`i-${String(at + 1).padStart(2, '0')}`, { az: `eu-west-1${'abc'[at % 3]}`, ...more }),
  );
}

/** A group about which a plan has nothing to say, of these instances. */
export function fleet(instances: FleetInstance[] = several(4), group: Partial<FleetGroup> = {}): Fleet {
  return {
    region: 'eu-west-1',
    readAt: NOW,
    group: {
      name: 'web',
      arn: 'arn:web',
      min: 1,
      max: instances.length + 2,
      desired: instances.length,
      azs: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
      targetGroups: [{ arn: 'arn:tg/web', deregistrationDelaySeconds: 30, healthyAfterSeconds: 20 }],
      classicLoadBalancers: [],
      suspendedProcesses: [],
      tags: {},
      warmPool: false,
      mixedInstances: false,
      launchLifecycleHooks: [],
      terminateLifecycleHooks: [],
      hasLaunchTemplate: true,
      ...group,
    },
    instances,
  };
}

export function planFor(input: Partial<PlanInput> = {}): Plan {
  return plan({ policy: policy(), fleet: fleet(), environment: 'production', history: [], now: NOW, ...input });
}

/** `level code` of each problem. */
export function codes({ problems }: Plan): string[] {
  return problems.map(({ level, code }) => `${level} ${code}`);
}

/** The ids in each wave. */
export function waveIds({ waves }: Plan): string[][] {
  return waves.map(({ instances }) => instances.map(({ instanceId }) => instanceId));
}
