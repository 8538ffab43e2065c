/**
 * Looks at a whole group: how many of its instances serve. A Lambda, because the description of a large group with its
 * instances exceeds the 256 KiB that a state may hand on; the answer here is a few numbers.
 */
import { z } from 'zod';
import type { Cloud } from '../aws/cloud.ts';

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
});

export interface GroupLook {
  desired: number;
  inService: number;
  /** InService, healthy to the group, and healthy in every target group. */
  healthy: number;
  sick: string[];
}

/**
 * Takes `{ groupName, targetGroupArns, wave?, patched? }`; gives a `GroupLook`. Fails when the group does not exist or a
 * call fails: a look that saw only half is no look.
 */
export function lookHandler(cloud: Pick<Cloud, 'autoscaling' | 'elasticloadbalancingv2' | 's3'>) {
  return async (input: unknown): Promise<GroupLook> => {
    const { groupName, targetGroupArns, wave, patched } = event.parse(input);
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
