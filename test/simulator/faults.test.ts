import { describe, expect, test } from 'vitest';
import { drawFaults, FAULTS } from '../../src/simulator/faults.ts';
import type { Machine } from '../../src/simulator/model.ts';
import { attach, commandStatus, detach, install, refusal, targetHealth, webFleet } from './fleet.ts';

/** A fleet with the fault set on its first instance, which is detached and drained. */
async function docked(fault: string) {
  const fleet = webFleet();
  expect(FAULTS[fault]?.apply(fleet.cloud, { instanceIds: [fleet.id] })).toEqual([fleet.id]);
  await detach(fleet, fleet.id);
  fleet.clock.pass(31);
  return fleet;
}

/** What has become of the install, of the agent and of the application some minutes later. */
async function afterInstall(fault: string): Promise<string> {
  const fleet = await docked(fault);
  const { cloud, clock, id } = fleet;
  const command = await install(fleet, id);
  clock.pass(600);
  const { status } = cloud.respond(`http://${cloud.machine(id).privateIp}/healthz`);
  const { agentOnline, patchReport } = cloud.machine(id);
  return `${await commandStatus(fleet, command, id)}, agent ${agentOnline}, app ${status}, failed ${patchReport?.failed.length}`;
}

describe('what a fault does to an install', () => {
  test.each([
    ['command-fails', 'Failed, agent true, app 200, failed 0'],
    ['command-hangs', 'InProgress, agent true, app 200, failed 0'],
    ['command-cancelled', 'Cancelled, agent true, app 200, failed 0'],
    ['command-times-out', 'TimedOut ExecutionTimedOut, agent true, app 200, failed 0'],
    ['patch-ignored', 'Success, agent true, app 200, failed 0'],
    ['patch-fails', 'Success, agent true, app 200, failed 2'],
    ['patch-breaks-app', 'Success, agent true, app 503, failed 0'],
    ['agent-silent', 'InProgress, agent false, app 200, failed 0'],
    ['agent-lost', 'InProgress, agent false, app 200, failed 0'],
  ])('%s: %s', async (fault, expected) => {
    expect(await afterInstall(fault)).toBe(expected);
  });
});

test('a command that a silent agent left behind ends when one more reboot brings the agent back', async () => {
  const fleet = await docked('agent-silent');
  const { cloud, clock, id } = fleet;
  const command = await install(fleet, id);
  clock.pass(600);
  await cloud.ec2.rebootInstances({ InstanceIds: [id] });
  clock.pass(60);
  expect(await commandStatus(fleet, command, id)).toBe('Success');
});

test('snapshot-fails: the snapshot ends in error', async () => {
  const { cloud, clock, id } = await docked('snapshot-fails');
  const { SnapshotId = '' } = await cloud.ec2.createSnapshot({ VolumeId: cloud.machine(id).rootVolumeId });
  clock.pass(600);
  const { Snapshots } = await cloud.ec2.describeSnapshots({ SnapshotIds: [SnapshotId] });
  expect(Snapshots).toMatchObject([{ State: 'error' }]);
});

test('restore-fails: the replacement fails and leaves the volume and the broken application as they were', async () => {
  const fleet = await docked('restore-fails');
  const { cloud, clock, id } = fleet;
  await install(fleet, id);
  clock.pass(600);
  const { rootVolumeId, privateIp } = cloud.machine(id);
  await cloud.ec2.createReplaceRootVolumeTask({ InstanceId: id });
  clock.pass(600);
  const { ReplaceRootVolumeTasks } = await cloud.ec2.describeReplaceRootVolumeTasks({});
  expect(ReplaceRootVolumeTasks).toMatchObject([{ TaskState: 'failed' }]);
  expect(cloud.machine(id).rootVolumeId).toBe(rootVolumeId);
  expect(cloud.respond(`http://${privateIp}/`).status).toBe(503);
});

test('attach-refused: three times, then no more', async () => {
  const fleet = await docked('attach-refused');
  const tries = [];
  for (let tried = 0; tried < 4; tried += 1) tries.push(await refusal(attach(fleet, fleet.id)));
  expect(tries).toEqual([...Array(3).fill('ResourceContentionFault'), 'accepted']);
});

test('target-never-healthy: registered anew, answering, and unhealthy all the same', async () => {
  const fleet = await docked('target-never-healthy');
  await attach(fleet, fleet.id);
  fleet.clock.pass(30);
  expect(await targetHealth(fleet, fleet.id)).toBe('unhealthy Target.Timeout');
  expect(fleet.cloud.respond(`http://${fleet.cloud.machine(fleet.id).privateIp}/`).status).toBe(200);
});

test('patch-slows-app: the answer takes half a minute after the install, and no longer once that is undone', async () => {
  const fleet = await docked('patch-slows-app');
  const { cloud, clock, id } = fleet;
  const latency = () => cloud.respond(`http://${cloud.machine(id).privateIp}/`).latencyMs;
  expect(latency()).toBeLessThan(1000);
  await install(fleet, id);
  clock.pass(600);
  expect(latency()).toBe(30_000);
  await cloud.ec2.createReplaceRootVolumeTask({ InstanceId: id });
  clock.pass(600);
  expect(latency()).toBeLessThan(1000);
});

test('terminated: somebody terminates it at the time that was set', () => {
  const { cloud, clock, id } = webFleet();
  FAULTS.terminated?.apply(cloud, { instanceIds: [id], afterSeconds: 100 });
  clock.pass(99);
  expect(cloud.machine(id).state).toBe('running');
  clock.pass(1);
  expect(cloud.machine(id).state).toBe('shutting-down');
});

test('target-never-healthy leaves an instance alone that is in service', async () => {
  const fleet = webFleet();
  FAULTS['target-never-healthy']?.apply(fleet.cloud, { instanceIds: [fleet.id] });
  fleet.clock.pass(600);
  expect(await targetHealth(fleet, fleet.id)).toBe('healthy');
});

describe('faults of calls', () => {
  test('throttling has each service’s own name', async () => {
    const { cloud } = webFleet();
    FAULTS.throttling?.apply(cloud, { rate: 1 });
    expect(await refusal(cloud.ec2.describeInstances({}))).toBe('RequestLimitExceeded');
    expect(await refusal(cloud.ssm.describeInstanceInformation({}))).toBe('ThrottlingException');
    await expect(cloud.autoscaling.describeAutoScalingGroups({})).rejects.toMatchObject({ name: 'Throttling' });
  });

  test('a server error comes before the call took effect or after it', async () => {
    const fleet = webFleet({ size: 20, min: 0, max: 20 });
    FAULTS['server-errors']?.apply(fleet.cloud, { rate: 1 });
    for (const id of fleet.ids) await expect(detach(fleet, id)).rejects.toMatchObject({ $fault: 'server' });
    const desired = fleet.cloud.world.groups.get('web')?.desired ?? 0;
    expect(desired).toBeGreaterThan(0);
    expect(desired).toBeLessThan(20);
  });

  test('contention concerns Auto Scaling’s writes only', async () => {
    const fleet = webFleet();
    FAULTS.contention?.apply(fleet.cloud, { rate: 1 });
    expect(await refusal(detach(fleet, fleet.id))).toBe('ResourceContentionFault');
    expect(await refusal(fleet.cloud.autoscaling.describeAutoScalingGroups({}))).toBe('accepted');
    expect(await refusal(fleet.cloud.ec2.rebootInstances({ InstanceIds: [fleet.id] }))).toBe('accepted');
  });
});

test('faults are drawn by the seed, for about as many machines as asked', () => {
  const drawn = (seed: number) => drawFaults(webFleet({ size: 200, max: 200 }, { seed }).cloud, 0.2);
  expect(drawn(1)).toEqual(drawn(1));
  expect(drawn(1)).not.toEqual(drawn(2));
  expect(drawn(1).length).toBeGreaterThan(20);
  expect(drawn(1).length).toBeLessThan(60);
  expect(drawn(1).every(({ fault }) => fault in FAULTS)).toBe(true);
});

test('stays-pending-reboot: what was installed waits for a reboot that it has had', async () => {
  const fleet = await docked('stays-pending-reboot');
  await install(fleet, fleet.id);
  fleet.clock.pass(600);
  const { patchReport, content } = fleet.cloud.machine(fleet.id);
  expect(patchReport).toBeDefined();
  expect(content.pendingReboot.size).toBeGreaterThan(0);
});

test.each([
  ['patch-flaps-app', ({ content }: Machine) => content.brokenStatus === undefined],
  ['reboot-loop', ({ up }: Machine) => up],
])('%s: now it serves and now it does not, until its root volume is restored', async (fault, serves) => {
  const fleet = await docked(fault);
  const { cloud, clock, id } = fleet;
  const { SnapshotId = '' } = await cloud.ec2.createSnapshot({ VolumeId: cloud.machine(id).rootVolumeId });
  clock.pass(300);
  await install(fleet, id);
  clock.pass(600);
  const seen = () =>
    Array.from({ length: 60 }, () => {
      clock.pass(3);
      return serves(cloud.machine(id));
    });
  expect(new Set(seen())).toEqual(new Set([true, false]));
  await cloud.ec2.createReplaceRootVolumeTask({ InstanceId: id, SnapshotId });
  clock.pass(600);
  expect(new Set(seen())).toEqual(new Set([true]));
});

describe('what a fault does to calls', () => {
  const asked = ({ cloud, id }: ReturnType<typeof webFleet>) => cloud.ec2.describeInstances({ InstanceIds: [id] });

  test('connections-lost: they are rejected as a broken connection is', async () => {
    const fleet = webFleet();
    FAULTS['connections-lost']?.apply(fleet.cloud, { rate: 1 });
    await expect(asked(fleet)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('stale-reads: a read answers what it did a moment ago', async () => {
    const fleet = webFleet();
    FAULTS['stale-reads']?.apply(fleet.cloud, { rate: 1 });
    const tag = () => fleet.cloud.ec2.createTags({ Resources: [fleet.id], Tags: [{ Key: 'a', Value: 'b' }] });
    const before = await asked(fleet);
    await tag();
    expect(await asked(fleet)).toEqual(before);
    fleet.clock.pass(60);
    expect(await asked(fleet)).not.toEqual(before);
  });
});
