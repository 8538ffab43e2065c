/** Reads a group as it stands: few calls, all pages, nothing changed. */
import type { AutoScalingGroup, Instance as Member } from '@aws-sdk/client-auto-scaling';
import type { Instance as Machine } from '@aws-sdk/client-ec2';
import type { InstanceInformation } from '@aws-sdk/client-ssm';
import type { Cloud } from '../aws/cloud.ts';
import type { Fleet, FleetGroup, FleetInstance, FleetTargetGroup } from './fleet.ts';
import { operatingSystem } from './operating-system.ts';
import { allPages, chunks, mapLimited } from './pages.ts';
import { type PatchesOfInstance, readPatches } from './patches.ts';
import { unknownGroup } from './unknown-group.ts';

/** The values of one filter of DescribeInstances. */
const MACHINES_A_CALL = 200;
/** The values of one filter of DescribeInstanceInformation. */
const AGENTS_A_CALL = 50;
const CALLS_AT_ONCE = 8;

/** An Auto Scaling group as a list has it. */
export interface ListedGroup {
  name: string;
  tags: Record<string, string>;
}

/** All groups of the account in this region. */
export async function findGroups(cloud: Cloud): Promise<ListedGroup[]> {
  const groups = await allPages(async (token) => {
    const page = await cloud.autoscaling.describeAutoScalingGroups({ MaxRecords: 100, ...after(token) });
    return { items: page.AutoScalingGroups, next: page.NextToken };
  });
  return groups.map((group) => ({ name: group.AutoScalingGroupName ?? '', tags: tagsOf(group.Tags) }));
}

/**
 * The group and its instances with their health, agents and patches. `now` (ISO 8601, UTC) is when that is. Throws a
 * `DrydockError` (exit code 2) when there is no such group.
 */
export async function readFleet(
  cloud: Cloud,
  groupName: string,
  options: { region: string; now: string },
): Promise<Fleet> {
  const group = await findGroup(cloud, groupName);
  const members = group.Instances ?? [];
  const ids = members.flatMap(({ InstanceId }) => InstanceId ?? []);
  const [described, machines, agents, targets] = await Promise.all([
    describeGroup(cloud, group),
    readMachines(cloud, ids),
    readAgents(cloud, ids),
    readTargets(cloud, group.TargetGroupARNs ?? []),
  ]);
  const systems = new Map([...agents].map(([id, agent]) => [id, systemOf(agent)]));
  const patches = await readPatches(cloud, systems);
  const instances = members.map((member) => instanceOf(member, machines, agents, targets, patches));
  return { region: options.region, readAt: options.now, group: described, instances };
}

async function findGroup(cloud: Cloud, name: string): Promise<AutoScalingGroup> {
  const found = await cloud.autoscaling.describeAutoScalingGroups({ AutoScalingGroupNames: [name] });
  const group = found.AutoScalingGroups?.[0];
  if (group !== undefined) return group;
  throw unknownGroup(
    name,
    (await findGroups(cloud)).map((known) => known.name),
  );
}

async function describeGroup(cloud: Cloud, group: AutoScalingGroup): Promise<FleetGroup> {
  const name = group.AutoScalingGroupName ?? '';
  const [targetGroups, refreshes, hooks] = await Promise.all([
    readTargetGroups(cloud, group.TargetGroupARNs ?? []),
    cloud.autoscaling.describeInstanceRefreshes({ AutoScalingGroupName: name }),
    cloud.autoscaling.describeLifecycleHooks({ AutoScalingGroupName: name }),
  ]);
  const open = (refreshes.InstanceRefreshes ?? []).find(({ Status }) => UNFINISHED_REFRESH.has(Status ?? ''));
  const hookNames = (transition: string) =>
    (hooks.LifecycleHooks ?? [])
      .filter((hook) => hook.LifecycleTransition === transition)
      .map((hook) => hook.LifecycleHookName ?? '');
  return {
    name,
    arn: group.AutoScalingGroupARN ?? '',
    min: group.MinSize ?? 0,
    max: group.MaxSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    azs: [...(group.AvailabilityZones ?? [])].sort(),
    targetGroups,
    classicLoadBalancers: group.LoadBalancerNames ?? [],
    suspendedProcesses: (group.SuspendedProcesses ?? []).flatMap(({ ProcessName }) => ProcessName ?? []).sort(),
    tags: tagsOf(group.Tags),
    ...(open?.Status === undefined ? {} : { instanceRefresh: open.Status }),
    warmPool: group.WarmPoolConfiguration !== undefined,
    mixedInstances: group.MixedInstancesPolicy !== undefined,
    ...defined('maintenancePolicy', maintenancePolicyOf(group)),
    launchLifecycleHooks: hookNames('autoscaling:EC2_INSTANCE_LAUNCHING'),
    terminateLifecycleHooks: hookNames('autoscaling:EC2_INSTANCE_TERMINATING'),
    hasLaunchTemplate:
      group.LaunchTemplate !== undefined ||
      group.MixedInstancesPolicy !== undefined ||
      group.LaunchConfigurationName !== undefined,
  };
}

/** Such a policy is cleared by setting its values to -1. */
function maintenancePolicyOf({ InstanceMaintenancePolicy: policy }: AutoScalingGroup): FleetGroup['maintenancePolicy'] {
  const { MinHealthyPercentage: min = -1, MaxHealthyPercentage: max = -1 } = policy ?? {};
  return min < 0 || max < 0 ? undefined : { minHealthyPercentage: min, maxHealthyPercentage: max };
}

/** An instance refresh that is in one of these states and a rollout exclude each other. */
const UNFINISHED_REFRESH = new Set(['Pending', 'InProgress', 'Baking', 'Cancelling', 'RollbackInProgress']);

/** Elastic Load Balancing's defaults, for what an answer leaves out. */
const DRAINED_AFTER = 300;
const [INTERVAL, THRESHOLD] = [30, 5];

async function readTargetGroups(cloud: Cloud, arns: string[]): Promise<FleetTargetGroup[]> {
  if (arns.length === 0) return [];
  const [checks, delays] = await Promise.all([
    allPages(async (token) => {
      const page = await cloud.elasticloadbalancingv2.describeTargetGroups({
        TargetGroupArns: arns,
        ...(token === undefined ? {} : { Marker: token }),
      });
      return { items: page.TargetGroups, next: page.NextMarker };
    }),
    mapLimited(arns, CALLS_AT_ONCE, (arn) => readDelay(cloud, arn)),
  ]);
  return arns.map((arn, at) => {
    const check = checks.find(({ TargetGroupArn }) => TargetGroupArn === arn);
    return {
      arn,
      deregistrationDelaySeconds: delays[at] ?? DRAINED_AFTER,
      healthyAfterSeconds:
        (check?.HealthyThresholdCount ?? THRESHOLD) * (check?.HealthCheckIntervalSeconds ?? INTERVAL),
    };
  });
}

async function readDelay(cloud: Cloud, arn: string): Promise<number> {
  const { Attributes } = await cloud.elasticloadbalancingv2.describeTargetGroupAttributes({ TargetGroupArn: arn });
  const delay = Number(Attributes?.find(({ Key }) => Key === 'deregistration_delay.timeout_seconds')?.Value);
  return Number.isNaN(delay) ? DRAINED_AFTER : delay;
}

async function readMachines(cloud: Cloud, ids: string[]): Promise<Map<string, Machine>> {
  const pages = await mapLimited(chunks(ids, MACHINES_A_CALL), CALLS_AT_ONCE, (some) =>
    allPages(async (token) => {
      // By filter: asked for by id, one instance that is just gone would fail the whole call.
      const page = await cloud.ec2.describeInstances({
        Filters: [{ Name: 'instance-id', Values: some }],
        ...after(token),
      });
      return { items: page.Reservations, next: page.NextToken };
    }),
  );
  const machines = pages.flat().flatMap(({ Instances }) => Instances ?? []);
  return new Map(machines.map((machine) => [machine.InstanceId ?? '', machine]));
}

async function readAgents(cloud: Cloud, ids: string[]): Promise<Map<string, InstanceInformation>> {
  const pages = await mapLimited(chunks(ids, AGENTS_A_CALL), CALLS_AT_ONCE, (some) =>
    allPages(async (token) => {
      const page = await cloud.ssm.describeInstanceInformation({
        Filters: [{ Key: 'InstanceIds', Values: some }],
        MaxResults: 50,
        ...after(token),
      });
      return { items: page.InstanceInformationList, next: page.NextToken };
    }),
  );
  return new Map(pages.flat().map((agent) => [agent.InstanceId ?? '', agent]));
}

type Targets = { arn: string; byInstance: Map<string, { state: string; reason?: string }> }[];

function readTargets(cloud: Cloud, arns: string[]): Promise<Targets> {
  return mapLimited(arns, CALLS_AT_ONCE, async (arn) => {
    const health = await cloud.elasticloadbalancingv2.describeTargetHealth({ TargetGroupArn: arn });
    const byInstance = new Map(
      (health.TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) => [
        Target?.Id ?? '',
        { state: TargetHealth?.State ?? 'unknown', ...defined('reason', TargetHealth?.Reason) },
      ]),
    );
    return { arn, byInstance };
  });
}

function instanceOf(
  member: Member,
  machines: Map<string, Machine>,
  agents: Map<string, InstanceInformation>,
  targets: Targets,
  patches: Map<string, PatchesOfInstance>,
): FleetInstance {
  const instanceId = member.InstanceId ?? '';
  const machine = machines.get(instanceId);
  const agent = agents.get(instanceId);
  const root = machine?.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === machine.RootDeviceName);
  const seen = patches.get(instanceId);
  return {
    instanceId,
    az: member.AvailabilityZone ?? machine?.Placement?.AvailabilityZone ?? 'unknown',
    lifecycleState: member.LifecycleState ?? 'unknown',
    healthStatus: member.HealthStatus ?? 'unknown',
    protectedFromScaleIn: member.ProtectedFromScaleIn === true,
    ...defined('imageId', machine?.ImageId),
    ...defined('instanceType', machine?.InstanceType),
    ...defined('privateIp', machine?.PrivateIpAddress),
    ...defined('publicIp', machine?.PublicIpAddress),
    ...defined('privateDnsName', machine?.PrivateDnsName),
    ...defined('launchedAt', machine?.LaunchTime?.toISOString()),
    ...defined('rootVolumeId', root?.Ebs?.VolumeId),
    spot: machine?.InstanceLifecycle === 'spot',
    ...defined('operatingSystem', agent === undefined ? undefined : systemOf(agent)),
    agent:
      agent === undefined
        ? { pingStatus: 'NotRegistered' }
        : {
            pingStatus: agent.PingStatus ?? 'unknown',
            ...defined('lastPingAt', agent.LastPingDateTime?.toISOString()),
          },
    targets: targets.map(({ arn, byInstance }) => ({
      targetGroupArn: arn,
      ...(byInstance.get(instanceId) ?? { state: 'unused', reason: 'Target.NotRegistered' }),
    })),
    ...defined('scannedAt', seen?.scannedAt),
    missing: seen?.missing ?? [],
    pendingReboot: seen?.pendingReboot ?? 0,
    ...defined('runId', tagsOf(machine?.Tags)['drydock:run-id']),
  };
}

function systemOf(agent: InstanceInformation) {
  return operatingSystem(agent.PlatformName ?? '', agent.PlatformVersion ?? '');
}

function tagsOf(tags: { Key?: string | undefined; Value?: string | undefined }[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

function after(token: string | undefined): { NextToken?: string } {
  return token === undefined ? {} : { NextToken: token };
}

/** A member that is left out when there is no value for it. */
function defined<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
