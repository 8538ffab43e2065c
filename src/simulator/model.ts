/** What the simulated cloud consists of. Times are ms since 1970, UTC, on the cloud's clock. */
import type { Activity, InstanceRefresh, LifecycleHook, LifecycleState } from '@aws-sdk/client-auto-scaling';
import type { _InstanceType, InstanceStateName, ReplaceRootVolumeTaskState } from '@aws-sdk/client-ec2';
import type { TargetHealthReasonEnum } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { CommandInvocationStatus, OperatingSystem } from '@aws-sdk/client-ssm';

/** A patch in an operating system's catalogue. */
export interface Patch {
  /** Patch Manager's id: `kernel.x86_64`, `KB5031356`. */
  id: string;
  title: string;
  classification: string;
  severity: string;
  cves: string[];
  /** ISO 8601, UTC. The patch exists from then on; absent: always has, and Patch Manager knows no date. */
  releasedAt?: string;
  operatingSystem: OperatingSystem;
  needsReboot: boolean;
  /** The application answers with this status once the patch is in; true is 503. */
  breaksApp?: boolean | number;
}

/** What is written on a root volume. Never changed in place: snapshots and volumes share it. */
export interface VolumeContent {
  readonly installed: ReadonlySet<string>;
  readonly pendingReboot: ReadonlySet<string>;
  /** What the application answers instead of 200. */
  readonly brokenStatus?: number;
  /** How long the application takes to answer, when it is slow. */
  readonly latencyMs?: number;
  /** The application answers now this and now that. */
  readonly flaps?: true;
  /** The machine goes down again soon after each boot. */
  readonly loops?: true;
}

/** Seconds: always the same, or drawn from a log-normal distribution. */
export type Duration = number | { median: number; sigma: number };

/** What a launch template says, and how the machines made from it behave. Durations in seconds. */
export interface LaunchTemplate {
  id: string;
  imageId: string;
  instanceType: _InstanceType;
  operatingSystem: OperatingSystem;
  platformName: string;
  platformVersion: string;
  content: VolumeContent;
  appPort: number;
  appVersion: string;
  /** From running to the application answering; also the time that a reboot takes. */
  boot: Duration;
  /** How long an install takes, reboot not included; a scan takes a tenth of it. */
  patch: Duration;
  spot: boolean;
  /** False: the root device is an instance store, which has no volume, no snapshot and no restore. */
  ebsRoot: boolean;
}

/** How a machine misbehaves; nothing set: it does not. */
export interface MachineFaults {
  /** Every Run Command on it fails. */
  commandFails?: boolean;
  /** Every Run Command on it stays InProgress until its execution time is over. */
  commandHangs?: boolean;
  /** After its next reboot the agent stays silent; a further reboot brings it back unless `forGood`. */
  agentStaysSilent?: 'until-next-reboot' | 'for-good';
  /** Once registered anew it never becomes healthy; where it is healthy already it stays so. */
  targetNeverHealthy?: boolean;
  /** Every patch fails to install; the command itself succeeds, as it does when a package manager shrugs. */
  patchFails?: boolean;
  /** Every patch is passed over without a word, as the installer does with an update that it is not offered. */
  patchIgnored?: boolean;
  /** Any install breaks the application on it: it answers this status. */
  patchBreaksApp?: number;
  snapshotFails?: boolean;
  volumeReplacementFails?: boolean;
  /** Any install makes the application on it slow: every answer takes so long, in ms. */
  patchSlowsApp?: number;
  /** Somebody cancels every Run Command on it. */
  commandCancelled?: boolean;
  /** Every Run Command on it takes longer than its execution time. */
  commandTimesOut?: boolean;
  /** What it installs waits for a reboot still after it was rebooted. */
  staysPendingReboot?: boolean;
  /** Any install makes the application on it answer now 503 and now 200. */
  patchFlapsApp?: boolean;
  /** Any install that reboots makes it go down again after each boot. */
  patchLoopsBoot?: boolean;
  /** So many attaches are refused. */
  attachesRefused?: number;
}

export interface Machine {
  readonly id: string;
  readonly az: string;
  readonly template: LaunchTemplate;
  readonly privateIp: string;
  readonly publicIp: string;
  readonly privateDnsName: string;
  readonly launchedAt: number;
  readonly tags: Map<string, string>;
  state: InstanceStateName;
  /** Whether the operating system is up; running and not up is booting. */
  up: boolean;
  upSince: number;
  /** Counts boots: what was to end an earlier boot, or to go on in it, finds another number and lets it be. */
  boots: number;
  rootVolumeId: string;
  /** Every root volume it ever had: their snapshots may be restored. */
  readonly lineage: Set<string>;
  content: VolumeContent;
  agentOnline: boolean;
  agentSince: number;
  /** The replacement of its root volume that is under way. */
  replacing?: ReplaceTask;
  /** What the last scan or install found. */
  patchReport?: PatchReport;
  groupName?: string;
  /** How long an install takes on this machine, in seconds; absent: drawn each time, as its template says. */
  patchSeconds?: number;
  faults: MachineFaults;
}

export interface PatchReport {
  operation: 'Scan' | 'Install';
  rebootOption: 'RebootIfNeeded' | 'NoReboot';
  startedAt: number;
  endedAt: number;
  snapshotId: string;
  installOverrideList?: string;
  missing: readonly Patch[];
  /** Security patches that the baseline does not approve: told of Windows only. */
  availableSecurity: readonly Patch[];
  failed: readonly Patch[];
  installed: readonly Patch[];
  installedOther: readonly Patch[];
  pendingReboot: readonly Patch[];
}

export interface Volume {
  id: string;
  /** Absent once it is detached from its machine. */
  machineId?: string;
  content: VolumeContent;
  lastSnapshotAt: number;
  tags: Map<string, string>;
}

export interface Snapshot {
  id: string;
  volumeId: string;
  description: string;
  startedAt: number;
  state: 'pending' | 'completed' | 'error';
  content: VolumeContent;
  tags: Map<string, string>;
}

export interface ReplaceTask {
  id: string;
  machineId: string;
  snapshotId?: string;
  clientToken?: string;
  deleteReplacedRootVolume: boolean;
  state: ReplaceRootVolumeTaskState;
  startedAt: number;
  completedAt?: number;
}

export interface TargetGroup {
  arn: string;
  name: string;
  port: number;
  healthCheckPath: string;
  deregistrationDelaySeconds: number;
  slowStartSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  intervalSeconds: number;
  timeoutSeconds: number;
  registrations: Map<string, Registration>;
}

export interface Registration {
  machine: Machine;
  state: 'initial' | 'healthy' | 'unhealthy' | 'draining';
  reason?: TargetHealthReasonEnum;
  registeredAt: number;
  /** What the checks under way say. */
  passing?: boolean;
  /** Counts changes of `passing`: a count of successes that was cut short finds another number. */
  turns: number;
}

export interface Member {
  readonly machine: Machine;
  lifecycleState: LifecycleState;
  healthStatus: 'Healthy' | 'Unhealthy';
  protectedFromScaleIn: boolean;
  inServiceSince: number;
  /** Launched to even out the zones: until it serves, the group may be one over. */
  rebalances: boolean;
  /** Counted in the group's `serving`. */
  serves: boolean;
}

export interface Group {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  min: number;
  max: number;
  desired: number;
  azs: string[];
  targetGroups: TargetGroup[];
  tags: Map<string, { value: string; propagateAtLaunch: boolean }>;
  /** By process name: why. */
  suspended: Map<string, string>;
  healthCheckType: 'EC2' | 'ELB';
  graceSeconds: number;
  template: LaunchTemplate;
  newInstancesProtected: boolean;
  members: Map<string, Member>;
  /** Scaling policies by name: by how many each changes desired capacity. */
  policies: Map<string, number>;
  /** Why desired capacity differs from what there is, in the words of an activity's cause; told once it is acted upon. */
  wanted: string[];
  activities: Activity[];
  lifecycleHooks: LifecycleHook[];
  instanceRefreshes: InstanceRefresh[];
  warmPool: boolean;
  mixedInstances: boolean;
  classicLoadBalancers: string[];
  /** Whether a look at its own size and health is already on the agenda. */
  looking: boolean;
  /** Members that serve now, and the fewest that ever did. */
  serving: number;
  lowest: { count: number; at: number };
}

export interface Invocation {
  commandId: string;
  machine: Machine;
  document: string;
  comment: string;
  parameters: Record<string, string[]>;
  requestedAt: number;
  visibleAt: number;
  deliverUntil: number;
  startedAt?: number;
  endedAt?: number;
  status: CommandInvocationStatus;
  details: string;
  output: string;
  error: string;
  /** Whether its result depends on a reboot that is under way: goes on when the agent is back. */
  afterReboot?: () => void;
}
