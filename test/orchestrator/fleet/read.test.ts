import type { LifecycleState } from '@aws-sdk/client-auto-scaling';
import { describe, expect, it } from 'vitest';
import type { Cloud } from '../../../src/orchestrator/aws/cloud.ts';
import { DrydockError, EXIT } from '../../../src/orchestrator/errors.ts';
import { findGroups, readFleet } from '../../../src/orchestrator/fleet/read.ts';
import type { SimulatedCloud } from '../../../src/simulator/simulated-cloud.ts';
import { NOW, OPENSSL, patchOf, readWeb, webCloud } from './cloud.ts';

/** The same cloud, one or two things a page. */
function inSmallPages(cloud: SimulatedCloud): Cloud {
  const { autoscaling, ec2, ssm, elasticloadbalancingv2 } = cloud;
  return {
    ...cloud,
    autoscaling: {
      ...autoscaling,
      describeAutoScalingGroups: (input) => autoscaling.describeAutoScalingGroups({ ...input, MaxRecords: 2 }),
    },
    ec2: { ...ec2, describeInstances: (input) => ec2.describeInstances({ ...input, MaxResults: 2 }) },
    elasticloadbalancingv2: {
      ...elasticloadbalancingv2,
      describeTargetGroups: (input) => elasticloadbalancingv2.describeTargetGroups({ ...input, PageSize: 1 }),
    },
    ssm: {
      ...ssm,
      describeInstanceInformation: (input) => ssm.describeInstanceInformation({ ...input, MaxResults: 2 }),
      describeInstancePatchStates: (input) => ssm.describeInstancePatchStates({ ...input, MaxResults: 2 }),
      describeInstancePatches: (input) => ssm.describeInstancePatches({ ...input, MaxResults: 1 }),
      describeAvailablePatches: (input) => ssm.describeAvailablePatches({ ...input, MaxResults: 1 }),
    },
  };
}

/** A member's state as only AWS could set it. */
function setState(cloud: SimulatedCloud, id: string, state: LifecycleState): void {
  const member = cloud.world.groups.get('web')?.members.get(id);
  if (member === undefined) throw new Error(`${id} is no member`);
  member.lifecycleState = state;
}

function refusalOf(reading: Promise<unknown>): Promise<unknown> {
  return reading.then(
    () => 'nothing was refused',
    (error: unknown) => error,
  );
}

describe('a fleet that is read', () => {
  it('has the group as it stands', async () => {
    const { cloud } = webCloud({
      desired: 3,
      tags: { Environment: 'production' },
      suspended: { ScheduledActions: 'by somebody', AZRebalance: 'by somebody' },
      targetGroups: [
        { name: 'web', deregistrationDelaySeconds: 30, intervalSeconds: 5, healthyThreshold: 2 },
        { name: 'admin', deregistrationDelaySeconds: 0, intervalSeconds: 10, healthyThreshold: 3 },
      ],
      warmPool: true,
      mixedInstances: true,
      classicLoadBalancers: ['old'],
      lifecycleHooks: [
        { LifecycleHookName: 'warm-up', LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' },
        { LifecycleHookName: 'farewell', LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING' },
      ],
      instanceRefreshes: [
        { InstanceRefreshId: 'r2', Status: 'Successful' },
        { InstanceRefreshId: 'r1', Status: 'Baking' },
      ],
    });
    const { region, readAt, group } = await readWeb(cloud);
    expect({ region, readAt }).toEqual({ region: 'us-east-1', readAt: NOW });
    expect(group).toMatchObject({
      name: 'web',
      min: 1,
      max: 6,
      desired: 3,
      azs: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
      targetGroups: [
        { deregistrationDelaySeconds: 30, healthyAfterSeconds: 10 },
        { deregistrationDelaySeconds: 0, healthyAfterSeconds: 30 },
      ],
      classicLoadBalancers: ['old'],
      suspendedProcesses: ['AZRebalance', 'ScheduledActions'],
      tags: { Environment: 'production' },
      instanceRefresh: 'Baking',
      warmPool: true,
      mixedInstances: true,
      launchLifecycleHooks: ['warm-up'],
      terminateLifecycleHooks: ['farewell'],
      hasLaunchTemplate: true,
    });
  });

  it('has no instance refresh once it is over, and no warm pool where there is none', async () => {
    const { cloud } = webCloud({ instanceRefreshes: [{ InstanceRefreshId: 'r1', Status: 'RollbackSuccessful' }] });
    const { group } = await readWeb(cloud);
    expect(group).not.toHaveProperty('instanceRefresh');
    expect(group).toMatchObject({ warmPool: false, mixedInstances: false, classicLoadBalancers: [] });
  });

  it('has an instance maintenance policy, unless it was cleared', async () => {
    const { cloud } = webCloud();
    const { autoscaling } = cloud;
    const read = async (MinHealthyPercentage: number, MaxHealthyPercentage: number) => {
      const describeAutoScalingGroups: typeof autoscaling.describeAutoScalingGroups = async (input) => {
        const { AutoScalingGroups = [] } = await autoscaling.describeAutoScalingGroups(input);
        const InstanceMaintenancePolicy = { MinHealthyPercentage, MaxHealthyPercentage };
        return { AutoScalingGroups: AutoScalingGroups.map((group) => ({ ...group, InstanceMaintenancePolicy })) };
      };
      return (await readWeb({ ...cloud, autoscaling: { ...autoscaling, describeAutoScalingGroups } })).group;
    };
    expect(await read(90, 120)).toMatchObject({
      maintenancePolicy: { minHealthyPercentage: 90, maxHealthyPercentage: 120 },
    });
    expect(await read(-1, -1)).not.toHaveProperty('maintenancePolicy');
  });

  it('has each instance with its machine, agent, targets and patches', async () => {
    const { cloud, ids } = webCloud({ newInstancesProtected: true, spot: true });
    const [id = ''] = ids;
    cloud.machine(id).tags.set('drydock:run-id', 'r1');
    const { instances } = await readWeb(cloud);
    expect(instances.map(({ instanceId }) => instanceId).sort()).toEqual(ids.toSorted());
    const machine = cloud.machine(id);
    expect(instances.find(({ instanceId }) => instanceId === id)).toEqual({
      instanceId: id,
      az: machine.az,
      lifecycleState: 'InService',
      healthStatus: 'Healthy',
      protectedFromScaleIn: true,
      imageId: machine.template.imageId,
      instanceType: 't3.medium',
      privateIp: machine.privateIp,
      publicIp: machine.publicIp,
      privateDnsName: machine.privateDnsName,
      launchedAt: '2026-03-01T00:00:00.000Z',
      rootVolumeId: machine.rootVolumeId,
      spot: true,
      operatingSystem: 'AMAZON_LINUX_2',
      agent: { pingStatus: 'Online', lastPingAt: expect.stringMatching(/^2026-03-0.*Z$/) },
      targets: [{ targetGroupArn: expect.stringContaining('targetgroup/web/'), state: 'healthy' }],
      scannedAt: expect.stringMatching(/^2026-03-0.*Z$/),
      missing: [
        {
          id: 'openssl.x86_64',
          title: OPENSSL.title,
          classification: 'Security',
          severity: 'Important',
          cves: ['CVE-2026-0001', 'CVE-2026-0002'],
          releasedAt: '2026-02-01T00:00:00.000Z',
        },
      ],
      pendingReboot: 0,
      runId: 'r1',
    });
  });

  it('is the same in however small pages AWS answers', async () => {
    const { cloud, ids } = webCloud({
      size: 7,
      max: 7,
      targetGroups: [{ name: 'web' }, { name: 'admin' }],
      patches: [OPENSSL, patchOf('zlib.x86_64', { releasedAt: '2026-02-11T00:00:00.000Z' })],
    });
    const whole = await readWeb(cloud);
    expect(await readWeb(inSmallPages(cloud))).toEqual(whole);
    expect(whole.instances).toHaveLength(ids.length);
    expect(whole.instances.map(({ missing }) => missing.map(({ releasedAt }) => releasedAt))).toEqual(
      ids.map(() => ['2026-02-01T00:00:00.000Z', '2026-02-11T00:00:00.000Z']),
    );
  });

  it('takes few calls, most of them for many instances at once', async () => {
    const { cloud } = webCloud({ size: 250, max: 250 });
    cloud.callCounts.clear();
    await readWeb(cloud);
    expect(Object.fromEntries(cloud.callCounts)).toEqual({
      'autoscaling:describeAutoScalingGroups': 1,
      'autoscaling:describeInstanceRefreshes': 1,
      'autoscaling:describeLifecycleHooks': 1,
      'ec2:describeInstances': 2,
      'elasticloadbalancingv2:describeTargetGroups': 1,
      'elasticloadbalancingv2:describeTargetGroupAttributes': 1,
      'elasticloadbalancingv2:describeTargetHealth': 1,
      'ssm:describeInstanceInformation': 5,
      'ssm:describeInstancePatchStates': 5,
      'ssm:describeInstancePatches': 250,
      'ssm:describeAvailablePatches': 1,
    });
  });

  it('takes no call for each instance when nothing is missing, and none for target groups when there are none', async () => {
    const { cloud } = webCloud({ size: 60, max: 60, installed: [OPENSSL.id], targetGroups: [] });
    cloud.callCounts.clear();
    const { instances } = await readWeb(cloud);
    expect(instances.every(({ missing, targets }) => missing.length === 0 && targets.length === 0)).toBe(true);
    expect([...cloud.callCounts.keys()].sort()).toEqual([
      'autoscaling:describeAutoScalingGroups',
      'autoscaling:describeInstanceRefreshes',
      'autoscaling:describeLifecycleHooks',
      'ec2:describeInstances',
      'ssm:describeInstanceInformation',
      'ssm:describeInstancePatchStates',
    ]);
  });

  it('changes nothing', async () => {
    const { cloud } = webCloud();
    cloud.callCounts.clear();
    await readWeb(cloud);
    expect([...cloud.callCounts.keys()].filter((call) => !/:(describe|get|list)/.test(call))).toEqual([]);
  });

  it('may be empty', async () => {
    const { cloud } = webCloud({ size: 0, min: 0 });
    expect(await readWeb(cloud)).toMatchObject({ group: { desired: 0 }, instances: [] });
  });

  it('has lifecycle states that nobody knew of yet', async () => {
    const { cloud, ids } = webCloud();
    // AWS adds states from time to time; the SDK's type has those of its day.
    setState(cloud, ids[0] ?? '', 'Hibernating' as LifecycleState);
    setState(cloud, ids[1] ?? '', 'ReplacingRootVolume:Wait');
    const { instances } = await readWeb(cloud);
    const states = new Map(instances.map(({ instanceId, lifecycleState }) => [instanceId, lifecycleState]));
    expect(ids.map((id) => states.get(id))).toEqual(['Hibernating', 'ReplacingRootVolume:Wait', 'InService']);
  });

  it('has an instance whose machine is gone already', async () => {
    const { cloud, ids } = webCloud();
    const { ec2 } = cloud;
    const gone = ids[0] ?? '';
    const without = async (input: Parameters<typeof ec2.describeInstances>[0]) => {
      const { Reservations = [] } = await ec2.describeInstances(input);
      return { Reservations: Reservations.filter(({ Instances }) => Instances?.[0]?.InstanceId !== gone) };
    };
    const { instances } = await readWeb({ ...cloud, ec2: { ...ec2, describeInstances: without } });
    const read = instances.find(({ instanceId }) => instanceId === gone);
    expect(read).toMatchObject({ az: 'us-east-1a', lifecycleState: 'InService', spot: false });
    expect(read).not.toHaveProperty('rootVolumeId');
  });

  it('tells an agent that was never registered from one that is silent', async () => {
    const { cloud, ids } = webCloud();
    const { ssm } = cloud;
    const [unknown = '', silent = ''] = ids;
    const machine = cloud.machine(silent);
    Object.assign(machine, { agentOnline: false, agentSince: machine.launchedAt + 1 });
    const without = async (input: Parameters<typeof ssm.describeInstanceInformation>[0]) => {
      const { InstanceInformationList = [] } = await ssm.describeInstanceInformation(input);
      return { InstanceInformationList: InstanceInformationList.filter(({ InstanceId }) => InstanceId !== unknown) };
    };
    const fleet = await readWeb({ ...cloud, ssm: { ...ssm, describeInstanceInformation: without } });
    const byId = new Map(fleet.instances.map((instance) => [instance.instanceId, instance]));
    expect(byId.get(unknown)).toMatchObject({ agent: { pingStatus: 'NotRegistered' }, missing: [] });
    expect(byId.get(unknown)).not.toHaveProperty('operatingSystem');
    expect(byId.get(silent)?.agent).toMatchObject({ pingStatus: 'ConnectionLost' });
    expect(byId.get(silent)).toMatchObject({ operatingSystem: 'AMAZON_LINUX_2' });
  });

  it('says of an instance that was never scanned that nobody looked, not that nothing is missing', async () => {
    const { cloud } = webCloud({ scanned: false });
    const { instances } = await readWeb(cloud);
    expect(instances).toHaveLength(3);
    for (const instance of instances) expect(instance).not.toHaveProperty('scannedAt');
  });

  it('has no root volume where the root device is an instance store', async () => {
    const { cloud } = webCloud({ ebsRoot: false });
    const { instances } = await readWeb(cloud);
    expect(instances).toHaveLength(3);
    for (const instance of instances) expect(instance).not.toHaveProperty('rootVolumeId');
  });

  it('says of a member that a target group lacks that it is not registered', async () => {
    const { cloud, ids } = webCloud();
    for (const { registrations } of cloud.world.targetGroups.values()) registrations.delete(ids[0] ?? '');
    const { instances } = await readWeb(cloud);
    expect(instances.find(({ instanceId }) => instanceId === ids[0])?.targets).toMatchObject([
      { state: 'unused', reason: 'Target.NotRegistered' },
    ]);
  });
});

describe('release dates', () => {
  it('are joined on Windows by article', async () => {
    const kb = patchOf('KB5031356', {
      title: '2026-02 Cumulative Update',
      operatingSystem: 'WINDOWS',
      classification: 'SecurityUpdates',
    });
    const { cloud } = webCloud({ operatingSystem: 'WINDOWS', patches: [kb] });
    const { instances } = await readWeb(cloud);
    expect(instances).toHaveLength(3);
    for (const { operatingSystem, missing } of instances) {
      expect(operatingSystem).toBe('WINDOWS');
      expect(missing).toMatchObject([{ id: 'KB5031356', releasedAt: '2026-02-01T00:00:00.000Z' }]);
    }
  });

  it('are not known elsewhere, nor asked for', async () => {
    const patch = patchOf('openssl', { operatingSystem: 'UBUNTU' });
    const { cloud } = webCloud({ operatingSystem: 'UBUNTU', patches: [patch] });
    cloud.callCounts.clear();
    const { instances } = await readWeb(cloud);
    expect(instances.map(({ missing }) => missing.length)).toEqual([1, 1, 1]);
    for (const patch of instances.flatMap(({ missing }) => missing)) expect(patch).not.toHaveProperty('releasedAt');
    expect(cloud.callCounts.has('ssm:describeAvailablePatches')).toBe(false);
  });

  it('are asked for some twenty patches at a time', async () => {
    const patches = Array.from({ length: 45 }, (_, at) => patchOf(`package-${at}.x86_64`));
    const { cloud } = webCloud({ patches });
    cloud.callCounts.clear();
    const { instances } = await readWeb(cloud);
    expect(instances[0]?.missing).toHaveLength(45);
    expect(instances[0]?.missing.every(({ releasedAt }) => releasedAt === '2026-02-01T00:00:00.000Z')).toBe(true);
    expect(cloud.callCounts.get('ssm:describeAvailablePatches')).toBe(3);
  });
});

describe('groups that are looked for', () => {
  it('are found with their tags, whatever their number', async () => {
    const { cloud } = webCloud({ tags: { Environment: 'production' } });
    for (let at = 0; at < 130; at++) cloud.addGroup({ name: `g${at}`, size: 0 });
    cloud.callCounts.clear();
    const groups = await findGroups(cloud);
    expect(groups).toHaveLength(131);
    expect(groups).toContainEqual({ name: 'web', tags: { Environment: 'production' } });
    expect(cloud.callCounts.get('autoscaling:describeAutoScalingGroups')).toBe(2);
    expect(await findGroups(inSmallPages(cloud))).toEqual(groups);
  });

  it('are refused when they are not there, the nearest name first', async () => {
    const { cloud } = webCloud();
    cloud.addGroup({ name: 'api', size: 0 });
    const error = await refusalOf(readFleet(cloud, 'wbe', { region: 'us-east-1', now: NOW }));
    expect(error).toBeInstanceOf(DrydockError);
    expect(error).toMatchObject({
      exitCode: EXIT.badInput,
      message: 'there is no Auto Scaling group wbe in this account and region',
      next: 'Did you mean web? There are: api, web.',
    });
  });

  it('are refused with a word of the region when there is none at all', async () => {
    const { cloud } = webCloud();
    cloud.world.groups.clear();
    const error = await refusalOf(readWeb(cloud));
    expect(error).toMatchObject({ exitCode: EXIT.badInput, next: expect.stringContaining('region') });
  });
});
