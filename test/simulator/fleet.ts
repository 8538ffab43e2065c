import type { GroupOptions } from '../../src/simulator/fleet-builder.ts';
import type { Patch } from '../../src/simulator/model.ts';
import { SimulatedCloud, type SimulatedCloudOptions } from '../../src/simulator/simulated-cloud.ts';
import { SteppingClock } from './clock.ts';

/** A patch for Amazon Linux 2, released a month before the tests' present. */
export function patchOf(id: string, more: Partial<Patch> = {}): Patch {
  return {
    id,
    title: `Update of ${id}`,
    classification: 'Security',
    severity: 'Important',
    cves: [`CVE-2026-${id.length}000`],
    releasedAt: '2026-02-01T00:00:00Z',
    operatingSystem: 'AMAZON_LINUX_2',
    needsReboot: false,
    ...more,
  };
}

export const KERNEL = patchOf('kernel.x86_64', { severity: 'Critical', needsReboot: true });
export const OPENSSL = patchOf('openssl.x86_64');

/** A cloud with one group, `web`: four instances in three zones, min 2, max 6, drained in 30 s, healthy after 10 s. */
export function webFleet(group: Partial<GroupOptions> = {}, options: Partial<SimulatedCloudOptions> = {}) {
  const clock = new SteppingClock();
  const cloud = new SimulatedCloud({ clock, seed: 7, buckets: ['lists'], keepLog: true, ...options });
  const ids = cloud.addGroup({
    name: 'web',
    size: 4,
    min: 2,
    max: 6,
    targetGroups: [{ deregistrationDelaySeconds: 30, healthyThreshold: 2, intervalSeconds: 5 }],
    patches: [KERNEL, OPENSSL],
    boot: 40,
    patch: 120,
    ...group,
  });
  const [id = '', other = ''] = ids;
  return { clock, cloud, ids, id, other };
}

export type WebFleet = ReturnType<typeof webFleet>;

/** How the instance stands in its group; undefined: it is in none. */
export async function lifecycleState({ cloud }: WebFleet, id: string): Promise<string | undefined> {
  const { AutoScalingInstances = [] } = await cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: [id] });
  return AutoScalingInstances[0]?.LifecycleState;
}

export async function groupWeb({ cloud }: WebFleet) {
  const { AutoScalingGroups = [] } = await cloud.autoscaling.describeAutoScalingGroups({
    AutoScalingGroupNames: ['web'],
  });
  const [group] = AutoScalingGroups;
  if (group === undefined) throw new Error('the group web is gone');
  return group;
}

/** The health of an instance in the group's first target group, as `state` or `state reason`. */
export async function targetHealth({ cloud }: WebFleet, id: string): Promise<string> {
  const [arn] = cloud.world.targetGroups.keys();
  const { TargetHealthDescriptions = [] } = await cloud.elasticloadbalancingv2.describeTargetHealth({
    TargetGroupArn: arn,
    Targets: [{ Id: id }],
  });
  const { State, Reason } = TargetHealthDescriptions[0]?.TargetHealth ?? {};
  return Reason === undefined ? String(State) : `${State} ${Reason}`;
}

export async function detach({ cloud }: WebFleet, ...InstanceIds: string[]): Promise<void> {
  await cloud.autoscaling.detachInstances({
    AutoScalingGroupName: 'web',
    InstanceIds,
    ShouldDecrementDesiredCapacity: true,
  });
}

export async function attach({ cloud }: WebFleet, ...InstanceIds: string[]): Promise<void> {
  await cloud.autoscaling.attachInstances({ AutoScalingGroupName: 'web', InstanceIds });
}

/** Sends an install to the instance; gives the command's id. */
export async function install(
  { cloud }: WebFleet,
  id: string,
  parameters: Record<string, string[]> = {},
): Promise<string> {
  const { Command } = await cloud.ssm.sendCommand({
    DocumentName: 'AWS-RunPatchBaseline',
    InstanceIds: [id],
    Parameters: { Operation: ['Install'], RebootOption: ['RebootIfNeeded'], ...parameters },
  });
  return Command?.CommandId ?? '';
}

/** The status of a command on an instance, with its details where they say more. */
export async function commandStatus({ cloud }: WebFleet, CommandId: string, InstanceId: string): Promise<string> {
  const { Status, StatusDetails } = await cloud.ssm.getCommandInvocation({ CommandId, InstanceId });
  return Status === StatusDetails ? String(Status) : `${Status} ${StatusDetails}`;
}

/** The codes of an error that a call was refused with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

/** Whether the agent answers; undefined: it is not registered. */
export async function pingStatus({ cloud }: WebFleet, id: string): Promise<string | undefined> {
  const { InstanceInformationList } = await cloud.ssm.describeInstanceInformation({
    Filters: [{ Key: 'InstanceIds', Values: [id] }],
  });
  return InstanceInformationList?.[0]?.PingStatus;
}
