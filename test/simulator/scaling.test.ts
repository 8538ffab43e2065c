import { describe, expect, test } from 'vitest';
import { attach, detach, groupWeb, lifecycleState, refusal, targetHealth, webFleet } from './fleet.ts';

const web = { AutoScalingGroupName: 'web' };

describe('what the group does of its own', () => {
  test('a member that somebody terminated is replaced', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    await cloud.ec2.terminateInstances({ InstanceIds: [id] });
    expect(cloud.inServiceHealthy('web')).toBe(3);
    clock.pass(120);
    expect(cloud.inServiceHealthy('web')).toBe(4);
    expect(await lifecycleState(fleet, id)).toBeUndefined();
    expect(cloud.lowestInService('web')).toMatchObject({ count: 3 });
  });

  test('a member that somebody terminated before it was in service is replaced too', async () => {
    const fleet = webFleet();
    const { cloud, clock } = fleet;
    await cloud.autoscaling.setDesiredCapacity({ ...web, DesiredCapacity: 5 });
    clock.pass(20);
    const launched = (await groupWeb(fleet)).Instances?.at(-1);
    expect(launched).toMatchObject({ LifecycleState: 'Pending' });
    await cloud.ec2.terminateInstances({ InstanceIds: [launched?.InstanceId ?? ''] });
    clock.pass(120);
    expect(await lifecycleState(fleet, launched?.InstanceId ?? '')).toBeUndefined();
    expect(cloud.inServiceHealthy('web')).toBe(5);
  });

  test('a member whose target is unhealthy is replaced when the group looks at ELB, and not when it looks at EC2', async () => {
    for (const [healthCheckType, survives] of [
      ['ELB', false],
      ['EC2', true],
    ] as const) {
      const fleet = webFleet({ healthCheckType, boot: 300 });
      await fleet.cloud.ec2.rebootInstances({ InstanceIds: [fleet.id] });
      fleet.clock.pass(400);
      expect([healthCheckType, (await lifecycleState(fleet, fleet.id)) === 'InService']).toEqual([
        healthCheckType,
        survives,
      ]);
    }
  });

  test('nothing is replaced while HealthCheck is suspended; it is as soon as it is resumed', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    await cloud.autoscaling.suspendProcesses({ ...web, ScalingProcesses: ['HealthCheck'] });
    await cloud.ec2.terminateInstances({ InstanceIds: [id] });
    clock.pass(600);
    expect(await lifecycleState(fleet, id)).toBe('InService');
    await cloud.autoscaling.resumeProcesses({ ...web, ScalingProcesses: ['HealthCheck'] });
    clock.pass(120);
    expect(await lifecycleState(fleet, id)).toBeUndefined();
    expect(cloud.inServiceHealthy('web')).toBe(4);
  });

  test('nothing is launched while Launch is suspended', async () => {
    const fleet = webFleet();
    await fleet.cloud.autoscaling.suspendProcesses({ ...web, ScalingProcesses: ['Launch'] });
    await fleet.cloud.autoscaling.setDesiredCapacity({ ...web, DesiredCapacity: 6 });
    fleet.clock.pass(600);
    expect((await groupWeb(fleet)).Instances).toHaveLength(4);
  });

  test('an attached instance whose check fails is replaced after the grace period, not before', async () => {
    const fleet = webFleet({ graceSeconds: 200 });
    const { cloud, clock, id } = fleet;
    await detach(fleet, id);
    clock.pass(31);
    cloud.machine(id).faults.targetNeverHealthy = true;
    await attach(fleet, id);
    clock.pass(190);
    expect(await targetHealth(fleet, id)).toMatch(/^unhealthy/);
    expect(await lifecycleState(fleet, id)).toBe('InService');
    clock.pass(60);
    expect(await lifecycleState(fleet, id)).not.toBe('InService');
  });

  test('a detach that unbalances the zones makes AZRebalance terminate a neighbour, unless it is suspended', async () => {
    const survivors = async (suspended: Record<string, string>) => {
      const fleet = webFleet({ size: 4, azs: ['us-east-1a', 'us-east-1b'], suspended });
      const inB = fleet.ids.filter((id) => fleet.cloud.machine(id).az === 'us-east-1b');
      await detach(fleet, ...inB);
      fleet.clock.pass(600);
      const { Instances = [] } = await groupWeb(fleet);
      return Instances.filter(({ InstanceId = '' }) => fleet.ids.includes(InstanceId)).length;
    };
    expect(await survivors({})).toBe(1);
    expect(await survivors({ AZRebalance: 'a person' })).toBe(2);
  });

  test('TerminateInstanceInAutoScalingGroup drains a member first, and refuses who is none', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    const input = { InstanceId: id, ShouldDecrementDesiredCapacity: true };
    const { Activity } = await cloud.autoscaling.terminateInstanceInAutoScalingGroup(input);
    expect(Activity).toMatchObject({ StatusCode: 'InProgress', AutoScalingGroupName: 'web' });
    expect(cloud.machine(id).state).toBe('running');
    clock.pass(35);
    expect(await lifecycleState(fleet, id)).toBeUndefined();
    expect(cloud.machine(id).state).toBe('shutting-down');
    expect(await groupWeb(fleet)).toMatchObject({ DesiredCapacity: 3 });
    expect(await refusal(cloud.autoscaling.terminateInstanceInAutoScalingGroup(input))).toBe('ValidationError');
    const { Activities } = await cloud.autoscaling.describeScalingActivities(web);
    expect(Activities).toMatchObject([{ StatusCode: 'Successful', Description: `Terminating EC2 instance: ${id}` }]);
  });

  test('a scaling policy changes desired capacity by a number, within its bounds, and is named in the cause of what follows', async () => {
    const fleet = webFleet();
    const { autoscaling } = fleet.cloud;
    const policy = { ...web, PolicyName: 'one-more' };
    await autoscaling.putScalingPolicy({ ...policy, AdjustmentType: 'ChangeInCapacity', ScalingAdjustment: 1 });
    const { MaxSize = 0, DesiredCapacity = 0 } = await groupWeb(fleet);
    await autoscaling.executePolicy(policy);
    fleet.clock.pass(10);
    expect(await groupWeb(fleet)).toMatchObject({ DesiredCapacity: DesiredCapacity + 1 });
    const { Activities } = await autoscaling.describeScalingActivities(web);
    expect(Activities?.map(({ Cause }) => Cause)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^At \\S+Z a user request executed policy one-more changing the desired capacity from ${DesiredCapacity} to ${DesiredCapacity + 1}\\. At \\S+Z an instance was started`,
        ),
      ),
    ]);
    for (let more = DesiredCapacity + 1; more <= MaxSize + 1; more += 1) await autoscaling.executePolicy(policy);
    expect(await groupWeb(fleet)).toMatchObject({ DesiredCapacity: MaxSize });
    await autoscaling.deletePolicy(policy);
    expect(await refusal(autoscaling.executePolicy(policy))).toBe('ValidationError');
    expect(await refusal(autoscaling.deletePolicy(policy))).toBe('ValidationError');
  });

  test('a launch hook holds a launched instance back, and not an attached one', async () => {
    const fleet = webFleet({
      lifecycleHooks: [{ LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING', HeartbeatTimeout: 300 }],
    });
    await detach(fleet, fleet.id);
    fleet.clock.pass(31);
    await attach(fleet, fleet.id);
    await fleet.cloud.autoscaling.setDesiredCapacity({ ...web, DesiredCapacity: 5 });
    fleet.clock.pass(100);
    const states = (await groupWeb(fleet)).Instances?.map(({ LifecycleState }) => LifecycleState);
    expect(states?.toSorted()).toEqual(['InService', 'InService', 'InService', 'InService', 'Pending:Wait']);
    fleet.clock.pass(300);
    expect(fleet.cloud.inServiceHealthy('web')).toBe(5);
  });
});
