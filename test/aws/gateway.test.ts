/**
 * The harness itself: every call that the gateway answers in Moto's place is asked through the real SDK client, and
 * what it mends is looked at from outside.
 */
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { S3 } from '@aws-sdk/client-s3';
import { SSM } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clientSettings } from './clients.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { findMoto, type Moto, startMoto } from './moto.ts';

const source = await findMoto();
if ('missing' in source) console.warn(source.missing);

const ID = /^i-[0-9a-f]{8,17}$/;

describe.skipIf('missing' in source)('Moto behind the gateway', () => {
  let moto: Moto;
  let fleet: Fleet;
  let first: string;
  let ssm: SSM;
  let ec2: EC2;
  let autoscaling: AutoScaling;
  let elb: ElasticLoadBalancingV2;

  beforeAll(async () => {
    if ('missing' in source) throw new Error(source.missing);
    moto = await startMoto(source);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  beforeEach(async () => {
    fleet = await createFleet(moto.url);
    first = fleet.instanceIds[0] ?? '';
    const settings = clientSettings(fleet.gateway.url);
    ssm = new SSM(settings);
    ec2 = new EC2(settings);
    autoscaling = new AutoScaling(settings);
    elb = new ElasticLoadBalancingV2(settings);
    return () => fleet[Symbol.asyncDispose]();
  });

  const group = async () => {
    const answer = await autoscaling.describeAutoScalingGroups({ AutoScalingGroupNames: [fleet.groupName] });
    return answer.AutoScalingGroups?.[0];
  };
  const target = async (instanceId: string) => {
    const query = { TargetGroupArn: fleet.targetGroupArn, Targets: [{ Id: instanceId }] };
    return (await elb.describeTargetHealth(query)).TargetHealthDescriptions?.[0]?.TargetHealth;
  };
  const install = (instanceId: string, parameters: Record<string, string[]> = {}) =>
    ssm.sendCommand({
      DocumentName: 'AWS-RunPatchBaseline',
      InstanceIds: [instanceId],
      Comment: 'drydock run-1',
      Parameters: { Operation: ['Install'], RebootOption: ['RebootIfNeeded'], ...parameters },
    });
  const rootVolume = async (instanceId: string) => {
    const { Reservations } = await ec2.describeInstances({ InstanceIds: [instanceId] });
    const instance = Reservations?.[0]?.Instances?.[0];
    return instance?.BlockDeviceMappings?.find((device) => device.DeviceName === instance.RootDeviceName)?.Ebs
      ?.VolumeId;
  };

  test('the fleet is four instances over two zones, all in service and healthy, at their minimum and maximum', async () => {
    const made = await group();
    expect(made).toMatchObject({ MinSize: 4, DesiredCapacity: 4, MaxSize: 4 });
    expect(fleet.instanceIds).toEqual([ID, ID, ID, ID].map((id) => expect.stringMatching(id)));
    expect(new Set(made?.Instances?.map((instance) => instance.AvailabilityZone)).size).toBe(2);
    expect(new Set(made?.Instances?.map((instance) => instance.LifecycleState))).toEqual(new Set(['InService']));
    for (const id of fleet.instanceIds) expect(await target(id)).toMatchObject({ State: 'healthy' });
    expect(await rootVolume(first)).toMatch(/^vol-/);
  });

  test('agents answer as long as their instance runs', async () => {
    const query = { Filters: [{ Key: 'InstanceIds', Values: [first] }] };
    const { InstanceInformationList } = await ssm.describeInstanceInformation(query);
    expect(InstanceInformationList).toEqual([
      expect.objectContaining({
        InstanceId: first,
        PingStatus: 'Online',
        LastPingDateTime: expect.any(Date),
        PlatformName: 'Amazon Linux',
        PlatformVersion: '2',
      }),
    ]);
    await ec2.terminateInstances({ InstanceIds: [first] });
    expect((await ssm.describeInstanceInformation(query)).InstanceInformationList).toEqual([]);
  });

  test('patches are missing until an install went through, and the patch states say so', async () => {
    const missing = { InstanceId: first, Filters: [{ Key: 'State', Values: ['Missing', 'Failed'] }] };
    const before = await ssm.describeInstancePatches(missing);
    expect(before.Patches?.map((patch) => patch.KBId)).toEqual(['openssl.x86_64', 'curl.x86_64', 'tzdata.noarch']);
    expect(before.Patches?.[1]).toMatchObject({ State: 'MISSING', CVEIds: 'CVE-2023-38545,CVE-2023-38546' });

    const { Command } = await install(first, { SnapshotId: ['2b1c0ea4-2e0e-4b6c-9a53-0f3c5c1f6a01'] });

    const { InstancePatchStates } = await ssm.describeInstancePatchStates({ InstanceIds: fleet.instanceIds });
    expect(InstancePatchStates?.map((state) => [state.Operation, state.MissingCount, state.InstalledCount])).toEqual([
      ['Install', 0, 3],
      ['Scan', 3, 0],
      ['Scan', 3, 0],
      ['Scan', 3, 0],
    ]);
    expect(InstancePatchStates?.[0]?.SnapshotId).toBe('2b1c0ea4-2e0e-4b6c-9a53-0f3c5c1f6a01');
    expect(Number(InstancePatchStates?.[0]?.OperationEndTime)).toBeGreaterThan(
      Number(InstancePatchStates?.[1]?.OperationEndTime),
    );
    expect((await ssm.describeInstancePatches(missing)).Patches).toEqual([]);
    const invocation = await ssm.getCommandInvocation({ CommandId: Command?.CommandId, InstanceId: first });
    expect(invocation.Status).toBe('Success');
  });

  test('an override list decides what is installed', async () => {
    const s3 = new S3({ ...clientSettings(fleet.gateway.url), forcePathStyle: true });
    await s3.putObject({ Bucket: fleet.bucket, Key: 'run-1.yaml', Body: 'patches:\n  - id: curl.x86_64\n' });
    await install(first, { InstallOverrideList: [`s3://${fleet.bucket}/run-1.yaml`] });
    const { Patches } = await ssm.describeInstancePatches({ InstanceId: first });
    expect(Patches?.map((patch) => patch.State)).toEqual(['MISSING', 'INSTALLED', 'MISSING']);
  });

  test('release dates are told for a product only', async () => {
    const { Patches } = await ssm.describeAvailablePatches({
      Filters: [
        { Key: 'PRODUCT', Values: ['AmazonLinux2.0'] },
        { Key: 'NAME', Values: ['openssl'] },
      ],
    });
    expect(Patches).toEqual([
      expect.objectContaining({ Name: 'openssl', Arch: 'x86_64', Severity: 'Critical', ReleaseDate: expect.any(Date) }),
    ]);
    const unnamed = ssm.describeAvailablePatches({ Filters: [{ Key: 'CVE_ID', Values: ['CVE-2022-0778'] }] });
    await expect(unnamed).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('commands that were sent can be found again, and cancelled', async () => {
    const { Command } = await install(first);
    const listed = await ssm.listCommandInvocations({
      InstanceId: first,
      Filters: [{ key: 'InvokedAfter', value: '2020-01-01T00:00:00Z' }],
    });
    expect(listed.CommandInvocations).toEqual([
      expect.objectContaining({ CommandId: Command?.CommandId, Comment: 'drydock run-1', Status: 'Success' }),
    ]);
    const later = await ssm.listCommandInvocations({
      InstanceId: first,
      Filters: [{ key: 'InvokedAfter', value: '2999-01-01T00:00:00Z' }],
    });
    expect(later.CommandInvocations).toEqual([]);
    await ssm.cancelCommand({ CommandId: Command?.CommandId, InstanceIds: [first] });
    const unknown = ssm.cancelCommand({ CommandId: '00000000-0000-0000-0000-000000000000' });
    await expect(unknown).rejects.toMatchObject({ name: 'InvalidCommandId' });
  });

  test('a change calendar is open until it is closed', async () => {
    const calendar = { CalendarNames: ['freeze'] };
    expect((await ssm.getCalendarState(calendar)).State).toBe('OPEN');
    fleet.gateway.systemsManager.calendar = 'CLOSED';
    expect((await ssm.getCalendarState(calendar)).State).toBe('CLOSED');
  });

  test('a root volume put back takes the patches away, once however often it is asked for', async () => {
    const VolumeId = await rootVolume(first);
    const { SnapshotId } = await ec2.createSnapshot({ VolumeId });
    const { Snapshots } = await ec2.describeSnapshots({ SnapshotIds: [SnapshotId ?? ''] });
    expect(Snapshots?.[0]?.State).toBe('completed');
    await install(first);
    expect(fleet.machines.isPatched(first)).toBe(true);

    const order = { InstanceId: first, SnapshotId, ClientToken: 'drydock-run-1' };
    const begun = (await ec2.createReplaceRootVolumeTask(order)).ReplaceRootVolumeTask;
    const again = (await ec2.createReplaceRootVolumeTask(order)).ReplaceRootVolumeTask;
    expect(begun).toMatchObject({ TaskState: 'pending', InstanceId: first, SnapshotId });
    expect(again?.ReplaceRootVolumeTaskId).toBe(begun?.ReplaceRootVolumeTaskId);

    const query = { ReplaceRootVolumeTaskIds: [begun?.ReplaceRootVolumeTaskId ?? ''] };
    const { ReplaceRootVolumeTasks } = await ec2.describeReplaceRootVolumeTasks(query);
    expect(ReplaceRootVolumeTasks).toEqual([expect.objectContaining({ TaskState: 'succeeded', InstanceId: first })]);
    expect(fleet.machines.isPatched(first)).toBe(false);
  });

  test('a root volume is put back only from a snapshot of its own', async () => {
    const { SnapshotId } = await ec2.createSnapshot({ VolumeId: await rootVolume(fleet.instanceIds[1] ?? '') });
    const stranger = ec2.createReplaceRootVolumeTask({ InstanceId: first, SnapshotId });
    await expect(stranger).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    const nothing = ec2.createReplaceRootVolumeTask({ InstanceId: first, SnapshotId: 'snap-00000000000000000' });
    await expect(nothing).rejects.toMatchObject({ name: 'InvalidSnapshot.NotFound' });
  });

  test('a detached instance is out of its target group, an attached one back in it', async () => {
    await autoscaling.updateAutoScalingGroup({ AutoScalingGroupName: fleet.groupName, MinSize: 3 });
    const move = { AutoScalingGroupName: fleet.groupName, InstanceIds: [first] };
    await autoscaling.detachInstances({ ...move, ShouldDecrementDesiredCapacity: true });
    expect(await target(first)).toMatchObject({ State: 'unused', Reason: 'Target.NotRegistered' });
    expect((await autoscaling.describeAutoScalingInstances({ InstanceIds: [first] })).AutoScalingInstances).toEqual([]);
    expect((await group())?.DesiredCapacity).toBe(3);
    await autoscaling.attachInstances(move);
    expect(await target(first)).toMatchObject({ State: 'healthy' });
    expect((await group())?.DesiredCapacity).toBe(4);
  });

  test('an instance in standby is out of its target group too', async () => {
    await autoscaling.updateAutoScalingGroup({ AutoScalingGroupName: fleet.groupName, MinSize: 3 });
    const move = { AutoScalingGroupName: fleet.groupName, InstanceIds: [first] };
    await autoscaling.enterStandby({ ...move, ShouldDecrementDesiredCapacity: true });
    expect(await target(first)).toMatchObject({ State: 'unused' });
    await autoscaling.exitStandby(move);
    expect(await target(first)).toMatchObject({ State: 'healthy' });
  });

  test('a replacement that the group launches is registered', async () => {
    await autoscaling.updateAutoScalingGroup({ AutoScalingGroupName: fleet.groupName, MinSize: 3 });
    const move = { AutoScalingGroupName: fleet.groupName, InstanceIds: [first] };
    await autoscaling.detachInstances({ ...move, ShouldDecrementDesiredCapacity: true });
    await autoscaling.setDesiredCapacity({ AutoScalingGroupName: fleet.groupName, DesiredCapacity: 4 });
    const launched = (await group())?.Instances?.find(({ InstanceId = '' }) => !fleet.instanceIds.includes(InstanceId));
    expect(await target(launched?.InstanceId ?? '')).toMatchObject({ State: 'healthy' });
  });

  test('a detach below the minimum, or of a stranger, is refused and changes nothing', async () => {
    const move = { AutoScalingGroupName: fleet.groupName, ShouldDecrementDesiredCapacity: true };
    const refused = { name: 'ValidationError' };
    await expect(autoscaling.detachInstances({ ...move, InstanceIds: [first] })).rejects.toMatchObject(refused);
    const stranger = ['i-0123456789abcdef0'];
    await expect(autoscaling.detachInstances({ ...move, InstanceIds: stranger })).rejects.toMatchObject(refused);
    expect(await group()).toMatchObject({ DesiredCapacity: 4, Instances: { length: 4 } });
    expect(await target(first)).toMatchObject({ State: 'healthy' });
  });

  test('no instance refresh runs', async () => {
    const answer = await autoscaling.describeInstanceRefreshes({ AutoScalingGroupName: fleet.groupName });
    expect(answer.InstanceRefreshes).toEqual([]);
  });

  test.each([
    ['ssm:SendCommand', 'AccessDeniedException', () => install(first)],
    ['autoscaling:DescribeAutoScalingGroups', 'AccessDenied', () => group()],
    ['ec2:DescribeInstances', 'UnauthorizedOperation', () => rootVolume(first)],
    ['elasticloadbalancing:DescribeTargetHealth', 'AccessDenied', () => target(first)],
    [
      'monitoring:DescribeAlarms',
      'AccessDenied',
      () => new CloudWatch(clientSettings(fleet.gateway.url)).describeAlarms({}),
    ],
  ])('%s is denied in the words of its service', async (call, name, ask) => {
    await ask();
    fleet.gateway.deny(call);
    await expect(ask()).rejects.toMatchObject({ name });
    expect(fleet.machines.isPatched(first)).toBe(call === 'ssm:SendCommand');
  });

  test('every call is in the record, with its instances, in order', async () => {
    const before = fleet.gateway.calls.length;
    await install(first);
    await ec2.describeInstances({ InstanceIds: fleet.instanceIds });
    const answer = await fetch(`${fleet.applications.url}/${first}/healthz`);
    expect(answer.status).toBe(200);
    const recorded = fleet.gateway.calls.slice(before);
    expect(recorded.map((call) => [call.service, call.action, call.instanceIds, call.status])).toEqual([
      ['ssm', 'SendCommand', [first], 200],
      ['ec2', 'DescribeInstances', fleet.instanceIds, 200],
      ['application', 'healthz', [first], 200],
    ]);
  });

  test('a fragile application breaks with the patch and comes back with the root volume', async () => {
    const status = async () => (await fetch(`${fleet.applications.url}/${first}/healthz`)).status;
    fleet.applications.breakWhenPatched(first);
    expect(await status()).toBe(200);
    await install(first);
    expect(await status()).toBe(503);
    fleet.machines.restored(first);
    expect(await status()).toBe(200);
  });
});
