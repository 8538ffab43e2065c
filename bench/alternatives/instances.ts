/** What the modelled tools ask of the cloud, each on its own terms. */
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { ConnectionRefused } from '../../src/simulator/app.ts';
import { AwsError } from '../../src/simulator/aws-error.ts';
import type { Group } from '../../src/simulator/model.ts';
import type { ScenarioWorld } from './scenario.ts';

/** How often whoever waits looks: no published number, and too small to matter beside patches of minutes. */
export const POLL_MS = 5000;

/** The group as it is in the simulated cloud, for what no call tells. */
export function simulatedGroup({ cloud, group }: ScenarioWorld): Group {
  const found = cloud.world.groups.get(group);
  if (found === undefined) throw new Error(`there is no group ${group}`);
  return found;
}

/** The group as DescribeAutoScalingGroups has it. */
export async function describeGroup({ cloud, group }: ScenarioWorld): Promise<AutoScalingGroup> {
  const { AutoScalingGroups = [] } = await cloud.autoscaling.describeAutoScalingGroups({
    AutoScalingGroupNames: [group],
  });
  const [found] = AutoScalingGroups;
  if (found === undefined) throw new Error(`there is no group ${group}`);
  return found;
}

/** The ids of the group's members that are in service now, in the group's order. */
export async function inService(world: ScenarioWorld): Promise<string[]> {
  const { Instances = [] } = await describeGroup(world);
  return Instances.flatMap(({ InstanceId, LifecycleState }) =>
    LifecycleState === 'InService' && InstanceId !== undefined ? [InstanceId] : [],
  );
}

/** What AWS answers; undefined when it refuses. Other errors than its refusals are passed on. */
export async function unlessRefused<Output>(call: Promise<Output>): Promise<Output | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}

/** Whether AWS does what is asked. */
export async function accepted(call: Promise<object>): Promise<boolean> {
  return (await unlessRefused(call)) !== undefined;
}

/**
 * AWS-RunPatchBaseline with `Operation: Install` on one instance; resolves when the command is over, with whether it says Success. One
 * that hangs is over after its own `executionTimeout`, which is two hours; one on a machine that was terminated, after one.
 */
export async function install(
  { cloud, clock }: ScenarioWorld,
  id: string,
  rebootOption: 'RebootIfNeeded' | 'NoReboot',
): Promise<boolean> {
  const sent = await unlessRefused(
    cloud.ssm.sendCommand({
      DocumentName: 'AWS-RunPatchBaseline',
      InstanceIds: [id],
      Parameters: { Operation: ['Install'], RebootOption: [rebootOption] },
    }),
  );
  if (sent === undefined) return false;
  for (;;) {
    await clock.sleep(POLL_MS);
    const { CommandInvocations = [] } = await cloud.ssm.listCommandInvocations({ CommandId: sent.Command?.CommandId });
    // The cloud forgets a terminated machine, and its command with it.
    const status = CommandInvocations[0]?.Status;
    if (status === undefined || !['Pending', 'InProgress', 'Cancelling'].includes(status)) return status === 'Success';
  }
}

/** The ARN of the group's target group. */
export function targetGroupArn(world: ScenarioWorld): string {
  return simulatedGroup(world).targetGroups[0]?.arn ?? '';
}

/** The state of an instance as a target, as DescribeTargetHealth has it; undefined when the instance is forgotten. */
export async function targetState(world: ScenarioWorld, id: string): Promise<string | undefined> {
  const answer = await unlessRefused(
    world.cloud.elasticloadbalancingv2.describeTargetHealth({
      TargetGroupArn: targetGroupArn(world),
      Targets: [{ Id: id }],
    }),
  );
  return answer?.TargetHealthDescriptions?.[0]?.TargetHealth?.State;
}

/** Looks every few seconds; resolves with true as soon as it is so, with false when it was not in so many seconds. */
export async function within(
  { clock }: ScenarioWorld,
  seconds: number,
  isSo: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const end = clock.now() + seconds * 1000;
  while (!(await isSo())) {
    if (clock.now() >= end) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}

/** Whether something listens on the application's port at that address: an application that answers 503 does. */
export function portIsOpen({ cloud }: ScenarioWorld, address: string): boolean {
  try {
    cloud.respond(`http://${address}/`);
    return true;
  } catch (error) {
    if (error instanceof ConnectionRefused) return false;
    throw error;
  }
}
