import { expect, expectTypeOf, test } from 'vitest';
import type { Cloud } from '../../src/orchestrator/aws/cloud.ts';
import type { SimulatedCloud } from '../../src/simulator/simulated-cloud.ts';
import { attach, commandStatus, detach, groupWeb, install, lifecycleState, targetHealth, webFleet } from './fleet.ts';

test('the simulated cloud can stand behind the orchestrator’s port to AWS', () => {
  expectTypeOf<SimulatedCloud>().toExtend<Cloud>();
});

test('an instance is detached, snapshotted, patched, rebooted and attached, and stays itself', async () => {
  const fleet = webFleet();
  const { cloud, clock, id } = fleet;
  const { privateIp, rootVolumeId } = cloud.machine(id);

  await detach(fleet, id);
  expect(await lifecycleState(fleet, id)).toBe('Detaching');
  expect(await targetHealth(fleet, id)).toBe('draining Target.DeregistrationInProgress');
  clock.pass(31);
  expect(await lifecycleState(fleet, id)).toBeUndefined();
  expect(await targetHealth(fleet, id)).toBe('unused Target.NotRegistered');
  expect(await groupWeb(fleet)).toMatchObject({ DesiredCapacity: 3, MinSize: 2 });

  const snapshot = await cloud.ec2.createSnapshot({ VolumeId: rootVolumeId });
  const command = await install(fleet, id);
  clock.pass(125);
  expect(await commandStatus(fleet, command, id)).toBe('InProgress');
  expect(() => cloud.respond(`http://${privateIp}/healthz`)).toThrow('ECONNREFUSED');
  clock.pass(60);
  expect(await commandStatus(fleet, command, id)).toBe('Success');
  expect(cloud.respond(`http://${privateIp}/healthz`)).toMatchObject({ status: 200 });
  const { Snapshots } = await cloud.ec2.describeSnapshots({ SnapshotIds: [snapshot.SnapshotId ?? ''] });
  expect(Snapshots).toMatchObject([{ State: 'completed', VolumeId: rootVolumeId }]);
  const { InstancePatchStates } = await cloud.ssm.describeInstancePatchStates({ InstanceIds: [id] });
  expect(InstancePatchStates).toMatchObject([
    { Operation: 'Install', InstalledCount: 2, MissingCount: 0, FailedCount: 0, InstalledPendingRebootCount: 0 },
  ]);

  await attach(fleet, id);
  expect(await lifecycleState(fleet, id)).toBe('Pending');
  clock.pass(5);
  expect(await lifecycleState(fleet, id)).toBe('InService');
  expect(await targetHealth(fleet, id)).toBe('initial Elb.InitialHealthChecking');
  expect(cloud.inServiceHealthy('web')).toBe(3);
  clock.pass(10);
  expect(await targetHealth(fleet, id)).toBe('healthy');
  expect(cloud.inServiceHealthy('web')).toBe(4);
  expect(cloud.lowestInService('web').count).toBe(3);
  expect(await groupWeb(fleet)).toMatchObject({ DesiredCapacity: 4 });
  expect(cloud.machine(id)).toMatchObject({ privateIp, rootVolumeId });
});
