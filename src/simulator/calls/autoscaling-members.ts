import type {
  ActivityType,
  AttachInstancesCommandInput,
  DetachInstancesAnswer,
  DetachInstancesCommandInput,
  EnterStandbyAnswer,
  EnterStandbyCommandInput,
  ExitStandbyAnswer,
  ExitStandbyCommandInput,
  SetInstanceProtectionCommandInput,
  TerminateInstanceInAutoScalingGroupCommandInput,
} from '@aws-sdk/client-auto-scaling';
import { record } from '../activities.ts';
import { AwsError, validationError } from '../aws-error.ts';
import { addMember, bringIntoService, countsTowardsDesired, lookSoon, takeOut, terminateMember } from '../groups.ts';
import type { Group, Machine, Member } from '../model.ts';
import type { World } from '../world.ts';
import { groupNamed } from './autoscaling-describe.ts';

/** One call takes at most so many instances. */
const LIMIT = 20;

/** Out of the group, through `Detaching` while the target groups drain. */
export function detach(world: World, input: DetachInstancesCommandInput): DetachInstancesAnswer {
  const group = groupNamed(world, input.AutoScalingGroupName);
  const members = membersIn(group, input.InstanceIds, ['InService', 'Standby', 'Pending:Wait', 'Warmed:Stopped']);
  // Who is in Standby does not count towards desired capacity, so leaving does not lower it.
  const counted = members.filter(countsTowardsDesired);
  if (input.ShouldDecrementDesiredCapacity === true) decrement(group, counted.length, 'detach');
  const activities = members.map((member) => {
    const activity = record(
      world,
      group,
      `Detaching EC2 instance: ${member.machine.id}`,
      `instance ${member.machine.id} was detached in response to a user request.`,
    );
    takeOut(world, group, member, 'Detached', activity);
    return activity;
  });
  lookSoon(world, group);
  return { Activities: activities.map((activity) => ({ ...activity })) };
}

/** Into the group, which thereby wants as many more. */
export function attach(world: World, input: AttachInstancesCommandInput): Record<string, never> {
  const group = groupNamed(world, input.AutoScalingGroupName);
  const machines = idsOf(input.InstanceIds).map((id) => attachable(world, group, id));
  increment(group, machines.length, 'attach');
  for (const machine of machines) {
    const activity = record(
      world,
      group,
      `Attaching an existing EC2 instance: ${machine.id}`,
      `an instance was attached in response to a user request.`,
    );
    bringIntoService(world, group, addMember(world, group, machine, 'Pending'), activity);
  }
  lookSoon(world, group);
  return {};
}

/** Out of the target groups but not out of the group. */
export function enterStandby(world: World, input: EnterStandbyCommandInput): EnterStandbyAnswer {
  const group = groupNamed(world, input.AutoScalingGroupName);
  const members = membersIn(group, input.InstanceIds, ['InService']);
  if (input.ShouldDecrementDesiredCapacity === true) decrement(group, members.length, 'place into standby');
  const activities = members.map((member) => {
    const activity = record(
      world,
      group,
      `Moving EC2 instance to Standby: ${member.machine.id}`,
      `instance ${member.machine.id} was moved to standby in response to a user request.`,
    );
    takeOut(world, group, member, 'Standby', activity);
    return activity;
  });
  lookSoon(world, group);
  return { Activities: activities.map((activity) => ({ ...activity })) };
}

/** Back into service, which raises desired capacity. */
export function exitStandby(world: World, input: ExitStandbyCommandInput): ExitStandbyAnswer {
  const group = groupNamed(world, input.AutoScalingGroupName);
  const members = membersIn(group, input.InstanceIds, ['Standby']);
  increment(group, members.length, 'move out of standby');
  const activities = members.map((member) => {
    member.healthStatus = 'Healthy';
    const activity = record(
      world,
      group,
      `Moving EC2 instance out of Standby: ${member.machine.id}`,
      `instance ${member.machine.id} was moved out of standby in response to a user request.`,
    );
    bringIntoService(world, group, member, activity);
    return activity;
  });
  return { Activities: activities.map((activity) => ({ ...activity })) };
}

export function setProtection(world: World, input: SetInstanceProtectionCommandInput): Record<string, never> {
  const group = groupNamed(world, input.AutoScalingGroupName);
  const members = membersIn(group, input.InstanceIds, ['InService', 'Pending', 'EnteringStandby', 'Standby']);
  for (const member of members) member.protectedFromScaleIn = input.ProtectedFromScaleIn === true;
  return {};
}

export function terminateInstance(world: World, input: TerminateInstanceInAutoScalingGroupCommandInput): ActivityType {
  const machine = world.machines.get(input.InstanceId ?? '');
  const group = machine?.groupName === undefined ? undefined : world.groups.get(machine.groupName);
  const member = group?.members.get(input.InstanceId ?? '');
  if (group === undefined || member === undefined) {
    throw validationError(`Instance Id not found - No managed instance found for instance ID ${input.InstanceId}`);
  }
  if (input.ShouldDecrementDesiredCapacity === true && countsTowardsDesired(member)) decrement(group, 1, 'terminate');
  const activity = terminateMember(
    world,
    group,
    member,
    `instance ${member.machine.id} was taken out of service in response to a user request.`,
  );
  lookSoon(world, group);
  return { Activity: { ...activity } };
}

function idsOf(instanceIds: string[] | undefined): string[] {
  const ids = [...new Set(instanceIds ?? [])];
  if (ids.length === 0) throw validationError('At least one instance id must be specified.');
  if (ids.length > LIMIT)
    throw validationError(`The number of instance ids ${ids.length} exceeds the limit of ${LIMIT} in one call.`);
  return ids;
}

function membersIn(group: Group, instanceIds: string[] | undefined, states: readonly string[]): Member[] {
  return idsOf(instanceIds).map((id) => {
    const member = group.members.get(id);
    if (member === undefined)
      throw validationError(`The instance ${id} is not part of Auto Scaling group ${group.name}.`);
    if (!states.includes(member.lifecycleState)) {
      throw validationError(
        `The instance ${id} is in ${member.lifecycleState} state; it must be in ${states.join(' or ')}.`,
      );
    }
    return member;
  });
}

function decrement(group: Group, count: number, verb: string): void {
  if (group.desired - count < group.min) throw sizes(group, verb, count, '');
  group.desired -= count;
}

function increment(group: Group, count: number, verb: string): void {
  if (group.desired + count > group.max) throw sizes(group, verb, count, 'more ');
  group.desired += count;
}

function sizes(group: Group, verb: string, count: number, more: string): AwsError {
  return validationError(
    `AutoScalingGroup ${group.name} has min-size=${group.min}, max-size=${group.max}, and desired-size=${group.desired}. To ` +
      `${verb} ${count} ${more}instance${count === 1 ? '' : 's'}, please update the AutoScalingGroup sizes appropriately.`,
  );
}

function attachable(world: World, group: Group, id: string): Machine {
  const machine = world.machines.get(id);
  if (machine === undefined) throw validationError(`Invalid Instance IDs [${id}] specified.`);
  if (machine.groupName !== undefined) {
    const where = machine.groupName === group.name ? 'already part of this' : 'part of another';
    throw validationError(`The instance ${id} is ${where} AutoScalingGroup: ${machine.groupName}.`);
  }
  if (machine.state !== 'running')
    throw validationError(`Instance ${id} is not in correct state. Instance(s) must be in 'running' state.`);
  if (!group.azs.includes(machine.az)) {
    throw validationError(
      `The availability zone ${machine.az} of instance ${id} is not part of Auto Scaling group ${group.name}.`,
    );
  }
  const refused = machine.faults.attachesRefused ?? 0;
  if (refused > 0) {
    machine.faults.attachesRefused = refused - 1;
    throw new AwsError(
      'ResourceContentionFault',
      `You already have a pending update to the Auto Scaling group ${group.name}.`,
      500,
    );
  }
  return machine;
}
