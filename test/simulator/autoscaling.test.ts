import { describe, expect, test } from 'vitest';
import { attach, detach, groupWeb, lifecycleState, refusal, targetHealth, webFleet } from './fleet.ts';

const web = { AutoScalingGroupName: 'web' };

describe('DetachInstances', () => {
  test('with decrement lowers desired at once, and the instance leaves when it is drained', async () => {
    const fleet = webFleet({ targetGroups: [{ deregistrationDelaySeconds: 30 }, { deregistrationDelaySeconds: 120 }] });
    await detach(fleet, fleet.id);
    expect(await groupWeb(fleet)).toMatchObject({ DesiredCapacity: 3 });
    fleet.clock.pass(119);
    expect(await lifecycleState(fleet, fleet.id)).toBe('Detaching');
    fleet.clock.pass(2);
    expect(await lifecycleState(fleet, fleet.id)).toBeUndefined();
  });

  test('takes the group tag and the scale-in protection along with membership', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    await cloud.autoscaling.setInstanceProtection({ ...web, InstanceIds: [id], ProtectedFromScaleIn: true });
    expect(cloud.machine(id).tags.get('aws:autoscaling:groupName')).toBe('web');
    await detach(fleet, id);
    clock.pass(31);
    expect(cloud.machine(id).tags.has('aws:autoscaling:groupName')).toBe(false);
    await attach(fleet, id);
    const { AutoScalingInstances } = await cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: [id] });
    expect(AutoScalingInstances).toMatchObject([{ ProtectedFromScaleIn: false, HealthStatus: 'HEALTHY' }]);
    expect(cloud.machine(id).tags.get('aws:autoscaling:groupName')).toBe('web');
  });

  test('is refused when desired would fall below the minimum, and changes nothing', async () => {
    const fleet = webFleet({ min: 4 });
    await expect(detach(fleet, fleet.id)).rejects.toMatchObject({
      name: 'ValidationError',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
      message: expect.stringContaining('min-size=4, max-size=6, and desired-size=4'),
    });
    expect(await lifecycleState(fleet, fleet.id)).toBe('InService');
    await fleet.cloud.autoscaling.updateAutoScalingGroup({ ...web, MinSize: 3 });
    await detach(fleet, fleet.id);
    expect(await lifecycleState(fleet, fleet.id)).toBe('Detaching');
  });

  test('without decrement lets the group launch a replacement, unpatched, from the launch template', async () => {
    const fleet = webFleet();
    const { cloud, clock, id, ids } = fleet;
    await cloud.autoscaling.detachInstances({ ...web, InstanceIds: [id], ShouldDecrementDesiredCapacity: false });
    clock.pass(120);
    const { Instances = [], DesiredCapacity } = await groupWeb(fleet);
    const launched = Instances.filter(({ InstanceId = '' }) => !ids.includes(InstanceId));
    expect(DesiredCapacity).toBe(4);
    expect(launched).toMatchObject([{ LifecycleState: 'InService' }]);
    expect(cloud.machine(launched[0]?.InstanceId ?? '').content.installed.size).toBe(0);
    expect(cloud.inServiceHealthy('web')).toBe(4);
  });

  test('refuses strangers, who already left, and more than 20 at a time', async () => {
    const fleet = webFleet({ size: 25, max: 30 });
    await expect(detach(fleet, 'i-00000000000000000')).rejects.toThrow('is not part of Auto Scaling group web');
    await detach(fleet, fleet.id);
    await expect(detach(fleet, fleet.id)).rejects.toThrow('Detaching');
    expect(await refusal(detach(fleet, ...fleet.ids.slice(1, 22)))).toBe('ValidationError');
  });
});

describe('AttachInstances', () => {
  test('is refused above the maximum', async () => {
    const fleet = webFleet({ max: 4 });
    await detach(fleet, fleet.id);
    fleet.clock.pass(31);
    await fleet.cloud.autoscaling.setDesiredCapacity({ ...web, DesiredCapacity: 4 });
    await expect(attach(fleet, fleet.id)).rejects.toThrow('max-size=4, and desired-size=4');
  });

  test('refuses a member, a member of another group, a stranger, and one in a zone that is not the group’s', async () => {
    const fleet = webFleet();
    const { cloud } = fleet;
    const [elsewhere = ''] = cloud.addGroup({ name: 'api', size: 1, min: 0, azs: ['us-east-1f'] });
    await expect(attach(fleet, fleet.id)).rejects.toThrow('already part of this');
    await expect(attach(fleet, elsewhere)).rejects.toThrow('part of another');
    await expect(attach(fleet, 'i-00000000000000000')).rejects.toThrow('Invalid Instance');
    await cloud.autoscaling.detachInstances({
      AutoScalingGroupName: 'api',
      InstanceIds: [elsewhere],
      ShouldDecrementDesiredCapacity: true,
    });
    fleet.clock.pass(301);
    await expect(attach(fleet, elsewhere)).rejects.toThrow('us-east-1f');
  });

  test('refuses an instance that does not run', async () => {
    const fleet = webFleet();
    await detach(fleet, fleet.id);
    fleet.clock.pass(31);
    await fleet.cloud.ec2.terminateInstances({ InstanceIds: [fleet.id] });
    await expect(attach(fleet, fleet.id)).rejects.toThrow("must be in 'running' state");
  });
});

describe('Standby', () => {
  test('an instance enters it through draining, stays a member, and is registered again when it exits', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    await cloud.autoscaling.enterStandby({ ...web, InstanceIds: [id], ShouldDecrementDesiredCapacity: true });
    expect(await lifecycleState(fleet, id)).toBe('EnteringStandby');
    clock.pass(31);
    expect(await lifecycleState(fleet, id)).toBe('Standby');
    expect(await targetHealth(fleet, id)).toBe('unused Target.NotRegistered');
    expect(await groupWeb(fleet)).toMatchObject({ DesiredCapacity: 3 });
    await cloud.autoscaling.exitStandby({ ...web, InstanceIds: [id] });
    expect(await lifecycleState(fleet, id)).toBe('Pending');
    clock.pass(15);
    expect(await lifecycleState(fleet, id)).toBe('InService');
    expect(await targetHealth(fleet, id)).toBe('healthy');
    expect(await groupWeb(fleet)).toMatchObject({ DesiredCapacity: 4 });
  });

  test('is not health-checked: a broken instance in it is left alone', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    await cloud.autoscaling.enterStandby({ ...web, InstanceIds: [id], ShouldDecrementDesiredCapacity: true });
    clock.pass(31);
    await cloud.ec2.rebootInstances({ InstanceIds: [id] });
    clock.pass(600);
    expect(await lifecycleState(fleet, id)).toBe('Standby');
  });

  test('is entered and left within minimum and maximum only', async () => {
    const fleet = webFleet({ min: 4, max: 4 });
    const { cloud, clock, id } = fleet;
    const enter = () =>
      cloud.autoscaling.enterStandby({ ...web, InstanceIds: [id], ShouldDecrementDesiredCapacity: true });
    await expect(enter()).rejects.toThrow('place into standby 1 instance');
    await expect(cloud.autoscaling.exitStandby({ ...web, InstanceIds: [id] })).rejects.toThrow('Standby');
    await cloud.autoscaling.updateAutoScalingGroup({ ...web, MinSize: 3 });
    await enter();
    clock.pass(31);
    await cloud.autoscaling.updateAutoScalingGroup({ ...web, MaxSize: 3 });
    await expect(cloud.autoscaling.exitStandby({ ...web, InstanceIds: [id] })).rejects.toThrow('max-size=3');
  });
});

describe('sizes, processes and tags', () => {
  test('a minimum above desired raises it; a minimum above the maximum is refused', async () => {
    const fleet = webFleet();
    await fleet.cloud.autoscaling.updateAutoScalingGroup({ ...web, MinSize: 5 });
    expect(await groupWeb(fleet)).toMatchObject({ MinSize: 5, DesiredCapacity: 5 });
    const update = fleet.cloud.autoscaling.updateAutoScalingGroup({ ...web, MinSize: 7 });
    expect(await refusal(update)).toBe('ValidationError');
  });

  test('desired is refused outside of minimum and maximum, and while the group is busy if the cooldown counts', async () => {
    const { cloud, clock } = webFleet();
    const set = (DesiredCapacity: number, HonorCooldown = false) =>
      cloud.autoscaling.setDesiredCapacity({ ...web, DesiredCapacity, HonorCooldown });
    await expect(set(7)).rejects.toThrow('above max value 6');
    await expect(set(1)).rejects.toThrow('below min value 2');
    await set(5);
    clock.pass(20);
    expect(await refusal(set(6, true))).toBe('ScalingActivityInProgressFault');
    expect(await refusal(set(6))).toBe('accepted');
  });

  test('scaling in terminates unprotected members of the crowded zone only', async () => {
    const fleet = webFleet();
    const { cloud, clock, ids } = fleet;
    const [first = '', second = '', third = '', fourth = ''] = ids;
    expect(cloud.machine(first).az).toBe(cloud.machine(fourth).az);
    await cloud.autoscaling.setInstanceProtection({ ...web, InstanceIds: [first], ProtectedFromScaleIn: true });
    await cloud.autoscaling.setDesiredCapacity({ ...web, DesiredCapacity: 3 });
    clock.pass(60);
    const { Instances = [] } = await groupWeb(fleet);
    expect(Instances.map(({ InstanceId }) => InstanceId)).toEqual([first, second, third]);
  });

  test('processes are suspended with a reason, all of them when none is named, and unknown ones are refused', async () => {
    const fleet = webFleet();
    const { autoscaling } = fleet.cloud;
    await autoscaling.suspendProcesses({ ...web, ScalingProcesses: ['AZRebalance'] });
    expect((await groupWeb(fleet)).SuspendedProcesses).toEqual([
      { ProcessName: 'AZRebalance', SuspensionReason: 'User suspended at 2026-03-02T00:00:00.000Z' },
    ]);
    await autoscaling.suspendProcesses({ ...web, ScalingProcesses: [] });
    expect((await groupWeb(fleet)).SuspendedProcesses).toHaveLength(9);
    await autoscaling.resumeProcesses(web);
    expect((await groupWeb(fleet)).SuspendedProcesses).toEqual([]);
    expect(await refusal(autoscaling.suspendProcesses({ ...web, ScalingProcesses: ['Launching'] }))).toBe(
      'ValidationError',
    );
  });

  test('groups are found by tag, in pages; tags come and go', async () => {
    const { cloud } = webFleet({ tags: { Environment: 'staging' } });
    cloud.addGroup({ name: 'api', size: 1, tags: { Environment: 'production' } });
    const names = async (input: object) => {
      const { AutoScalingGroups = [], NextToken } = await cloud.autoscaling.describeAutoScalingGroups(input);
      return [...AutoScalingGroups.map((group) => group.AutoScalingGroupName), NextToken];
    };
    expect(await names({ Filters: [{ Name: 'tag:Environment', Values: ['production'] }] })).toEqual(['api', undefined]);
    expect(await names({ MaxRecords: 1 })).toEqual(['web', 'from-1']);
    expect(await names({ MaxRecords: 1, NextToken: 'from-1' })).toEqual(['api', undefined]);
    expect(await refusal(names({ NextToken: 'mine' }))).toBe('InvalidNextToken');
    expect(await names({ AutoScalingGroupNames: ['gone'] })).toEqual([undefined]);
    const tag = { ResourceId: 'web', ResourceType: 'auto-scaling-group', Key: 'run' };
    await cloud.autoscaling.createOrUpdateTags({ Tags: [{ ...tag, Value: '1', PropagateAtLaunch: false }] });
    expect(await names({ Filters: [{ Name: 'tag-key', Values: ['run'] }] })).toEqual(['web', undefined]);
    await cloud.autoscaling.deleteTags({ Tags: [tag] });
    expect(await names({ Filters: [{ Name: 'tag-key', Values: ['run'] }] })).toEqual([undefined]);
  });

  test('whatever names a group that is not there is refused', async () => {
    const { autoscaling } = webFleet().cloud;
    const gone = { AutoScalingGroupName: 'gone' };
    await expect(autoscaling.describeInstanceRefreshes(gone)).rejects.toThrow('AutoScalingGroup gone not found');
    expect(await refusal(autoscaling.describeLifecycleHooks(gone))).toBe('ValidationError');
    expect(await refusal(autoscaling.updateAutoScalingGroup({ ...gone, MinSize: 1 }))).toBe('ValidationError');
  });

  test('DescribeAutoScalingInstances takes 50 ids and leaves out strangers', async () => {
    const { cloud, id } = webFleet();
    const { AutoScalingInstances } = await cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: [id, 'i-0'] });
    expect(AutoScalingInstances).toHaveLength(1);
    const tooMany = Array.from({ length: 51 }, (_, index) => `i-${index}`);
    expect(await refusal(cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: tooMany }))).toBe(
      'ValidationError',
    );
  });

  test('refreshes, hooks, warm pools and mixed instances are told as they were set', async () => {
    const fleet = webFleet({
      instanceRefreshes: [{ InstanceRefreshId: 'r', Status: 'InProgress' }],
      lifecycleHooks: [{ LifecycleHookName: 'h', LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING' }],
      warmPool: true,
      mixedInstances: true,
    });
    const { autoscaling } = fleet.cloud;
    expect(await autoscaling.describeInstanceRefreshes(web)).toMatchObject({
      InstanceRefreshes: [{ Status: 'InProgress' }],
    });
    expect(await autoscaling.describeLifecycleHooks(web)).toMatchObject({
      LifecycleHooks: [{ LifecycleHookName: 'h' }],
    });
    const group = await groupWeb(fleet);
    expect(group).toMatchObject({ WarmPoolConfiguration: {}, MixedInstancesPolicy: {} });
    expect(group.LaunchTemplate).toBeUndefined();
  });
});
