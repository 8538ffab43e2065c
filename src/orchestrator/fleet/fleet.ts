/** A group and its instances as they stood at `readAt`: what plan() is made from. Times are ISO 8601, UTC. */
import type { OperatingSystem } from '../../policies/policy.ts';

export interface MissingPatch {
  /** Patch Manager's id: `kernel.x86_64`, `KB5031356`. */
  id: string;
  title: string;
  classification: string;
  severity: string;
  cves: string[];
  /** Absent where Patch Manager knows no release date (Debian and Ubuntu always). */
  releasedAt?: string;
  /** When it was first seen missing anywhere, where that is on record: what `unsupportedDelays: pin` counts from. */
  firstSeenAt?: string;
}

export interface FleetInstance {
  instanceId: string;
  az: string;
  lifecycleState: string;
  healthStatus: string;
  protectedFromScaleIn: boolean;
  imageId?: string;
  instanceType?: string;
  privateIp?: string;
  publicIp?: string;
  privateDnsName?: string;
  launchedAt?: string;
  /** Absent when the root device is not an EBS volume: then it cannot be restored. */
  rootVolumeId?: string;
  spot: boolean;
  operatingSystem?: OperatingSystem;
  agent: { pingStatus: string; lastPingAt?: string } | { pingStatus: 'NotRegistered' };
  /** Health in each of the group's target groups. */
  targets: { targetGroupArn: string; state: string; reason?: string }[];
  /** When its patches were last looked at; absent: never. */
  scannedAt?: string;
  missing: MissingPatch[];
  /** How many of its patches are installed but not in force before a reboot. */
  pendingReboot: number;
  /** The run that it is tagged with, when a run has it or left it. */
  runId?: string;
}

export interface FleetTargetGroup {
  arn: string;
  deregistrationDelaySeconds: number;
  /** How long its own health check takes to find a target healthy: as many successes as it asks for, at its interval. */
  healthyAfterSeconds: number;
}

export interface FleetGroup {
  name: string;
  arn: string;
  min: number;
  max: number;
  desired: number;
  azs: string[];
  targetGroups: FleetTargetGroup[];
  classicLoadBalancers: string[];
  suspendedProcesses: string[];
  tags: Record<string, string>;
  /** Status of an instance refresh that is not over. */
  instanceRefresh?: string;
  warmPool: boolean;
  mixedInstances: boolean;
  /** Shares of desired that its own replacements keep to; absent: it has no such policy. */
  maintenancePolicy?: { minHealthyPercentage: number; maxHealthyPercentage: number };
  launchLifecycleHooks: string[];
  terminateLifecycleHooks: string[];
  hasLaunchTemplate: boolean;
}

export interface Fleet {
  region: string;
  readAt: string;
  group: FleetGroup;
  instances: FleetInstance[];
}
