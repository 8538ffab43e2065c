import type {
  ActivitiesType,
  AutoScalingGroup,
  AutoScalingGroupsType,
  AutoScalingInstanceDetails,
  AutoScalingInstancesType,
  DescribeAutoScalingGroupsCommandInput,
  DescribeAutoScalingInstancesCommandInput,
  DescribeInstanceRefreshesAnswer,
  DescribeInstanceRefreshesCommandInput,
  DescribeLifecycleHooksAnswer,
  DescribeLifecycleHooksCommandInput,
  DescribeScalingActivitiesCommandInput,
  Filter,
  TagDescription,
} from '@aws-sdk/client-auto-scaling';
import { validationError } from '../aws-error.ts';
import type { Group, Member } from '../model.ts';
import { page } from '../paging.ts';
import type { World } from '../world.ts';

const LIMIT = { groups: 100, instances: 50, activities: 100, refreshes: 100 };
const ERRORS = { tokenError: 'InvalidNextToken', sizeError: 'ValidationError' };

/** The group of that name. Throws `ValidationError` when there is none. */
export function groupNamed(world: World, name: string | undefined): Group {
  const group = world.groups.get(name ?? '');
  if (group === undefined)
    throw validationError(`AutoScalingGroup name not found - AutoScalingGroup ${name} not found`);
  return group;
}

/** Groups by name, or all, narrowed by tag filters; unknown names are left out, not refused. */
export function describeGroups(world: World, input: DescribeAutoScalingGroupsCommandInput): AutoScalingGroupsType {
  const names = input.AutoScalingGroupNames ?? [];
  const named = names.length === 0 ? [...world.groups.values()] : names.flatMap((name) => world.groups.get(name) ?? []);
  const chosen = named.filter((group) => (input.Filters ?? []).every((filter) => matches(group, filter)));
  const { items, nextToken } = page(chosen, {
    token: input.NextToken,
    size: input.MaxRecords ?? (names.length > 0 ? LIMIT.groups : 50),
    limit: LIMIT.groups,
    ...ERRORS,
  });
  return {
    AutoScalingGroups: items.map((group) => describeGroup(group, input.IncludeInstances !== false)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

/** Members by instance id, at most 50 of them; what is no member is left out. */
export function describeInstances(
  world: World,
  input: DescribeAutoScalingInstancesCommandInput,
): AutoScalingInstancesType {
  const ids = input.InstanceIds ?? [];
  if (ids.length > LIMIT.instances)
    throw validationError(`The number of instance ids ${ids.length} exceeds the limit of 50.`);
  const members =
    ids.length > 0
      ? ids.flatMap((id) => memberOf(world, id) ?? [])
      : [...world.groups.values()].flatMap((group) => [...group.members.values()]);
  const { items, nextToken } = page(members, {
    token: input.NextToken,
    size: input.MaxRecords,
    limit: LIMIT.instances,
    ...ERRORS,
  });
  return {
    AutoScalingInstances: items.map(describeMember),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

export function describeRefreshes(
  world: World,
  input: DescribeInstanceRefreshesCommandInput,
): DescribeInstanceRefreshesAnswer {
  const { instanceRefreshes } = groupNamed(world, input.AutoScalingGroupName);
  const ids = input.InstanceRefreshIds ?? [];
  const chosen = instanceRefreshes.filter(
    (refresh) => ids.length === 0 || ids.includes(refresh.InstanceRefreshId ?? ''),
  );
  const { items, nextToken } = page(chosen, {
    token: input.NextToken,
    size: input.MaxRecords,
    limit: LIMIT.refreshes,
    ...ERRORS,
  });
  return { InstanceRefreshes: items, ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
}

export function describeHooks(world: World, input: DescribeLifecycleHooksCommandInput): DescribeLifecycleHooksAnswer {
  const { lifecycleHooks } = groupNamed(world, input.AutoScalingGroupName);
  const names = input.LifecycleHookNames ?? [];
  return {
    LifecycleHooks: lifecycleHooks.filter((hook) => names.length === 0 || names.includes(hook.LifecycleHookName ?? '')),
  };
}

export function describeActivities(world: World, input: DescribeScalingActivitiesCommandInput): ActivitiesType {
  const { activities } = groupNamed(world, input.AutoScalingGroupName);
  const { items, nextToken } = page(activities, {
    token: input.NextToken,
    size: input.MaxRecords,
    limit: LIMIT.activities,
    ...ERRORS,
  });
  return {
    Activities: items.map((activity) => ({ ...activity })),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

function memberOf(world: World, instanceId: string): Member | undefined {
  const machine = world.machines.get(instanceId);
  return machine?.groupName === undefined ? undefined : world.groups.get(machine.groupName)?.members.get(instanceId);
}

function matches(group: Group, filter: Filter): boolean {
  const values = filter.Values ?? [];
  const name = filter.Name ?? '';
  if (name === 'tag-key') return values.some((value) => group.tags.has(value));
  if (name === 'tag-value') return [...group.tags.values()].some((tag) => values.includes(tag.value));
  if (!name.startsWith('tag:'))
    throw validationError(`Invalid filter name ${name}: tag-key, tag-value and tag:<key> are supported.`);
  const tag = group.tags.get(name.slice('tag:'.length));
  return tag !== undefined && values.includes(tag.value);
}

function describeGroup(group: Group, withInstances: boolean): AutoScalingGroup {
  const specification = { LaunchTemplateId: group.template.id, LaunchTemplateName: group.name, Version: '1' };
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    ...(group.mixedInstances
      ? { MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: specification } } }
      : { LaunchTemplate: specification }),
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    DefaultCooldown: 300,
    AvailabilityZones: [...group.azs],
    LoadBalancerNames: [...group.classicLoadBalancers],
    TargetGroupARNs: group.targetGroups.map((targetGroup) => targetGroup.arn),
    HealthCheckType: group.healthCheckType,
    HealthCheckGracePeriod: group.graceSeconds,
    ...(withInstances ? { Instances: [...group.members.values()].map(describeMemberOfGroup) } : {}),
    CreatedTime: new Date(group.createdAt),
    SuspendedProcesses: [...group.suspended].map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
    Tags: [...group.tags].map(([Key, tag]) => describeTag(group, Key, tag)),
    TerminationPolicies: ['Default'],
    NewInstancesProtectedFromScaleIn: group.newInstancesProtected,
    ...(group.warmPool ? { WarmPoolConfiguration: { MinSize: 0, PoolState: 'Stopped' }, WarmPoolSize: 0 } : {}),
  };
}

function describeTag(group: Group, key: string, tag: { value: string; propagateAtLaunch: boolean }): TagDescription {
  return {
    ResourceId: group.name,
    ResourceType: 'auto-scaling-group',
    Key: key,
    Value: tag.value,
    PropagateAtLaunch: tag.propagateAtLaunch,
  };
}

function describeMemberOfGroup(member: Member) {
  const { machine } = member;
  return {
    InstanceId: machine.id,
    InstanceType: machine.template.instanceType,
    AvailabilityZone: machine.az,
    LifecycleState: member.lifecycleState,
    HealthStatus: member.healthStatus,
    LaunchTemplate: { LaunchTemplateId: machine.template.id, Version: '1' },
    ImageId: machine.template.imageId,
    ProtectedFromScaleIn: member.protectedFromScaleIn,
  };
}

/** DescribeAutoScalingInstances writes the health in capitals; DescribeAutoScalingGroups does not. */
function describeMember(member: Member): AutoScalingInstanceDetails {
  return {
    ...describeMemberOfGroup(member),
    AutoScalingGroupName: member.machine.groupName ?? '',
    HealthStatus: member.healthStatus.toUpperCase(),
  };
}
