import type {
  CreateOrUpdateTagsCommandInput,
  DeleteTagsCommandInput,
  ResumeProcessesCommandInput,
  SetDesiredCapacityCommandInput,
  SuspendProcessesCommandInput,
  UpdateAutoScalingGroupCommandInput,
} from '@aws-sdk/client-auto-scaling';
import { noteDesired } from '../activities.ts';
import { AwsError, validationError } from '../aws-error.ts';
import { checkHealth, lookSoon } from '../groups.ts';
import type { World } from '../world.ts';
import { groupNamed } from './autoscaling-describe.ts';

const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
];

/** A minimum above desired raises it, a maximum below desired lowers it, unless desired is given too. */
export function update(world: World, input: UpdateAutoScalingGroupCommandInput): Record<string, never> {
  const group = groupNamed(world, input.AutoScalingGroupName);
  const min = input.MinSize ?? group.min;
  const max = input.MaxSize ?? group.max;
  if (min < 0) throw validationError(`Min bound, ${min}, must be greater than or equal to 0`);
  if (min > max) throw validationError(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  const desired = input.DesiredCapacity ?? Math.min(max, Math.max(min, group.desired));
  if (desired < min || desired > max) {
    throw validationError(
      `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
    );
  }
  noteDesired(
    world,
    group,
    `a user request update of AutoScalingGroup constraints to min: ${min}, max: ${max}`,
    desired,
  );
  Object.assign(group, { min, max, desired });
  if (input.NewInstancesProtectedFromScaleIn !== undefined)
    group.newInstancesProtected = input.NewInstancesProtectedFromScaleIn;
  if (input.HealthCheckGracePeriod !== undefined) group.graceSeconds = input.HealthCheckGracePeriod;
  lookSoon(world, group);
  return {};
}

export function setDesired(world: World, input: SetDesiredCapacityCommandInput): Record<string, never> {
  const group = groupNamed(world, input.AutoScalingGroupName);
  const desired = input.DesiredCapacity ?? group.desired;
  if (desired > group.max)
    throw validationError(
      `New SetDesiredCapacity value ${desired} is above max value ${group.max} for the AutoScalingGroup.`,
    );
  if (desired < group.min)
    throw validationError(
      `New SetDesiredCapacity value ${desired} is below min value ${group.min} for the AutoScalingGroup.`,
    );
  const busy = [...group.members.values()].some((member) => /^(Pending|Terminating)/.test(member.lifecycleState));
  if (input.HonorCooldown === true && busy) {
    throw new AwsError(
      'ScalingActivityInProgressFault',
      `Scaling activity is in progress for the AutoScalingGroup ${group.name}.`,
    );
  }
  noteDesired(world, group, 'a user request explicitly set group desired capacity', desired);
  group.desired = desired;
  lookSoon(world, group);
  return {};
}

/** No processes named means all of them: an empty list is none named. */
export function suspend(world: World, input: SuspendProcessesCommandInput): Record<string, never> {
  const group = groupNamed(world, input.AutoScalingGroupName);
  for (const process of processesOf(input.ScalingProcesses)) {
    if (!group.suspended.has(process))
      group.suspended.set(process, `User suspended at ${new Date(world.now).toISOString()}`);
  }
  return {};
}

export function resume(world: World, input: ResumeProcessesCommandInput): Record<string, never> {
  const group = groupNamed(world, input.AutoScalingGroupName);
  for (const process of processesOf(input.ScalingProcesses)) group.suspended.delete(process);
  for (const member of group.members.values()) checkHealth(world, group, member);
  lookSoon(world, group);
  return {};
}

export function putTags(world: World, input: CreateOrUpdateTagsCommandInput): Record<string, never> {
  for (const tag of input.Tags ?? []) {
    const group = groupNamed(world, tag.ResourceId);
    const key = tag.Key ?? '';
    if (key === '' || key.length > 128 || key.startsWith('aws:'))
      throw validationError(`The tag key is not valid: ${key}`);
    if ((tag.Value ?? '').length > 256) throw validationError(`The value of tag ${key} is longer than 256 characters.`);
    group.tags.set(key, { value: tag.Value ?? '', propagateAtLaunch: tag.PropagateAtLaunch ?? false });
  }
  return {};
}

export function deleteTags(world: World, input: DeleteTagsCommandInput): Record<string, never> {
  for (const tag of input.Tags ?? []) groupNamed(world, tag.ResourceId).tags.delete(tag.Key ?? '');
  return {};
}

function processesOf(names: string[] | undefined): string[] {
  const unknown = names?.find((name) => !PROCESSES.includes(name));
  if (unknown !== undefined)
    throw validationError(`Invalid process name ${unknown}. The processes are ${PROCESSES.join(', ')}.`);
  return names === undefined || names.length === 0 ? PROCESSES : names;
}
