/** An Auto Scaling group's record of what it did and why. */
import type { Activity } from '@aws-sdk/client-auto-scaling';
import type { Group } from './model.ts';
import type { World } from './world.ts';

/** Older ones are forgotten. */
const ACTIVITIES_KEPT = 500;

/** Enters an activity into the group's list, of which the newest are kept. Its cause begins with why capacity was `wanted`. */
export function record(
  world: World,
  group: Group,
  description: string,
  cause: string,
  wanted: readonly string[] = [],
): Activity {
  const activity: Activity = {
    ActivityId: world.random.uuid(),
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    Description: description,
    Cause: [...wanted, `At ${new Date(world.now).toISOString()} ${cause}`].join(' '),
    StartTime: new Date(world.now),
    StatusCode: 'InProgress',
    Progress: 50,
    Details: '{}',
  };
  group.activities.unshift(activity);
  if (group.activities.length > ACTIVITIES_KEPT) group.activities.pop();
  return activity;
}

/** Notes that and why desired capacity becomes that: it stands in the causes of what the group does about it. To be called before it changes. */
export function noteDesired(world: World, group: Group, why: string, desired: number): void {
  if (desired === group.desired) return;
  const at = new Date(world.now).toISOString();
  group.wanted.push(`At ${at} ${why} changing the desired capacity from ${group.desired} to ${desired}.`);
}

/** Marks it as successful, now. */
export function finish(world: World, activity: Activity): void {
  activity.StatusCode = 'Successful';
  activity.Progress = 100;
  activity.EndTime = new Date(world.now);
}
