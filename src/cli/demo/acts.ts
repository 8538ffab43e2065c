/** The two acts of the demo: what is asked of the simulated fleet, as `drydock run` would ask it of AWS. */
import type { EngineClock } from '../../orchestrator/engine/clock.ts';
import { readFleet } from '../../orchestrator/fleet/read.ts';
import { plan } from '../../orchestrator/plan/plan.ts';
import type { Plan } from '../../orchestrator/plan/types.ts';
import type { Runs } from '../../orchestrator/runs/runs.ts';
import type { SimulatedCloud } from '../../simulator/simulated-cloud.ts';
import { demoPolicy } from './story.ts';
import { REGION } from './world.ts';

/** Lets Patch Manager look at every instance of a group, as a schedule would each day; resolves once it has. */
export async function scan(cloud: SimulatedCloud, clock: EngineClock, groupName: string): Promise<void> {
  const ids = await members(cloud, groupName);
  const sent = await cloud.ssm.sendCommand({
    DocumentName: 'AWS-RunPatchBaseline',
    InstanceIds: ids,
    Parameters: { Operation: ['Scan'] },
  });
  for (;;) {
    await clock.sleep(10_000);
    const { CommandInvocations = [] } = await cloud.ssm.listCommandInvocations({ CommandId: sent.Command?.CommandId });
    if (CommandInvocations.every(({ Status }) => Status !== 'Pending' && Status !== 'InProgress')) return;
  }
}

/** The plan for a group as of now, by the demo's policy. */
export async function planFor(
  cloud: SimulatedCloud,
  runs: Runs,
  clock: EngineClock,
  where: { groupName: string; environment: string },
): Promise<Plan> {
  const policy = demoPolicy();
  const now = new Date(clock.now()).toISOString();
  const fleet = await readFleet(cloud, where.groupName, { region: REGION, now });
  const history = await runs.finished(policy.name);
  return plan({ policy, fleet, environment: where.environment, history, now });
}

/** What the group is like, in the words that say whether it is whole. */
export async function lookAtGroup(cloud: SimulatedCloud, groupName: string) {
  const { AutoScalingGroups = [] } = await cloud.autoscaling.describeAutoScalingGroups({
    AutoScalingGroupNames: [groupName],
  });
  const group = AutoScalingGroups[0];
  return {
    group: groupName,
    inService: cloud.inServiceHealthy(groupName),
    desired: group?.DesiredCapacity ?? 0,
    min: group?.MinSize ?? 0,
    max: group?.MaxSize ?? 0,
    suspended: (group?.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? ''),
    leftovers: (group?.Tags ?? []).map(({ Key }) => Key ?? '').filter((key) => key.startsWith('drydock:')),
    lowest: cloud.lowestInService(groupName).count,
  };
}

export type GroupState = Awaited<ReturnType<typeof lookAtGroup>>;

/** Whether a group stands as it stood: all in service, and nothing of a run on it. */
export function isWhole(group: GroupState): boolean {
  return group.inService >= group.desired && group.suspended.length === 0 && group.leftovers.length === 0;
}

async function members(cloud: SimulatedCloud, groupName: string): Promise<string[]> {
  const { AutoScalingGroups = [] } = await cloud.autoscaling.describeAutoScalingGroups({
    AutoScalingGroupNames: [groupName],
  });
  return (AutoScalingGroups[0]?.Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []);
}
