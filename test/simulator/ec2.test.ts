import { describe, expect, test } from 'vitest';
import { detach, install, lifecycleState, patchOf, refusal, type WebFleet, webFleet } from './fleet.ts';

async function snapshotOf({ cloud, clock }: WebFleet, id: string): Promise<string> {
  const { SnapshotId = '' } = await cloud.ec2.createSnapshot({
    VolumeId: cloud.machine(id).rootVolumeId,
    TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'run', Value: '1' }] }],
  });
  clock.pass(120);
  return SnapshotId;
}

async function stateOfTask({ cloud }: WebFleet, id: string | undefined): Promise<string | undefined> {
  const { ReplaceRootVolumeTasks } = await cloud.ec2.describeReplaceRootVolumeTasks({
    ReplaceRootVolumeTaskIds: [id ?? ''],
  });
  return ReplaceRootVolumeTasks?.[0]?.TaskState;
}

test('a dry run tells that it would be let through, and does nothing', async () => {
  const fleet = webFleet();
  const dry = { Resources: [fleet.id], Tags: [{ Key: 'run', Value: 'r-1' }], DryRun: true };
  expect(await refusal(fleet.cloud.ec2.createTags(dry))).toContain('DryRunOperation');
  expect(await refusal(fleet.cloud.ec2.terminateInstances({ InstanceIds: [fleet.id], DryRun: true }))).toContain(
    'DryRunOperation',
  );
  expect(fleet.cloud.machine(fleet.id).state).toBe('running');
  expect(fleet.cloud.machine(fleet.id).tags.has('run')).toBe(false);
});

describe('instances', () => {
  test('are described with address, zone, root volume and tags, and found by tag and state', async () => {
    const { cloud, id } = webFleet({ tags: { Service: 'web' } });
    await cloud.ec2.createTags({ Resources: [id], Tags: [{ Key: 'run', Value: 'r-1' }] });
    const find = async (Name: string, ...Values: string[]) => {
      const { Reservations = [] } = await cloud.ec2.describeInstances({ Filters: [{ Name, Values }] });
      return Reservations.flatMap(({ Instances = [] }) => Instances);
    };
    expect(await find('tag:run', 'r-*')).toMatchObject([
      {
        InstanceId: id,
        State: { Name: 'running', Code: 16 },
        RootDeviceType: 'ebs',
        PrivateIpAddress: cloud.machine(id).privateIp,
      },
    ]);
    expect(await find('tag:Service', 'web')).toHaveLength(4);
    expect(await find('instance-state-name', 'terminated')).toEqual([]);
    await cloud.ec2.deleteTags({ Resources: [id], Tags: [{ Key: 'run', Value: 'another' }] });
    expect(await find('tag-key', 'run')).toHaveLength(1);
    await cloud.ec2.deleteTags({ Resources: [id], Tags: [{ Key: 'run' }] });
    expect(await find('tag-key', 'run')).toEqual([]);
    expect(await refusal(find('colour', 'red'))).toBe('InvalidParameterValue');
  });

  test('come in pages, which exclude ids', async () => {
    const { cloud, id } = webFleet();
    const first = await cloud.ec2.describeInstances({ MaxResults: 3 });
    expect(first.Reservations).toHaveLength(3);
    const rest = await cloud.ec2.describeInstances({ MaxResults: 3, NextToken: first.NextToken });
    expect(rest.Reservations).toHaveLength(1);
    expect(rest.NextToken).toBeUndefined();
    const both = cloud.ec2.describeInstances({ InstanceIds: [id], MaxResults: 3 });
    expect(await refusal(both)).toBe('InvalidParameterCombination');
  });

  test('that are not there are refused, and so are AWS’s own tags', async () => {
    const { cloud, id } = webFleet();
    const gone = 'i-00000000000000000';
    expect(await refusal(cloud.ec2.describeInstances({ InstanceIds: [gone] }))).toBe('InvalidInstanceID.NotFound');
    expect(await refusal(cloud.ec2.rebootInstances({ InstanceIds: ['web-1'] }))).toBe('InvalidInstanceID.Malformed');
    expect(await refusal(cloud.ec2.createTags({ Resources: [gone], Tags: [{ Key: 'a', Value: 'b' }] }))).toBe(
      'InvalidInstanceID.NotFound',
    );
    expect(await refusal(cloud.ec2.createTags({ Resources: [id], Tags: [{ Key: 'aws:x', Value: 'b' }] }))).toBe(
      'InvalidParameterValue',
    );
    expect(await refusal(cloud.ec2.createTags({ Resources: ['snap-0'], Tags: [{ Key: 'x', Value: 'b' }] }))).toBe(
      'InvalidSnapshot.NotFound',
    );
  });

  test('a rebooting one refuses connections until it is up, and its checks say initializing', async () => {
    const { cloud, clock, id } = webFleet();
    const url = `http://${cloud.machine(id).privateIp}:80/healthz`;
    const check = async () =>
      (await cloud.ec2.describeInstanceStatus({ InstanceIds: [id] })).InstanceStatuses?.[0]?.InstanceStatus?.Status;
    expect(await check()).toBe('ok');
    await cloud.ec2.rebootInstances({ InstanceIds: [id] });
    expect(() => cloud.respond(url)).toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }));
    expect(await check()).toBe('initializing');
    clock.pass(40);
    expect(cloud.respond(url)).toMatchObject({ status: 200, body: expect.stringContaining('"version":"1.0.0"') });
    clock.pass(30);
    expect(await check()).toBe('ok');
    expect(cloud.respond({ host: cloud.machine(id).privateIp, port: 80, path: '/nothing' }).status).toBe(404);
    expect(() => cloud.respond({ host: cloud.machine(id).privateIp, port: 81, path: '/' })).toThrow('ECONNREFUSED');
  });

  test('a reboot in the midst of a boot begins it anew', async () => {
    const { cloud, clock, id } = webFleet({ healthCheckType: 'EC2' });
    await cloud.ec2.rebootInstances({ InstanceIds: [id] });
    clock.pass(30);
    await cloud.ec2.rebootInstances({ InstanceIds: [id] });
    clock.pass(39);
    expect(cloud.machine(id).up).toBe(false);
    clock.pass(1);
    expect(cloud.machine(id).up).toBe(true);
  });

  test('a terminated one is shown for an hour, and the group is left alone when it was detached', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    await detach(fleet, id);
    clock.pass(31);
    await cloud.ec2.terminateInstances({ InstanceIds: [id] });
    clock.pass(60);
    const { Reservations } = await cloud.ec2.describeInstances({ InstanceIds: [id] });
    expect(Reservations?.[0]?.Instances).toMatchObject([{ State: { Name: 'terminated' }, BlockDeviceMappings: [] }]);
    clock.pass(3600);
    expect(await refusal(cloud.ec2.describeInstances({ InstanceIds: [id] }))).toBe('InvalidInstanceID.NotFound');
    expect(cloud.inServiceHealthy('web')).toBe(3);
  });
});

describe('snapshots', () => {
  test('hold what the volume held at the call, and stay pending for a while', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    const made = await cloud.ec2.createSnapshot({ VolumeId: cloud.machine(id).rootVolumeId });
    expect(made).toMatchObject({ State: 'pending', Progress: '0%' });
    await install(fleet, id);
    clock.pass(240);
    expect(await cloud.ec2.describeSnapshots({ SnapshotIds: [made.SnapshotId ?? ''] })).toMatchObject({
      Snapshots: [{ State: 'completed', Progress: '100%' }],
    });
    expect(cloud.machine(id).content.installed.size).toBe(2);
    expect(cloud.world.snapshots.get(made.SnapshotId ?? '')?.content.installed.size).toBe(0);
  });

  test('are found by tag and deleted; a second one of a volume within 15 seconds is refused', async () => {
    const fleet = webFleet();
    const { cloud, id } = fleet;
    const snapshot = await snapshotOf(fleet, id);
    const VolumeId = cloud.machine(id).rootVolumeId;
    await cloud.ec2.createSnapshot({ VolumeId });
    expect(await refusal(cloud.ec2.createSnapshot({ VolumeId }))).toBe('SnapshotCreationPerVolumeRateExceeded');
    expect(await refusal(cloud.ec2.createSnapshot({ VolumeId: 'vol-0' }))).toBe('InvalidVolume.NotFound');
    const byTag = { Filters: [{ Name: 'tag:run', Values: ['1'] }] };
    expect((await cloud.ec2.describeSnapshots(byTag)).Snapshots).toMatchObject([{ SnapshotId: snapshot }]);
    await cloud.ec2.deleteSnapshot({ SnapshotId: snapshot });
    expect((await cloud.ec2.describeSnapshots(byTag)).Snapshots).toEqual([]);
    expect(await refusal(cloud.ec2.deleteSnapshot({ SnapshotId: snapshot }))).toBe('InvalidSnapshot.NotFound');
  });
});

describe('CreateReplaceRootVolumeTask', () => {
  const breaking = patchOf('nginx.x86_64', { breaksApp: true });

  test('brings an instance that a patch broke back to its snapshot; id and address stay, the volume is another', async () => {
    const fleet = webFleet({ patches: [breaking] });
    const { cloud, clock, id } = fleet;
    const { privateIp, rootVolumeId } = cloud.machine(id);
    await detach(fleet, id);
    const SnapshotId = await snapshotOf(fleet, id);
    await install(fleet, id);
    clock.pass(130);
    expect(cloud.respond(`http://${privateIp}/healthz`)).toMatchObject({ status: 503 });

    const input = { InstanceId: id, SnapshotId, ClientToken: 'once', DeleteReplacedRootVolume: true };
    const { ReplaceRootVolumeTask } = await cloud.ec2.createReplaceRootVolumeTask(input);
    const again = await cloud.ec2.createReplaceRootVolumeTask(input);
    expect(again.ReplaceRootVolumeTask?.ReplaceRootVolumeTaskId).toBe(ReplaceRootVolumeTask?.ReplaceRootVolumeTaskId);
    expect(await stateOfTask(fleet, ReplaceRootVolumeTask?.ReplaceRootVolumeTaskId)).toBe('pending');
    clock.pass(5);
    expect(await stateOfTask(fleet, ReplaceRootVolumeTask?.ReplaceRootVolumeTaskId)).toBe('in-progress');
    const other = { ...input, ClientToken: 'twice' };
    expect(await refusal(cloud.ec2.createReplaceRootVolumeTask(other))).toBe('IncorrectState');
    clock.pass(60);
    expect(await stateOfTask(fleet, ReplaceRootVolumeTask?.ReplaceRootVolumeTaskId)).toBe('succeeded');
    expect(() => cloud.respond(`http://${privateIp}/healthz`)).toThrow('ECONNREFUSED');
    clock.pass(40);
    expect(cloud.respond(`http://${privateIp}/healthz`)).toMatchObject({ status: 200 });
    expect(cloud.machine(id).rootVolumeId).not.toBe(rootVolumeId);
    expect(cloud.world.volumes.has(rootVolumeId)).toBe(false);
    // The report of the last install stays: nothing has looked at the patches since.
    const { InstancePatchStates } = await cloud.ssm.describeInstancePatchStates({ InstanceIds: [id] });
    expect(InstancePatchStates).toMatchObject([{ InstalledCount: 1 }]);
  });

  test('without a snapshot goes back to the launch state', async () => {
    const fleet = webFleet({ patches: [breaking], installed: ['bash.x86_64'] });
    const { cloud, clock, id } = fleet;
    await detach(fleet, id);
    await install(fleet, id);
    clock.pass(130);
    expect(cloud.machine(id).content.brokenStatus).toBe(503);
    await cloud.ec2.createReplaceRootVolumeTask({ InstanceId: id });
    clock.pass(110);
    expect([...cloud.machine(id).content.installed]).toEqual(['bash.x86_64']);
  });

  test('refuses a snapshot of another machine, one that is pending, and a token used for something else', async () => {
    const fleet = webFleet();
    const { cloud, id, other } = fleet;
    const foreign = await snapshotOf(fleet, other);
    const own = await cloud.ec2.createSnapshot({ VolumeId: cloud.machine(id).rootVolumeId });
    const replace = (SnapshotId: string | undefined, ClientToken = 't') =>
      cloud.ec2.createReplaceRootVolumeTask({ InstanceId: id, SnapshotId, ClientToken });
    expect(await refusal(replace(foreign))).toBe('InvalidParameterValue');
    expect(await refusal(replace(own.SnapshotId))).toBe('IncorrectState');
    expect(await refusal(replace('snap-0'))).toBe('InvalidSnapshot.NotFound');
    fleet.clock.pass(120);
    await replace(own.SnapshotId);
    expect(await refusal(replace(undefined))).toBe('IdempotentParameterMismatch');
  });

  test('of an instance-store machine is refused', async () => {
    const { cloud, id } = webFleet({ ebsRoot: false });
    expect(await refusal(cloud.ec2.createReplaceRootVolumeTask({ InstanceId: id }))).toBe('UnsupportedOperation');
    const { Reservations } = await cloud.ec2.describeInstances({ InstanceIds: [id] });
    expect(Reservations?.[0]?.Instances?.[0]?.RootDeviceType).toBe('instance-store');
  });
});

test('a member that is rebooted without being detached is counted out, which is what the lowest count is for', async () => {
  const fleet = webFleet();
  await fleet.cloud.ec2.rebootInstances({ InstanceIds: [fleet.id] });
  expect(await lifecycleState(fleet, fleet.id)).toBe('InService');
  expect(fleet.cloud.inServiceHealthy('web')).toBe(3);
});
