import { appStatus } from './machines.ts';
import type { Group, Member } from './model.ts';
import { healthyInAll } from './targets.ts';
import type { World } from './world.ts';

/** Keeps the group's count of members that serve, and the lowest that it ever was. */
export function countServing(world: World, group: Group, member: Member): void {
  const { machine } = member;
  const serves =
    group.members.get(machine.id) === member &&
    member.lifecycleState === 'InService' &&
    member.healthStatus === 'Healthy' &&
    appStatus(machine) === 200 &&
    healthyInAll(group.targetGroups, machine);
  if (serves === member.serves) return;
  member.serves = serves;
  group.serving += serves ? 1 : -1;
  if (group.serving < group.lowest.count) group.lowest = { count: group.serving, at: world.now };
}
