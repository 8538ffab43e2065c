/** Sets up groups of machines that are already in service. */
import type { InstanceRefresh, LifecycleHook } from '@aws-sdk/client-auto-scaling';
import type { OperatingSystem } from '@aws-sdk/client-ssm';
import { addMember } from './groups.ts';
import { launchMachine } from './machines.ts';
import type { Duration, Group, LaunchTemplate, Patch, TargetGroup } from './model.ts';
import { scan } from './patching.ts';
import { countServing } from './serving.ts';
import type { World } from './world.ts';

export interface TargetGroupOptions {
  name?: string;
  port?: number;
  healthCheckPath?: string;
  deregistrationDelaySeconds?: number;
  slowStartSeconds?: number;
  healthyThreshold?: number;
  unhealthyThreshold?: number;
  intervalSeconds?: number;
  timeoutSeconds?: number;
}

/** A group and its machines. Durations in seconds. */
export interface GroupOptions {
  name: string;
  /** How many instances it has; also the default of `min`, `max` and `desired`. */
  size: number;
  min?: number;
  max?: number;
  desired?: number;
  azs?: string[];
  tags?: Record<string, string>;
  /** Default: Amazon Linux 2, whose patches have release dates. */
  operatingSystem?: OperatingSystem;
  /** None: the group has no load balancer. Default: one, with the defaults of ELB. */
  targetGroups?: TargetGroupOptions[];
  healthCheckType?: 'EC2' | 'ELB';
  graceSeconds?: number;
  /** The catalogue of its operating system is extended by these. */
  patches?: Patch[];
  /** What the image brings along. */
  installed?: string[];
  /** How long ago the machines were launched. */
  ageSeconds?: number;
  boot?: Duration;
  patch?: Duration;
  appPort?: number;
  appVersion?: string;
  instanceType?: LaunchTemplate['instanceType'];
  spot?: boolean;
  ebsRoot?: boolean;
  /** False: no machine has been scanned yet. */
  scanned?: boolean;
  newInstancesProtected?: boolean;
  suspended?: Record<string, string>;
  lifecycleHooks?: LifecycleHook[];
  instanceRefreshes?: InstanceRefresh[];
  warmPool?: boolean;
  mixedInstances?: boolean;
  classicLoadBalancers?: string[];
}

const PLATFORMS: Partial<Record<OperatingSystem, { name: string; version: string }>> = {
  AMAZON_LINUX_2: { name: 'Amazon Linux', version: '2' },
  AMAZON_LINUX_2023: { name: 'Amazon Linux', version: '2023' },
  REDHAT_ENTERPRISE_LINUX: { name: 'Red Hat Enterprise Linux', version: '9.4' },
  ROCKY_LINUX: { name: 'Rocky Linux', version: '9.4' },
  ALMA_LINUX: { name: 'AlmaLinux', version: '9.4' },
  SUSE: { name: 'SLES', version: '15.6' },
  ORACLE_LINUX: { name: 'Oracle Linux Server', version: '9.4' },
  DEBIAN: { name: 'Debian GNU/Linux', version: '12' },
  UBUNTU: { name: 'Ubuntu', version: '24.04' },
  WINDOWS: { name: 'Microsoft Windows Server 2022 Datacenter', version: '10.0.20348' },
};

/** Adds a group whose machines are in service and healthy; gives the machines' ids, zone by zone in turn. */
export function addGroup(world: World, options: GroupOptions): string[] {
  if (world.groups.has(options.name)) throw new Error(`The group ${options.name} exists already.`);
  addPatches(world, options.patches ?? []);
  const group = newGroup(world, options);
  world.groups.set(group.name, group);
  const ids = Array.from({ length: options.size }, (_, index) => addServing(world, group, options, index));
  group.lowest = { count: group.serving, at: world.now };
  return ids;
}

/** Extends the catalogues; a patch that is there already is replaced. */
export function addPatches(world: World, patches: readonly Patch[]): void {
  for (const patch of patches) {
    const known = (world.catalogue.get(patch.operatingSystem) ?? []).filter((one) => one.id !== patch.id);
    world.catalogue.set(patch.operatingSystem, [...known, patch]);
  }
}

function addServing(world: World, group: Group, options: GroupOptions, index: number): string {
  const az = group.azs[index % group.azs.length] ?? `${world.region}a`;
  const machine = launchMachine(world, group.template, az, { upForSeconds: options.ageSeconds ?? 86_400 });
  for (const [key, tag] of group.tags) if (tag.propagateAtLaunch) machine.tags.set(key, tag.value);
  const member = addMember(world, group, machine, 'InService');
  for (const targetGroup of group.targetGroups) {
    targetGroup.registrations.set(machine.id, {
      machine,
      state: 'healthy',
      registeredAt: machine.launchedAt,
      passing: true,
      turns: 0,
    });
  }
  countServing(world, group, member);
  if (options.scanned !== false) scan(world, machine);
  world.machineChanged(machine);
  return machine.id;
}

function newGroup(world: World, options: GroupOptions): Group {
  const { name, size } = options;
  const targetGroups = (options.targetGroups ?? [{}]).map((one, index) => newTargetGroup(world, options, one, index));
  return {
    name,
    arn: `arn:aws:autoscaling:${world.region}:${world.accountId}:autoScalingGroup:${world.random.uuid()}:autoScalingGroupName/${name}`,
    createdAt: world.now,
    min: options.min ?? size,
    max: options.max ?? size,
    desired: options.desired ?? size,
    azs: options.azs ?? ['a', 'b', 'c'].map((letter) => `${world.region}${letter}`),
    targetGroups,
    tags: new Map(Object.entries(options.tags ?? {}).map(([key, value]) => [key, { value, propagateAtLaunch: true }])),
    policies: new Map(),
    wanted: [],
    suspended: new Map(Object.entries(options.suspended ?? {})),
    healthCheckType: options.healthCheckType ?? (targetGroups.length > 0 ? 'ELB' : 'EC2'),
    graceSeconds: options.graceSeconds ?? 60,
    template: newTemplate(world, options),
    newInstancesProtected: options.newInstancesProtected ?? false,
    members: new Map(),
    activities: [],
    lifecycleHooks: options.lifecycleHooks ?? [],
    instanceRefreshes: options.instanceRefreshes ?? [],
    warmPool: options.warmPool ?? false,
    mixedInstances: options.mixedInstances ?? false,
    classicLoadBalancers: options.classicLoadBalancers ?? [],
    looking: false,
    serving: 0,
    lowest: { count: 0, at: world.now },
  };
}

function newTemplate(world: World, options: GroupOptions): LaunchTemplate {
  const operatingSystem = options.operatingSystem ?? 'AMAZON_LINUX_2';
  const platform = PLATFORMS[operatingSystem] ?? { name: operatingSystem, version: '1' };
  return {
    id: `lt-${world.random.hex(17)}`,
    imageId: `ami-${world.random.hex(17)}`,
    instanceType: options.instanceType ?? 't3.medium',
    operatingSystem,
    platformName: platform.name,
    platformVersion: platform.version,
    content: { installed: new Set(options.installed ?? []), pendingReboot: new Set() },
    appPort: options.appPort ?? 80,
    appVersion: options.appVersion ?? '1.0.0',
    boot: options.boot ?? 60,
    patch: options.patch ?? 300,
    spot: options.spot ?? false,
    ebsRoot: options.ebsRoot ?? true,
  };
}

function newTargetGroup(world: World, group: GroupOptions, options: TargetGroupOptions, index: number): TargetGroup {
  const name = options.name ?? (index === 0 ? group.name : `${group.name}-${index + 1}`);
  const targetGroup: TargetGroup = {
    arn: `arn:aws:elasticloadbalancing:${world.region}:${world.accountId}:targetgroup/${name}/${world.random.hex(16)}`,
    name,
    port: options.port ?? group.appPort ?? 80,
    healthCheckPath: options.healthCheckPath ?? '/healthz',
    deregistrationDelaySeconds: options.deregistrationDelaySeconds ?? 300,
    slowStartSeconds: options.slowStartSeconds ?? 0,
    healthyThreshold: options.healthyThreshold ?? 5,
    unhealthyThreshold: options.unhealthyThreshold ?? 2,
    intervalSeconds: options.intervalSeconds ?? 30,
    timeoutSeconds: options.timeoutSeconds ?? 5,
    registrations: new Map(),
  };
  world.targetGroups.set(targetGroup.arn, targetGroup);
  return targetGroup;
}
