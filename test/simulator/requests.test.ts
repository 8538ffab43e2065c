import { expect, test } from 'vitest';
import { sendRequests } from '../../src/simulator/requests.ts';
import { detach, install, targetHealth, webFleet } from './fleet.ts';

/** Four instances, two checks in 10 s, 100 requests a second: a target that does not answer loses 25 of them. */
function loadedFleet(group: Parameters<typeof webFleet>[0] = {}) {
  const fleet = webFleet({ healthCheckType: 'EC2', ...group });
  const flow = sendRequests(fleet.cloud.world, 'web', 100);
  const tally = () => {
    fleet.cloud.settle();
    return flow.tally();
  };
  return { ...fleet, tally };
}

test('a fleet that serves loses nothing', () => {
  const { clock, tally } = loadedFleet();
  clock.pass(60);
  expect(tally()).toEqual({ sent: 6000, lost: 0 });
});

test('a machine that reboots in the target group loses its share until the load balancer has noticed', async () => {
  const { cloud, clock, id, tally } = loadedFleet();
  await cloud.ec2.rebootInstances({ InstanceIds: [id] });
  clock.pass(300);
  expect(tally()).toEqual({ sent: 30_000, lost: 10 * 25 });
});

test('how often somebody looks changes no number', async () => {
  const { cloud, clock, id, tally } = loadedFleet();
  await cloud.ec2.rebootInstances({ InstanceIds: [id] });
  for (let second = 0; second < 300; second += 1) {
    clock.pass(1);
    tally();
  }
  expect(tally().lost).toBeCloseTo(250);
});

test('a machine that is patched out of the group loses nothing', async () => {
  const fleet = loadedFleet();
  await detach(fleet, fleet.id);
  fleet.clock.pass(31);
  await install(fleet, fleet.id);
  fleet.clock.pass(300);
  expect(fleet.tally().lost).toBe(0);
});

test('when no target is healthy requests go to all of them, and those to the one that answers arrive', async () => {
  const { cloud, clock, ids, tally } = loadedFleet({ size: 2, boot: 100 });
  await cloud.ec2.rebootInstances({ InstanceIds: ids });
  clock.pass(100);
  expect(tally().lost).toBe(100 * 100);
  clock.pass(100);
  expect(tally().lost).toBe(100 * 100);
});

test('without a target everything is lost', async () => {
  const { cloud, clock, ids, tally } = loadedFleet();
  await cloud.ec2.terminateInstances({ InstanceIds: ids });
  clock.pass(2);
  expect(tally().lost).toBe(200);
});

test('a target can be taken out and put back without its group', async () => {
  const fleet = loadedFleet();
  const { cloud, clock, id, tally } = fleet;
  const [TargetGroupArn] = cloud.world.targetGroups.keys();
  const target = { TargetGroupArn, Targets: [{ Id: id }] };
  await cloud.elasticloadbalancingv2.deregisterTargets(target);
  expect(await targetHealth(fleet, id)).toBe('draining Target.DeregistrationInProgress');
  clock.pass(31);
  expect(await targetHealth(fleet, id)).toBe('unused Target.NotRegistered');
  await cloud.ec2.rebootInstances({ InstanceIds: [id] });
  clock.pass(41);
  await cloud.elasticloadbalancingv2.registerTargets(target);
  clock.pass(11);
  expect(await targetHealth(fleet, id)).toBe('healthy');
  expect(cloud.inServiceHealthy('web')).toBe(4);
  expect(tally().lost).toBe(0);
});

test('there are no requests for a group without a load balancer', () => {
  const { cloud } = webFleet({ targetGroups: [] });
  expect(() => sendRequests(cloud.world, 'web', 1)).toThrow(RangeError);
});
