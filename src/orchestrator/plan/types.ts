/** A plan: what a run would do, as people read it (`drydock plan --json`) and as `statemachine/rollout.asl.json` takes it. */
import type { HealthCheck, OperatingSystem, Policy } from '../../policies/policy.ts';

/** What plan() must know of the past: which patches went through which environment when. */
export interface FinishedRun {
  runId: string;
  policy: string;
  group: string;
  environment: string;
  status: 'succeeded';
  endedAt: string;
  /** Ids, and titles too: on Linux only a title tells the versions of a package apart. */
  patches: string[];
  /** How long the instances took, in seconds, for the estimate. */
  instanceSeconds?: number[];
}

export interface Problem {
  level: 'error' | 'warning';
  /** Stable name of the kind of problem: `agent-offline`, `unhealthy-before`, … */
  code: string;
  instanceId?: string;
  /** What is so, and why it matters. */
  message: string;
  /** What to do about it. */
  remedy: string;
}

export interface PlannedPatch {
  id: string;
  title: string;
  classification: string;
  severity: string;
  cves: string[];
  rule: string;
  releasedAt?: string;
  approvedSince: string;
}

export interface HeldPatch {
  id: string;
  title: string;
  classification: string;
  severity: string;
  cves: string[];
  /** Absent: no rule matches it, it is never approved. */
  rule?: string;
  releasedAt?: string;
  /** When it becomes approved, when that is known. */
  until?: string;
  /** One sentence: the date or the run that it waits for. */
  waitsFor: string;
  instanceIds: string[];
}

export interface PlannedInstance {
  instanceId: string;
  az: string;
  operatingSystem: OperatingSystem;
  privateIp: string | null;
  publicIp: string | null;
  privateDnsName: string | null;
  rootVolumeId: string | null;
  protectedFromScaleIn: boolean;
  patches: PlannedPatch[];
}

export interface Wave {
  number: number;
  kind: 'canary' | 'wave';
  /** How many are out of service at once while this wave runs; a finished one's place is taken at once. */
  concurrency: number;
  instances: PlannedInstance[];
}

export interface Plan {
  version: 1;
  madeAt: string;
  policy: { name: string; fingerprint: string };
  environment: string;
  region: string;
  group: {
    name: string;
    min: number;
    max: number;
    desired: number;
    suspendedProcesses: string[];
    targetGroupArns: string[];
  };
  /** Hash of what the plan relies on in the fleet: members, their missing patches, sizes. */
  fingerprint: string;
  capacity: {
    inService: number;
    /** Most instances out of service at once. */
    maxUnavailable: number;
    /** Healthy in-service instances that are never undercut. */
    floor: number;
    /** What the minimum is lowered to for the run; absent: it need not be. */
    lowerMinTo?: number;
  };
  settings: Settings;
  waves: Wave[];
  /** Members that stay as they are, and why. */
  untouched: { instanceId: string; az: string; reason: string }[];
  held: HeldPatch[];
  problems: Problem[];
  estimate: { seconds: number; stateTransitions: number; dollars: number };
}

/** What the state machines need of the policy. Durations in seconds. */
export interface Settings {
  isolation: 'detach' | 'standby';
  rollback: 'restore' | 'replace' | 'quarantine';
  reboot: 'RebootIfNeeded' | 'NoReboot';
  maxFailures: number;
  onFailure: 'halt' | 'continue' | 'rollback-run';
  keepSnapshotsSeconds: number;
  /** Longer than an instance can be in hand: who has not been heard of for so long is dead. */
  leaseSeconds: number;
  bakeSeconds: number;
  /** Processes to suspend: those of the policy that are not suspended already. */
  suspend: string[];
  alarms: string[];
  changeCalendars: string[];
  /** Whether a person approves what comes after the canary. */
  approval: 'none' | 'after-canary';
  health: HealthCheck[];
  hooks: Policy['hooks'];
  /** How many are to hear of the run. Who stays out of it: what a run is given can be read in its history. */
  notify: number;
  drainSeconds: number;
  patchTimeoutSeconds: number;
  /** How long until an attached instance must be healthy in every target group. */
  inServiceSeconds: number;
  /** `https://` or `s3://` URL prefix of the run's override lists, one per operating system; absent: the baselines' snapshot rules. */
  overrideList?: string;
}
