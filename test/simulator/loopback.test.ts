import { afterEach, expect, test } from 'vitest';
import { type Loopback, serveOnLoopback } from '../../src/simulator/loopback.ts';
import { detach, groupWeb, install, patchOf, type WebFleet, webFleet } from './fleet.ts';

const open: Loopback[] = [];
afterEach(async () => {
  for (const loopback of open.splice(0)) await loopback.close();
});

async function serving(fleet: WebFleet): Promise<Loopback> {
  const loopback = await serveOnLoopback(fleet.cloud);
  open.push(loopback);
  return loopback;
}

/** What a client on this computer sees: the status, or why there is none. Settles the cloud first. */
async function look({ cloud }: WebFleet, loopback: Loopback, privateIp: string): Promise<string> {
  cloud.settle();
  const address = loopback.address(privateIp, 80);
  if (address === undefined) return 'no such address';
  return fetch(`http://${address.host}:${address.port}/healthz`).then(
    async (response) => `${response.status} ${(await response.text()).slice(0, 14)}`,
    (error: Error) =>
      error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : error.message,
  );
}

test('a machine answers, refuses connections while it reboots, and answers again at the same port', async () => {
  const fleet = webFleet();
  const loopback = await serving(fleet);
  const { privateIp } = fleet.cloud.machine(fleet.id);
  const before = loopback.address(privateIp, 80);
  expect(before).toMatchObject({ host: '127.0.0.1' });
  expect(await look(fleet, loopback, privateIp)).toBe('200 {"status":"ok"');
  await fleet.cloud.ec2.rebootInstances({ InstanceIds: [fleet.id] });
  await expect.poll(() => look(fleet, loopback, privateIp)).toBe('ECONNREFUSED');
  fleet.clock.pass(41);
  await expect.poll(() => look(fleet, loopback, privateIp)).toBe('200 {"status":"ok"');
  expect(loopback.address(privateIp, 80)).toEqual(before);
});

test('a machine that a patch broke answers 503, a terminated one not at all', async () => {
  const fleet = webFleet({ patches: [patchOf('nginx.x86_64', { breaksApp: true })] });
  const loopback = await serving(fleet);
  const { privateIp } = fleet.cloud.machine(fleet.id);
  await detach(fleet, fleet.id);
  await install(fleet, fleet.id);
  fleet.clock.pass(130);
  expect(await look(fleet, loopback, privateIp)).toBe('503 {"status":"err');
  await fleet.cloud.ec2.terminateInstances({ InstanceIds: [fleet.id] });
  await expect.poll(() => look(fleet, loopback, privateIp)).toBe('ECONNREFUSED');
  fleet.clock.pass(40);
  expect(await look(fleet, loopback, privateIp)).toBe('no such address');
});

test('a machine that is launched later is served too, once it is up', async () => {
  const fleet = webFleet();
  const loopback = await serving(fleet);
  await fleet.cloud.autoscaling.setDesiredCapacity({ AutoScalingGroupName: 'web', DesiredCapacity: 5 });
  fleet.clock.pass(60);
  const launched = fleet.cloud.machine((await groupWeb(fleet)).Instances?.at(-1)?.InstanceId ?? '');
  expect(fleet.ids).not.toContain(launched.id);
  await expect.poll(() => look(fleet, loopback, launched.privateIp)).toBe('200 {"status":"ok"');
});

test('other ports and addresses are nobody’s', async () => {
  const fleet = webFleet();
  const loopback = await serving(fleet);
  expect(loopback.address(fleet.cloud.machine(fleet.id).privateIp, 8080)).toBeUndefined();
  expect(loopback.address('10.99.99.99', 80)).toBeUndefined();
});
