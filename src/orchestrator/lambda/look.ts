/**
 * Looks at a whole group: how many of its instances serve. A Lambda, because the description of a large group with its
 * instances exceeds the 256 KiB that a state may hand on; the answer here is a few numbers.
 */
import { z } from 'zod';
import type { Cloud } from '../aws/cloud.ts';
import { allPages, chunks } from '../fleet/pages.ts';

const event = z.object({
  groupName: z.string(),
  targetGroupArns: z.array(z.string()),
  /** A wave that is to be looked at apart: those of its patched instances that are members and do not serve come back as `sick`. */
  wave: z
    .union([
      z.object({ instances: z.array(z.string()) }),
      z.object({ stored: z.object({ bucket: z.string(), key: z.string() }) }),
    ])
    .default({ instances: [] }),
  /** A digit for each instance of the wave, in its order: 1 when it was patched. Ids would not fit beside those of the wave. */
  patched: z.string().default(''),
  /** Whether to look at what forbids a wave, too. */
  guard: z.boolean().default(false),
  /** Members that were launched since then (ISO 8601, UTC), and are not known to have all these patches. */
  launched: z.object({ since: z.string(), pinned: z.array(z.string()) }).optional(),
});

export interface GroupLook {
  desired: number;
  inService: number;
  /** InService, healthy to the group, and healthy in every target group. */
  healthy: number;
  sick: string[];
  /** When it was asked for: the run that the group is marked for (empty: none), and whether an instance refresh goes on. */
  guard?: { runId: string; refreshing: boolean };
  /** When it was asked for; the first thousand. */
  launched?: string[];
}

/**
 * Takes `{ groupName, targetGroupArns, wave?, patched?, guard?, launched? }`; gives a `GroupLook`. Fails when the group does not exist or a
 * call fails: a look that saw only half is no look.
 */
export function lookHandler(cloud: Pick<Cloud, 'autoscaling' | 'ec2' | 'elasticloadbalancingv2' | 's3' | 'ssm'>) {
  return async (input: unknown): Promise<GroupLook> => {
    const { groupName, targetGroupArns, wave, patched, guard, launched } = event.parse(input);
    const [instanceIds, group, ...healthyByTargetGroup] = await Promise.all([
      'stored' in wave ? storedInstances(cloud, wave.stored) : wave.instances,
      describeGroup(cloud, groupName),
      ...targetGroupArns.map((arn) => healthyTargets(cloud, arn)),
    ]);
    const members = new Map(group.instances.map((instance) => [instance.instanceId, instance]));
    const serves = (instanceId: string): boolean =>
      members.get(instanceId)?.inService === true && healthyByTargetGroup.every((healthy) => healthy.has(instanceId));
    return {
      desired: group.desired,
      inService: group.instances.filter((instance) => instance.inService).length,
      healthy: group.instances.filter((instance) => serves(instance.instanceId)).length,
      sick: instanceIds.filter((id, at) => patched[at] === '1' && members.has(id) && !serves(id)),
      ...(guard ? { guard: { runId: group.runId, refreshing: await isRefreshing(cloud, groupName) } } : {}),
      ...(launched === undefined
        ? {}
        : { launched: await unpatched(cloud, [...members.keys()].filter(serves), launched) }),
    };
  };
}

/** A wave as `storedOrder` put it in S3. */
async function storedInstances(cloud: Pick<Cloud, 's3'>, place: { bucket: string; key: string }): Promise<string[]> {
  const { Body } = await cloud.s3.getObject({ Bucket: place.bucket, Key: place.key });
  return z.array(z.string()).parse(JSON.parse((await Body?.transformToString()) ?? ''));
}

async function describeGroup(cloud: Pick<Cloud, 'autoscaling'>, name: string) {
  const answer = await cloud.autoscaling.describeAutoScalingGroups({ AutoScalingGroupNames: [name] });
  const group = answer.AutoScalingGroups?.[0];
  if (group === undefined) throw new Error(`the Auto Scaling group ${name} does not exist`);
  return {
    desired: group.DesiredCapacity ?? 0,
    runId: group.Tags?.find(({ Key }) => Key === 'drydock:run-id')?.Value ?? '',
    instances: (group.Instances ?? []).map((instance) => ({
      instanceId: instance.InstanceId ?? '',
      inService: instance.LifecycleState === 'InService' && instance.HealthStatus?.toUpperCase() === 'HEALTHY',
    })),
  };
}

async function healthyTargets(cloud: Pick<Cloud, 'elasticloadbalancingv2'>, arn: string): Promise<Set<string>> {
  const answer = await cloud.elasticloadbalancingv2.describeTargetHealth({ TargetGroupArn: arn });
  const healthy = (answer.TargetHealthDescriptions ?? []).filter((target) => target.TargetHealth?.State === 'healthy');
  return new Set(healthy.map((target) => target.Target?.Id ?? ''));
}

/** Statuses of an instance refresh that is not over. */
const REFRESHING = ['Pending', 'InProgress', 'Cancelling', 'Baking', 'RollbackInProgress'];

async function isRefreshing(cloud: Pick<Cloud, 'autoscaling'>, groupName: string): Promise<boolean> {
  // Newest first, and one at a time: what is over lies behind what goes on.
  const asked = { AutoScalingGroupName: groupName, MaxRecords: 10 };
  const { InstanceRefreshes = [] } = await cloud.autoscaling.describeInstanceRefreshes(asked);
  return InstanceRefreshes.some(({ Status }) => REFRESHING.includes(Status ?? ''));
}

/** Instances that one DescribeInstances is asked for. */
const AT_ONCE = 100;
/** More than a wave in an execution's variables may hold is left to the next run. */
const MOST_LAUNCHED = 1000;

/** Of these members those that were launched since, and of which Patch Manager does not know that they have every one of the patches. */
async function unpatched(
  cloud: Pick<Cloud, 'ec2' | 'ssm'>,
  members: string[],
  { since, pinned }: { since: string; pinned: string[] },
): Promise<string[]> {
  const found: string[] = [];
  for (const InstanceIds of chunks(members, AT_ONCE)) {
    const { Reservations = [] } = await cloud.ec2.describeInstances({ InstanceIds });
    for (const { InstanceId: id = '', LaunchTime } of Reservations.flatMap(({ Instances = [] }) => Instances)) {
      const isNew = LaunchTime !== undefined && LaunchTime.getTime() > Date.parse(since);
      if (isNew && !(await hasAll(cloud, id, pinned))) found.push(id);
    }
  }
  return found.slice(0, MOST_LAUNCHED);
}

/** A machine that was never scanned says of no patch that it is missing. */
async function hasAll(cloud: Pick<Cloud, 'ssm'>, id: string, pinned: string[]): Promise<boolean> {
  const { InstancePatchStates = [] } = await cloud.ssm.describeInstancePatchStates({ InstanceIds: [id] });
  if (InstancePatchStates.length === 0) return false;
  const wanted = new Set(pinned);
  const filters = [{ Key: 'State', Values: ['Missing', 'Failed'] }];
  const missing = await allPages(async (token) => {
    const { Patches, NextToken } = await cloud.ssm.describeInstancePatches({
      InstanceId: id,
      Filters: filters,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    return { items: Patches, next: NextToken };
  });
  return !missing.some(({ KBId, Title }) => wanted.has(KBId === undefined || KBId === '' ? (Title ?? '') : KBId));
}
