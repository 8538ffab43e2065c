/** What an Auto Scaling group does of its own: launch, terminate, replace, rebalance, unless the process is suspended. */
import type { Activity } from '@aws-sdk/client-auto-scaling';
import { finish, record } from './activities.ts';
import { isGone, launchMachine, terminate } from './machines.ts';
import type { Group, Machine, Member } from './model.ts';
import { countServing } from './serving.ts';
import { deregister, register } from './targets.ts';
import type { World } from './world.ts';

/** How long the group takes to notice that it should act. */
const LOOK_SECONDS = 5;
/** How long an attached instance, or one that leaves Standby, stays Pending. */
const ATTACH_SECONDS = 3;
/** What leaving takes when nothing has to drain. */
const LEAVE_SECONDS = 2;
export const GROUP_TAG = 'aws:autoscaling:groupName';

/** Members that count towards desired capacity: not those that are leaving, in Standby, or left. */
export function countsTowardsDesired(member: Member): boolean {
  return member.lifecycleState === 'InService' || member.lifecycleState.startsWith('Pending');
}

/** Makes the machine a member. It enters InService at once (`inService`), or after being Pending. */
export function addMember(
  world: World,
  group: Group,
  machine: Machine,
  lifecycleState: 'InService' | 'Pending',
): Member {
  const member: Member = {
    machine,
    lifecycleState,
    healthStatus: 'Healthy',
    protectedFromScaleIn: group.newInstancesProtected,
    inServiceSince: world.now,
    rebalances: false,
    serves: false,
  };
  group.members.set(machine.id, member);
  machine.groupName = group.name;
  machine.tags.set(GROUP_TAG, group.name);
  return member;
}

/** Registers a Pending member with the target groups and, shortly after, counts it as in service. */
export function bringIntoService(world: World, group: Group, member: Member, activity: Activity): void {
  member.lifecycleState = 'Pending';
  if (!group.suspended.has('AddToLoadBalancer')) {
    for (const targetGroup of group.targetGroups) register(world, targetGroup, member.machine);
  }
  world.agenda.after(ATTACH_SECONDS, () => {
    if (group.members.get(member.machine.id) !== member || member.lifecycleState !== 'Pending') return;
    member.lifecycleState = 'InService';
    member.inServiceSince = world.now;
    member.rebalances = false;
    finish(world, activity);
    checkHealth(world, group, member);
    countServing(world, group, member);
    lookSoon(world, group);
  });
}

/** Takes a member out of the target groups and, once drained, out of the group (`Detaching`) or into Standby. */
export function takeOut(
  world: World,
  group: Group,
  member: Member,
  to: 'Detached' | 'Standby',
  activity: Activity,
): void {
  const state = to === 'Detached' ? 'Detaching' : 'EnteringStandby';
  member.lifecycleState = state;
  drain(world, group, member, () => {
    if (member.lifecycleState !== state) return;
    finish(world, activity);
    if (to === 'Standby') {
      member.lifecycleState = 'Standby';
      return;
    }
    removeMember(group, member);
  });
}

/** Terminates a member: out of the target groups, drained, gone. */
export function terminateMember(
  world: World,
  group: Group,
  member: Member,
  cause: string,
  wanted: readonly string[] = [],
): Activity {
  const activity = record(world, group, `Terminating EC2 instance: ${member.machine.id}`, cause, wanted);
  member.lifecycleState = 'Terminating';
  drain(world, group, member, () => {
    terminate(world, member.machine);
    removeMember(group, member);
    finish(world, activity);
    lookSoon(world, group);
  });
  return activity;
}

/** Puts a look of the group at its own size and health on the agenda, unless one is there. */
export function lookSoon(world: World, group: Group): void {
  if (group.looking) return;
  group.looking = true;
  world.agenda.after(LOOK_SECONDS, () => {
    group.looking = false;
    look(world, group);
  });
}

/** Follows a change of a machine, or of its health in a target group. */
export function followMember(world: World, machine: Machine): void {
  const group = machine.groupName === undefined ? undefined : world.groups.get(machine.groupName);
  const member = group?.members.get(machine.id);
  if (group === undefined || member === undefined) return;
  checkHealth(world, group, member);
  countServing(world, group, member);
}

/** Judges a member that is in service or on its way there; an unhealthy one makes the group look at itself. */
export function checkHealth(world: World, group: Group, member: Member): void {
  if (!countsTowardsDesired(member) || member.healthStatus === 'Unhealthy') return;
  if (group.suspended.has('HealthCheck') || !isUnhealthy(group, member)) return;
  const graceLeft = (member.inServiceSince - world.now) / 1000 + group.graceSeconds;
  if (member.machine.state === 'running' && graceLeft > 0) {
    world.agenda.after(graceLeft, () => followMember(world, member.machine));
    return;
  }
  member.healthStatus = 'Unhealthy';
  countServing(world, group, member);
  lookSoon(world, group);
}

function isUnhealthy(group: Group, { machine, lifecycleState }: Member): boolean {
  if (machine.state !== 'running' && machine.state !== 'pending') return true;
  return (
    group.healthCheckType === 'ELB' &&
    lifecycleState === 'InService' &&
    group.targetGroups.some((targetGroup) => targetGroup.registrations.get(machine.id)?.state === 'unhealthy')
  );
}

function drain(world: World, group: Group, member: Member, then: () => void): void {
  const { machine } = member;
  const registered = group.targetGroups.filter((targetGroup) => targetGroup.registrations.has(machine.id));
  for (const targetGroup of registered) deregister(world, targetGroup, machine);
  countServing(world, group, member);
  const delay = Math.max(LEAVE_SECONDS, ...registered.map((targetGroup) => targetGroup.deregistrationDelaySeconds));
  world.agenda.after(delay, () => {
    if (group.members.get(machine.id) === member) then();
  });
}

function removeMember(group: Group, member: Member): void {
  group.members.delete(member.machine.id);
  delete member.machine.groupName;
  member.machine.tags.delete(GROUP_TAG);
}

function look(world: World, group: Group): void {
  replaceUnhealthy(world, group);
  const active = [...group.members.values()].filter(countsTowardsDesired);
  const allowed = group.desired + active.filter((member) => member.rebalances).length;
  if (active.length < group.desired) launch(world, group, active, group.desired - active.length);
  else if (active.length > allowed) scaleIn(world, group, active, active.length - allowed);
  else rebalance(world, group, active);
}

function replaceUnhealthy(world: World, group: Group): void {
  if (group.suspended.has('ReplaceUnhealthy') || group.suspended.has('Terminate')) return;
  for (const member of [...group.members.values()]) {
    if (member.healthStatus !== 'Unhealthy' || !countsTowardsDesired(member)) continue;
    terminateMember(
      world,
      group,
      member,
      `an instance was taken out of service in response to a health check failure.`,
    );
  }
}

function launch(world: World, group: Group, active: Member[], count: number): void {
  if (group.suspended.has('Launch')) return;
  const perZone = countPerZone(group, active);
  for (let launched = 0; launched < count; launched += 1) {
    const [az] = zonesByCount(perZone)[0] ?? [];
    if (az === undefined) return;
    perZone.set(az, (perZone.get(az) ?? 0) + 1);
    const why = 'an instance was started in response to a difference between desired and actual capacity.';
    launchMember(world, group, az, why, group.wanted);
  }
  group.wanted = [];
}

/** A new instance comes from the launch template: it has the image's patches and no others. */
function launchMember(world: World, group: Group, az: string, cause: string, wanted: readonly string[] = []): Member {
  const machine = launchMachine(world, group.template, az);
  const activity = record(world, group, `Launching a new EC2 instance: ${machine.id}`, cause, wanted);
  const member = addMember(world, group, machine, 'Pending');
  for (const [key, tag] of group.tags) if (tag.propagateAtLaunch) machine.tags.set(key, tag.value);
  awaitBoot(world, group, member, activity);
  return member;
}

/** Launch hooks hold a launched instance back, each in turn until its heartbeat is over. */
function awaitBoot(world: World, group: Group, member: Member, activity: Activity): void {
  const hooks = group.lifecycleHooks.filter(
    (hook) => hook.LifecycleTransition === 'autoscaling:EC2_INSTANCE_LAUNCHING',
  );
  const held = hooks.reduce((seconds, hook) => seconds + (hook.HeartbeatTimeout ?? 0), 0);
  const tryAgain = () => {
    if (group.members.get(member.machine.id) !== member || !member.lifecycleState.startsWith('Pending')) return;
    if (isGone(member.machine)) return;
    if (!member.machine.up) world.agenda.after(1, tryAgain);
    else if (held > 0 && member.lifecycleState === 'Pending') {
      member.lifecycleState = 'Pending:Wait';
      world.agenda.after(held, tryAgain);
    } else bringIntoService(world, group, member, activity);
  };
  tryAgain();
}

function scaleIn(world: World, group: Group, active: Member[], count: number): void {
  if (group.suspended.has('Terminate')) return;
  const perZone = countPerZone(group, active);
  const candidates = active
    .filter((member) => !member.protectedFromScaleIn)
    .sort((one, other) => one.machine.launchedAt - other.machine.launchedAt);
  for (let terminated = 0; terminated < count; terminated += 1) {
    const victim = zonesByCount(perZone)
      .reverse()
      .map(([az]) => candidates.find((member) => member.machine.az === az))
      .find((member) => member !== undefined);
    if (victim === undefined) return;
    candidates.splice(candidates.indexOf(victim), 1);
    perZone.set(victim.machine.az, (perZone.get(victim.machine.az) ?? 1) - 1);
    terminateMember(
      world,
      group,
      victim,
      'an instance was taken out of service in response to a difference between desired and actual capacity.',
      group.wanted,
    );
  }
  group.wanted = [];
}

/** Launches in the emptiest zone first; the crowded one is scaled in when the new instance serves. */
function rebalance(world: World, group: Group, active: Member[]): void {
  const needed = ['AZRebalance', 'Launch', 'Terminate'];
  if (needed.some((process) => group.suspended.has(process)) || active.some((member) => member.rebalances)) return;
  const zones = zonesByCount(countPerZone(group, active));
  const [emptiest] = zones;
  const fullest = zones.at(-1);
  if (emptiest === undefined || fullest === undefined || fullest[1] - emptiest[1] < 2) return;
  // What is launched in one zone has to be scaled in in the other: protected members never are.
  if (!active.some(({ machine, protectedFromScaleIn }) => machine.az === fullest[0] && !protectedFromScaleIn)) return;
  launchMember(
    world,
    group,
    emptiest[0],
    "an instance was launched to aid in balancing the group's zones.",
  ).rebalances = true;
}

function countPerZone(group: Group, active: Member[]): Map<string, number> {
  const perZone = new Map(group.azs.map((az) => [az, 0]));
  for (const { machine } of active) perZone.set(machine.az, (perZone.get(machine.az) ?? 0) + 1);
  return perZone;
}

function zonesByCount(perZone: Map<string, number>): [string, number][] {
  return [...perZone].sort(([, one], [, other]) => one - other);
}
