import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { OperatingSystem } from '@aws-sdk/client-ssm';
import { Agenda } from './agenda.ts';
import type { ApprovalBaseline } from './baseline.ts';
import type { Group, Invocation, Machine, Patch, ReplaceTask, Snapshot, TargetGroup, Volume } from './model.ts';
import { Random } from './random.ts';
import type { Throttle } from './throttle.ts';

/** Time for the simulated cloud, in ms since 1970, UTC. */
export interface SimulatedClock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** How often calls fail for no fault of the caller: probabilities in [0, 1]. */
export interface CallFaults {
  throttlingRate: number;
  /** Half of them fail after the call took effect: the caller cannot know. */
  serverErrorRate: number;
  /** Auto Scaling's writes answer that somebody else changes the group. */
  contentionRate: number;
  /** Events that never arrive. */
  eventLossRate: number;
  /** The connection breaks: half of the time after the call took effect. */
  connectionLossRate: number;
  /** A read answers what it answered some seconds ago. */
  staleReadRate: number;
  /** The call takes effect, and its answer takes longer than anybody waits for it. */
  slowRate: number;
}

/** What a document other than AWS-RunPatchBaseline does. */
export interface DocumentBehaviour {
  seconds: number;
  fails: boolean;
}

/** What a Lambda function does: it takes `seconds` (default 1), and fails with that message where there is one. */
export interface FunctionBehaviour {
  seconds?: number;
  fails?: string;
}

/** A message as an SNS topic got it. */
export interface TopicMessage {
  subject?: string;
  message: string;
}

/** Everything there is, and the moment that it stands at. The rules by which it changes are in the other files. */
export class World {
  readonly region: string;
  readonly accountId = '123456789012';
  readonly random: Random;
  readonly agenda: Agenda;
  readonly consistencyMs: number;
  readonly machines = new Map<string, Machine>();
  /** Machine by private address, public address and private DNS name. */
  readonly byAddress = new Map<string, Machine>();
  readonly volumes = new Map<string, Volume>();
  readonly snapshots = new Map<string, Snapshot>();
  readonly replaceTasks = new Map<string, ReplaceTask>();
  readonly replaceTasksByToken = new Map<string, ReplaceTask>();
  readonly groups = new Map<string, Group>();
  readonly targetGroups = new Map<string, TargetGroup>();
  /** By command id, then by instance id. */
  readonly commands = new Map<string, Map<string, Invocation>>();
  readonly invocationsByMachine = new Map<string, Invocation[]>();
  readonly catalogue = new Map<OperatingSystem, Patch[]>();
  readonly baselines = new Map<OperatingSystem, ApprovalBaseline>();
  /** Which patches a SnapshotId stands for, fixed at its first use. */
  readonly patchSnapshots = new Map<string, ReadonlySet<string>>();
  readonly documents = new Map<string, DocumentBehaviour>();
  /** By name or ARN. */
  readonly functions = new Map<string, FunctionBehaviour>();
  /** What was published, by ARN. */
  readonly topics = new Map<string, TopicMessage[]>();
  readonly alarms = new Map<string, MetricAlarm>();
  readonly calendars = new Map<string, { state: 'OPEN' | 'CLOSED'; nextTransitionAt?: string }>();
  /** By id. */
  readonly maintenanceWindows = new Map<string, { durationHours: number; cutoffHours: number }>();
  /** When each began, by its id. */
  readonly maintenanceWindowExecutions = new Map<string, Date>();
  readonly buckets = new Map<string, Map<string, string | Uint8Array>>();
  readonly callFaults: CallFaults = {
    throttlingRate: 0,
    serverErrorRate: 0,
    contentionRate: 0,
    eventLossRate: 0,
    connectionLossRate: 0,
    staleReadRate: 0,
    slowRate: 0,
  };
  /** The account's default limits, where they are heeded. */
  throttle: Throttle | undefined;
  /** Services that answer nothing but 5xx just now. */
  readonly outages = new Set<string>();
  /** How long a snapshot stays pending, in seconds. */
  snapshotSeconds = 120;
  /** How long the replacement of a root volume takes before its reboot, in seconds. */
  volumeReplacementSeconds = 60;
  addresses = 0;
  /** Called after a machine's state, boot or application changed; set by whoever composes the world. */
  machineChanged: (machine: Machine) => void = () => {};
  /** Called after a machine's health in a target group changed. */
  targetChanged: (machine: Machine) => void = () => {};
  /** Told after anything changed that decides where requests go and what becomes of them. */
  readonly requestFlows = new Set<{ rerouted(): void }>();

  /** Called when a command was sent to a machine, and when it is over there. */
  commandBegan: () => void = () => {};
  commandEnded: (invocation: Invocation) => void = () => {};

  constructor(options: { startMs: number; seed: number; region: string; consistencyMs: number }) {
    this.region = options.region;
    this.consistencyMs = options.consistencyMs;
    this.random = new Random(options.seed);
    this.agenda = new Agenda(options.startMs);
  }

  get now(): number {
    return this.agenda.now;
  }

  /** Says that targets, their health or what they answer may be other than before. */
  rerouted(): void {
    for (const flow of this.requestFlows) flow.rerouted();
  }
}
