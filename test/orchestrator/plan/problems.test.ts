import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fleet, FleetGroup, FleetInstance } from '../../../src/orchestrator/fleet/fleet.ts';
import type { Policy } from '../../../src/policies/policy.ts';
import { codes, fleet, HELD, instance, patch, planFor, policy, several } from './fleets.ts';

interface Case {
  /** What is wrong with an otherwise faultless group of three. */
  when: string;
  fleet?: Fleet;
  policy?: Policy;
  expected: string;
  /** Of the message and the remedy. */
  says: RegExp;
  /** When the problem is an instance's. */
  instanceId?: string;
}

const group = (more: Partial<FleetGroup>): Fleet => fleet(several(3), more);
const oneOf = (more: Partial<FleetInstance>): Fleet =>
  fleet([...several(2), instance('i-03', { az: 'eu-west-1c', ...more })]);
const { overrideList: _, ...unpinned } = policy().patches;
const [check] = policy().health;
const checkOf = (url: string) => policy({ health: check === undefined ? [] : [{ ...check, url }] });

const CASES: Case[] = [
  // Instances that are left alone.
  {
    when: 'an instance is not in service',
    fleet: oneOf({ lifecycleState: 'Standby' }),
    expected: 'warning not-in-service',
    says: /lifecycle state is Standby/,
    instanceId: 'i-03',
  },
  {
    when: 'an instance is in a state that nobody knew of',
    fleet: oneOf({ lifecycleState: 'Hibernating' }),
    expected: 'warning not-in-service',
    says: /Hibernating/,
    instanceId: 'i-03',
  },
  {
    when: 'the group holds an instance for unhealthy',
    fleet: oneOf({ healthStatus: 'Unhealthy' }),
    expected: 'warning unhealthy-before',
    says: /its group holds it for Unhealthy.*Mend or terminate/s,
    instanceId: 'i-03',
  },
  {
    when: 'a target group finds an instance unhealthy',
    fleet: oneOf({ targets: [{ targetGroupArn: 'arn', state: 'unhealthy', reason: 'Target.Timeout' }] }),
    expected: 'warning unhealthy-before',
    says: /unhealthy \(Target\.Timeout\)/,
    instanceId: 'i-03',
  },
  {
    when: 'Systems Manager does not know an instance',
    fleet: oneOf({ agent: { pingStatus: 'NotRegistered' } }),
    expected: 'warning agent-not-registered',
    says: /AmazonSSMManagedInstanceCore/,
    instanceId: 'i-03',
  },
  {
    when: 'an agent is offline',
    fleet: oneOf({ agent: { pingStatus: 'ConnectionLost' } }),
    expected: 'warning agent-offline',
    says: /ConnectionLost/,
    instanceId: 'i-03',
  },
  {
    when: 'an instance was never scanned',
    fleet: fleet([...several(2), neverScanned()]),
    expected: 'warning never-scanned',
    says: /Operation Scan/,
    instanceId: 'i-03',
  },
  {
    when: 'an instance runs what policies do not know',
    fleet: fleet([...several(2), withoutSystem()]),
    expected: 'warning unsupported-operating-system',
    says: /other means/,
    instanceId: 'i-03',
  },
  // The group.
  {
    when: 'a run holds the group',
    fleet: group({ tags: { 'drydock:run-id': 'r1' } }),
    expected: 'error group-held',
    says: /drydock recover r1/,
  },
  {
    when: 'no instance is healthy',
    fleet: fleet(several(3, { healthStatus: 'Unhealthy' })),
    expected: 'error group-sick',
    says: /no instance of web/,
  },
  {
    when: 'none can be patched',
    fleet: fleet(several(3, { agent: { pingStatus: 'NotRegistered' } })),
    expected: 'error none-can-be-patched',
    says: /none of the 3 instances/,
  },
  {
    when: 'an instance refresh runs',
    fleet: group({ instanceRefresh: 'InProgress' }),
    expected: 'error instance-refresh',
    says: /InProgress.*Wait for it or cancel it/s,
  },
  {
    when: 'there is a Classic Load Balancer',
    fleet: group({ classicLoadBalancers: ['old'] }),
    expected: 'error classic-load-balancer',
    says: /old/,
  },
  {
    when: 'AddToLoadBalancer is suspended',
    fleet: group({ suspendedProcesses: ['AddToLoadBalancer'] }),
    expected: 'error not-added-to-load-balancer',
    says: /Resume AddToLoadBalancer/,
  },
  {
    when: 'Launch is suspended',
    fleet: group({ suspendedProcesses: ['Launch'] }),
    expected: 'warning process-suspended',
    says: /no replacement can be launched/,
  },
  {
    when: 'Terminate is suspended',
    fleet: group({ suspendedProcesses: ['Terminate'] }),
    expected: 'warning process-suspended',
    says: /Terminate/,
  },
  {
    when: 'other processes are suspended',
    fleet: group({ suspendedProcesses: ['AlarmNotification', 'ScheduledActions'] }),
    expected: 'warning process-suspended',
    says: /AlarmNotification, ScheduledActions, which the run leaves suspended/,
  },
  {
    when: 'desired is the minimum',
    fleet: group({ min: 3 }),
    expected: 'warning minimum-lowered',
    says: /minimum of 3 .* 2 during the run/,
  },
  { when: 'there is a warm pool', fleet: group({ warmPool: true }), expected: 'warning warm-pool', says: /warm pool/ },
  {
    when: 'there are lifecycle hooks',
    fleet: group({ launchLifecycleHooks: ['warm-up'], terminateLifecycleHooks: ['farewell'] }),
    expected: 'warning lifecycle-hooks',
    says: /warm-up, farewell/,
  },
  {
    when: 'there is a mixed instances policy',
    fleet: group({ mixedInstances: true }),
    expected: 'warning mixed-instances',
    says: /another type/,
  },
  {
    when: 'there is an instance maintenance policy',
    fleet: group({ maintenancePolicy: { minHealthyPercentage: 90, maxHealthyPercentage: 120 } }),
    expected: 'warning maintenance-policy',
    says: /90–120% healthy.*never goes below 2/s,
  },
  {
    when: 'there is no launch template',
    fleet: group({ hasLaunchTemplate: false }),
    expected: 'warning no-launch-template',
    says: /need a person/,
  },
  {
    when: 'there is no launch template and a rollback replaces',
    fleet: group({ hasLaunchTemplate: false }),
    policy: policy({ rollback: 'replace' }),
    expected: 'error no-launch-template',
    says: /rollback is replace/,
  },
  {
    when: 'an instance carries the tag of a run',
    fleet: oneOf({ runId: 'r1' }),
    expected: 'warning instance-marked',
    says: /i-03 still carries the tag of r1.*drydock recover r1/s,
  },
  // Sizes and amounts.
  {
    when: 'maxUnavailable empties the group',
    policy: policy({ rollout: { maxUnavailable: { count: 3 } } }),
    expected: 'error no-capacity-left',
    says: /Lower rollout\.maxUnavailable to 2/,
  },
  {
    when: 'the group is of one',
    fleet: fleet(several(1)),
    expected: 'error no-capacity-left',
    says: /Scale the group to two/,
  },
  {
    when: 'as many as may be out are out',
    fleet: oneOf({ healthStatus: 'Unhealthy' }),
    expected: 'error no-room',
    says: /1 of 3 do not serve already.*raise rollout\.maxUnavailable to 2/s,
  },
  {
    when: 'the canary is larger than the group',
    policy: policy({ rollout: { canary: { count: 4 } } }),
    expected: 'error canary-too-large',
    says: /canary of 4 .* group of 3.*Lower rollout\.canary/s,
  },
  {
    when: 'an attach would exceed the maximum',
    fleet: group({ max: 2 }),
    expected: 'error above-maximum',
    says: /maximum of 2/,
  },
  {
    when: 'desired is the maximum',
    fleet: group({ max: 3 }),
    expected: 'warning no-headroom',
    says: /scales out/,
  },
  // The policy.
  {
    when: 'capacity is surge',
    policy: policy({ rollout: { capacity: 'surge' } }),
    expected: 'error not-yet-supported',
    says: /surge/,
  },
  {
    when: 'nothing tells a broken instance',
    policy: policy({ health: [] }),
    fleet: fleet(several(3, { targets: [] }), { targetGroups: [] }),
    expected: 'error nothing-to-check',
    says: /go unnoticed/,
  },
  {
    when: 'only the target group tells a broken instance',
    policy: policy({ health: [] }),
    expected: 'warning no-health-check',
    says: /target groups alone/,
  },
  {
    when: 'the list is not pinned',
    policy: policy({ patches: unpinned }),
    expected: 'warning set-not-pinned',
    says: /patches\.overrideList: s3:/,
  },
  {
    when: 'the list is not pinned and an instance that is patched misses what is held',
    policy: policy({ patches: unpinned }),
    fleet: oneOf({ missing: [patch(), HELD] }),
    expected: 'error held-not-guarded',
    says: /zlib\.x86_64:0:1\.2-3 is held.*patches\.overrideList: s3:/s,
  },
  {
    when: 'the list is not pinned, and no instance that is patched misses what is held',
    policy: policy({ patches: unpinned }),
    fleet: oneOf({ missing: [HELD] }),
    expected: 'warning set-not-pinned',
    says: /other than this plan/,
  },
  // The instances that are patched.
  {
    when: 'the group has several operating systems',
    fleet: oneOf({ operatingSystem: 'UBUNTU' }),
    expected: 'warning mixed-operating-systems',
    says: /AMAZON_LINUX_2, UBUNTU/,
  },
  {
    when: 'a root volume cannot be restored',
    fleet: fleet([...several(2), withoutRootVolume()]),
    expected: 'warning root-not-restorable',
    says: /i-03/,
  },
  {
    when: 'an instance is protected from scale-in',
    fleet: oneOf({ protectedFromScaleIn: true }),
    expected: 'warning scale-in-protection',
    says: /i-03 is protected/,
  },
  { when: 'an instance is spot', fleet: oneOf({ spot: true }), expected: 'warning spot', says: /i-03 is spot/ },
  {
    when: 'a scan is old',
    fleet: oneOf({ scannedAt: '2026-03-02T00:00:00.000Z' }),
    expected: 'warning old-scan',
    says: /i-03 .* 7 days ago/,
  },
  {
    when: 'a health check asks for what an instance lacks',
    policy: checkOf('http://{publicIp}/'),
    fleet: fleet([...several(2, { publicIp: '192.0.2.1' }), instance('i-03')]),
    expected: 'error health-url',
    says: /\{publicIp\}, which i-03 does not have/,
  },
];

function neverScanned(): FleetInstance {
  const { scannedAt: _, ...unscanned } = instance('i-03');
  return unscanned;
}

function withoutSystem(): FleetInstance {
  const { operatingSystem: _, ...unknown } = instance('i-03');
  return unknown;
}

function withoutRootVolume(): FleetInstance {
  const { rootVolumeId: _, ...unrestorable } = instance('i-03');
  return unrestorable;
}

describe('a plan', () => {
  it('has no problem with a group that is well', () => {
    expect(planFor({ fleet: fleet(several(3)) }).problems).toEqual([]);
  });

  it.each(CASES)('says when $when: $expected', (wanted) => {
    const { problems } = planFor({ fleet: wanted.fleet ?? fleet(several(3)), policy: wanted.policy ?? policy() });
    const found = problems.find(({ level, code }) => `${level} ${code}` === wanted.expected);
    expect(found, problems.map(({ level, code }) => `${level} ${code}`).join(', ')).toBeDefined();
    expect(`${found?.message}\n${found?.remedy}`).toMatch(wanted.says);
    expect(found?.instanceId).toBe(wanted.instanceId);
  });

  it('has every problem that there is tried above', () => {
    const folder = new URL('../../../src/orchestrator/plan/', import.meta.url);
    const sources = ['eligible.ts', ...readdirSync(new URL('problems/', folder)).map((name) => `problems/${name}`)];
    const text = sources.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
    const all = [...text.matchAll(/(?:code: |\b(?:error|warning)\)?\(\s*)'([a-z-]+)'/g)].map(([, code]) => code);
    expect(all.length).toBeGreaterThan(30);
    const tried = new Set(CASES.map(({ expected }) => expected.split(' ')[1]));
    expect(all.filter((code) => !tried.has(code))).toEqual([]);
  });

  it('puts errors first', () => {
    const { problems } = planFor({
      fleet: group({ min: 3, warmPool: true, instanceRefresh: 'Pending', classicLoadBalancers: ['old'] }),
    });
    const levels = problems.map(({ level }) => level);
    expect(levels).toEqual(levels.toSorted());
    expect(new Set(levels)).toEqual(new Set(['error', 'warning']));
  });

  it('has nothing to remark on what would not be touched', () => {
    const nothingMissing = fleet(several(3, { missing: [], spot: true, protectedFromScaleIn: true }), {
      min: 3,
      instanceRefresh: 'InProgress',
      warmPool: true,
      classicLoadBalancers: ['old'],
    });
    const refused = policy({ rollout: { maxUnavailable: { count: 3 }, capacity: 'surge' }, patches: unpinned });
    expect(planFor({ fleet: nothingMissing, policy: refused })).toMatchObject({ waves: [], problems: [] });
  });

  it('has nothing to do with an empty group, and no problem with it', () => {
    expect(planFor({ fleet: fleet([]) })).toMatchObject({ waves: [], problems: [], untouched: [], held: [] });
  });

  it('does not plan to do anything with a group that is all sick', () => {
    const made = planFor({ fleet: fleet(several(3, { healthStatus: 'Unhealthy' })) });
    expect(made.waves).toEqual([]);
    expect(codes(made)).toContain('error group-sick');
  });

  it('says nothing of scale-in protection where standby keeps it', () => {
    const given = { fleet: fleet(several(3, { protectedFromScaleIn: true })) };
    expect(codes(planFor({ ...given, policy: policy({ rollout: { isolation: 'standby' } }) }))).toEqual([]);
    expect(codes(planFor(given))).toEqual(['warning scale-in-protection']);
  });

  it('names those that are alike in one problem', () => {
    const [problem, ...others] = planFor({ fleet: fleet(several(8, { spot: true })) }).problems;
    expect(others).toEqual([]);
    expect(problem?.message).toBe('i-01, i-02, i-03 and 5 more are spot and may be reclaimed on the way');
  });

  it('has nothing to say of what is held where the list is pinned', () => {
    expect(codes(planFor({ fleet: oneOf({ missing: [patch(), HELD] }) }))).toEqual([]);
  });
});
