import type { Plan, PlannedInstance, PlannedPatch } from '../../../src/orchestrator/plan/types.ts';

/** A patch that the policy approved, as a plan has it. */
export function plannedPatch(id: string): PlannedPatch {
  return {
    id,
    title: `${id}:0:1.2-3`,
    classification: 'Security',
    severity: 'Critical',
    cves: ['CVE-2026-0001'],
    rule: 'critical-security',
    releasedAt: '2026-11-01T00:00:00Z',
    approvedSince: '2026-11-01T00:00:00Z',
  };
}

/** A plan for a group of as many instances as the waves name, one zone after the other. */
export function planOf(waves: string[][], patches = ['openssl.x86_64']): Plan {
  const instances = waves.flat();
  const positions = new Map(instances.map((id, at) => [id, at]));
  const instance = (instanceId: string, at: number): PlannedInstance => ({
    instanceId,
    az: at % 2 === 0 ? 'eu-west-1a' : 'eu-west-1b',
    operatingSystem: 'AMAZON_LINUX_2023',
    privateIp: null,
    publicIp: null,
    privateDnsName: null,
    rootVolumeId: null,
    protectedFromScaleIn: false,
    patches: patches.map(plannedPatch),
  });
  return {
    version: 1,
    madeAt: '2026-11-23T10:00:00Z',
    policy: { name: 'standard', fingerprint: 'abcdef012345' },
    environment: 'production',
    region: 'eu-west-1',
    group: {
      name: 'web',
      min: 1,
      max: instances.length,
      desired: instances.length,
      suspendedProcesses: [],
      targetGroupArns: ['arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/web/1'],
    },
    fingerprint: 'f',
    capacity: { inService: instances.length, maxUnavailable: 1, floor: instances.length - 1 },
    settings: {
      isolation: 'detach',
      rollback: 'restore',
      reboot: 'RebootIfNeeded',
      maxFailures: 0,
      onFailure: 'halt',
      keepSnapshotsSeconds: 7 * 86_400,
      leaseSeconds: 30_000,
      bakeSeconds: 300,
      suspend: ['AZRebalance'],
      alarms: [],
      changeCalendars: [],
      approval: 'none',
      health: [],
      hooks: { beforeDetach: [], afterPatch: [], afterAttach: [] },
      notify: 0,
      drainSeconds: 60,
      patchTimeoutSeconds: 7200,
      inServiceSeconds: 600,
    },
    waves: waves.map((ids, at) => ({
      number: at + 1,
      kind: at === 0 ? 'canary' : 'wave',
      concurrency: 1,
      instances: ids.map((id) => instance(id, positions.get(id) ?? 0)),
    })),
    untouched: [],
    held: [],
    problems: [],
    estimate: { seconds: 3600, stateTransitions: 100, dollars: 0.0025 },
  };
}
