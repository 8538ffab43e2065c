/**
 * A model of the rolling update that Ansible's documentation and many playbooks show: a play with `serial`, whose hosts leave the load
 * balancer, are updated, rebooted and put back, while the Auto Scaling group is not told of anything.
 *
 * Batches: "Setting the batch size with serial" and "Setting a maximum failure percentage" in Ansible's "Controlling playbook execution".
 * `serial: [1, "10%"]` is the list form with one host first; within a batch each task runs on all hosts before the next begins (the
 * linear strategy). `max_fail_percentage: 0` ends the play with the first host that fails, and a batch that failed whole ends it always.
 * Tasks, with the defaults of their modules: `community.aws.elb_target` with `state: absent` and `target_status: unused`;
 * `ansible.builtin.dnf` with `name: "*"` and `state: latest`; `ansible.builtin.reboot` (`reboot_timeout` 600); `ansible.builtin.wait_for`
 * on the port (`timeout` 300); `elb_target` with `state: present` and `target_status: healthy` (`target_status_timeout` 60; 300 to leave).
 *
 * What stands for what: the simulated cloud has no SSH, so the patch command without its reboot stands for dnf, for as long and with the
 * same faults, under `async` for an hour; EC2's reboot stands for the module's. A member that was deregistered is left alone by its
 * group, here; one that is registered and unhealthy is replaced from the image.
 */
import { accepted, inService, install, POLL_MS, portIsOpen, targetGroupArn, targetState, within } from './instances.ts';
import type { Fleet, Outcome, ScenarioWorld } from './scenario.ts';

const LEAVE_SECONDS = 300;
const UPDATE_SECONDS = 3600;
const REBOOT_SECONDS = 600;
const PORT_SECONDS = 300;
const HEALTHY_SECONDS = 60;

/** Does something with one host; gives whether it succeeded. */
type Task = (world: ScenarioWorld, id: string) => Promise<boolean>;

const TASKS: readonly Task[] = [leaveLoadBalancer, update, reboot, waitForPort, joinLoadBalancer];

export async function ansibleSerial(world: ScenarioWorld): Promise<Outcome> {
  const tolerated = world.scenario.afterFailure === 'stop' ? 0 : 100;
  let failed = false;
  for (const batch of batches(await inService(world), world.fleet)) {
    let hosts = batch;
    for (const task of TASKS) {
      const succeeded = await Promise.all(hosts.map((id) => task(world, id)));
      hosts = hosts.filter((_, at) => succeeded[at]);
      if (hosts.length < batch.length) failed = true;
      if (hosts.length === 0 || 100 * (1 - hosts.length / batch.length) > tolerated) return { verdict: 'failed' };
    }
  }
  return { verdict: failed ? 'failed' : 'succeeded' };
}

/** One host, and then the percentage of all hosts again and again; Ansible rounds it down, to one at least. */
export function batches(ids: readonly string[], { percentAtOnce }: Pick<Fleet, 'percentAtOnce'>): string[][] {
  const size = Math.max(1, Math.floor((ids.length * percentAtOnce) / 100));
  const made = [ids.slice(0, 1)];
  for (let at = 1; at < ids.length; at += size) made.push(ids.slice(at, at + size));
  return made;
}

async function leaveLoadBalancer(world: ScenarioWorld, id: string): Promise<boolean> {
  const TargetGroupArn = targetGroupArn(world);
  const { elasticloadbalancingv2 } = world.cloud;
  if (!(await accepted(elasticloadbalancingv2.deregisterTargets({ TargetGroupArn, Targets: [{ Id: id }] }))))
    return false;
  return within(world, LEAVE_SECONDS, async () => (await targetState(world, id)) === 'unused');
}

/** A host that cannot be reached any more has failed at once. */
async function update(world: ScenarioWorld, id: string): Promise<boolean> {
  const isUnreachable = () => world.cloud.world.machines.get(id)?.state !== 'running';
  const givenUp = within(world, UPDATE_SECONDS, isUnreachable).then(() => false);
  return Promise.race([install(world, id, 'NoReboot'), givenUp]);
}

/** Only where an update asks for it, by `needs-restarting -r`. */
async function reboot(world: ScenarioWorld, id: string): Promise<boolean> {
  const { cloud, clock } = world;
  const { content, privateIp } = cloud.machine(id);
  if (content.pendingReboot.size === 0) return true;
  if (!(await accepted(cloud.ec2.rebootInstances({ InstanceIds: [id] })))) return false;
  await clock.sleep(POLL_MS);
  return within(world, REBOOT_SECONDS, () => portIsOpen(world, privateIp));
}

async function waitForPort(world: ScenarioWorld, id: string): Promise<boolean> {
  const { privateIp } = world.cloud.machine(id);
  return within(world, PORT_SECONDS, () => portIsOpen(world, privateIp));
}

async function joinLoadBalancer(world: ScenarioWorld, id: string): Promise<boolean> {
  const TargetGroupArn = targetGroupArn(world);
  const { elasticloadbalancingv2 } = world.cloud;
  if (!(await accepted(elasticloadbalancingv2.registerTargets({ TargetGroupArn, Targets: [{ Id: id }] }))))
    return false;
  return within(world, HEALTHY_SECONDS, async () => (await targetState(world, id)) === 'healthy');
}
