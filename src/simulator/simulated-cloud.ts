/**
 * An AWS account in memory: the calls that a rollout makes, with AWS's inputs, outputs and refusals, on a clock and a seed that are
 * handed in. Nothing runs by itself: each call first lets everything happen that is due by then.
 */
import type { StateValue } from '@aws-sdk/client-cloudwatch';
import type { OperatingSystem } from '@aws-sdk/client-ssm';
import { type Destination, type HttpAnswer, respond } from './app.ts';
import { AwsError } from './aws-error.ts';
import type { ApprovalBaseline } from './baseline.ts';
import { autoscalingCalls } from './calls/autoscaling.ts';
import type { Caller } from './calls/caller.ts';
import { cloudwatchCalls } from './calls/cloudwatch.ts';
import { ec2Calls } from './calls/ec2.ts';
import { elasticLoadBalancingCalls } from './calls/elasticloadbalancingv2.ts';
import { lambdaCalls } from './calls/lambda.ts';
import { s3Calls } from './calls/s3.ts';
import { snsCalls } from './calls/sns.ts';
import { ssmCalls } from './calls/ssm.ts';
import { followAgent, PATCH_DOCUMENT } from './commands.ts';
import { EventBus, type EventListener } from './events.ts';
import { addGroup, addPatches, type GroupOptions } from './fleet-builder.ts';
import { followMember } from './groups.ts';
import type { Machine, Patch } from './model.ts';
import { followMachine } from './targets.ts';
import {
  type DocumentBehaviour,
  type FunctionBehaviour,
  type SimulatedClock,
  type TopicMessage,
  World,
} from './world.ts';

export interface SimulatedCloudOptions {
  clock: SimulatedClock;
  /** The same seed and the same calls give the same world. */
  seed: number;
  region?: string;
  /** About how long a call takes, in ms of the clock; 0: no time. */
  latencyMs?: number;
  /** How long a command that was accepted cannot be found yet, in ms. */
  consistencyMs?: number;
  /** S3 buckets that exist. */
  buckets?: string[];
  /** Keep every call, not only how many there were. */
  keepLog?: boolean;
}

/** One call, as it was answered. */
export interface CallRecord {
  service: string;
  action: string;
  input: object;
  /** When it was answered, in ms. */
  at: number;
  /** The code of the error that it was answered with. */
  error?: string;
}

const READS = /^(describe|get|list)/;
/** How old an answer may be where reads are eventually consistent. */
const STALE_MS = 10_000;
/** How many of the calls of a service that is down take effect all the same. */
const TAKEN_IN_AN_OUTAGE = 0.2;
/** Longer than anybody waits for an answer. */
const SLOW_MS = 200_000;

export class SimulatedCloud {
  readonly autoscaling: ReturnType<typeof autoscalingCalls>;
  readonly ec2: ReturnType<typeof ec2Calls>;
  readonly elasticloadbalancingv2: ReturnType<typeof elasticLoadBalancingCalls>;
  readonly ssm: ReturnType<typeof ssmCalls>;
  readonly cloudwatch: ReturnType<typeof cloudwatchCalls>;
  readonly lambda: ReturnType<typeof lambdaCalls>;
  readonly sns: ReturnType<typeof snsCalls>;
  readonly s3: ReturnType<typeof s3Calls>;
  /** Calls of somebody else: answered at once, without faults, and not recorded. */
  readonly somebodyElse: Pick<SimulatedCloud, 'autoscaling'>;
  /** Everything there is; faults and tests reach into it. */
  readonly world: World;
  /** Calls by `service:action`, failed ones included. */
  readonly callCounts = new Map<string, number>();
  /** Every call, when `keepLog` is set. */
  readonly log: CallRecord[] = [];
  readonly #events: EventBus;
  readonly #clock: SimulatedClock;
  readonly #latencyMs: number;
  readonly #keepLog: boolean;
  /** What reads answered, and when, while some are to be stale. */
  readonly #answers = new Map<string, { at: number; output: unknown }>();
  readonly #machineListeners = new Set<(machine: Machine) => void>();
  readonly #listeners = new Set<(record: CallRecord) => void>();

  constructor(options: SimulatedCloudOptions) {
    this.#clock = options.clock;
    this.#latencyMs = options.latencyMs ?? 0;
    this.#keepLog = options.keepLog ?? false;
    this.world = new World({
      startMs: options.clock.now(),
      seed: options.seed,
      region: options.region ?? 'us-east-1',
      consistencyMs: options.consistencyMs ?? 1000,
    });
    this.world.machineChanged = (machine) => this.#follow(machine);
    this.#events = new EventBus(this.world, options.clock);
    this.world.commandBegan = () => this.#events.began();
    this.world.commandEnded = (invocation) => this.#events.ended(invocation);
    this.world.targetChanged = (machine) => followMember(this.world, machine);
    for (const bucket of options.buckets ?? []) this.world.buckets.set(bucket, new Map());
    for (const name of [PATCH_DOCUMENT, 'AWS-RunShellScript', 'AWS-RunPowerShellScript']) this.addDocument(name, {});
    const call: Caller = (service, action, input, answer) => this.#call(service, action, input, answer);
    this.autoscaling = autoscalingCalls(this.world, call);
    const atOnce: Caller = async (_service, _action, _input, answer) => {
      this.settle();
      return answer();
    };
    this.somebodyElse = { autoscaling: autoscalingCalls(this.world, atOnce) };
    this.ec2 = ec2Calls(this.world, call);
    this.elasticloadbalancingv2 = elasticLoadBalancingCalls(this.world, call);
    this.ssm = ssmCalls(this.world, call);
    this.cloudwatch = cloudwatchCalls(this.world, call);
    this.lambda = lambdaCalls(this.world, call, options.clock);
    this.sns = snsCalls(this.world, call);
    this.s3 = s3Calls(this.world, call);
  }

  /** Adds a group whose machines are in service; gives their instance ids. Throws when the group exists. */
  addGroup(options: GroupOptions): string[] {
    this.settle();
    return addGroup(this.world, options);
  }

  /** Adds patches to the catalogues of their operating systems; each exists from its release on. */
  addPatches(patches: readonly Patch[]): void {
    addPatches(this.world, patches);
  }

  /** Registers a patch baseline; without one, everything that is released is approved. */
  setBaseline(operatingSystem: OperatingSystem, baseline: ApprovalBaseline): void {
    this.world.baselines.set(operatingSystem, baseline);
  }

  /** Adds a Run Command document that takes `seconds` (default 5) and succeeds unless it `fails`. */
  addDocument(name: string, behaviour: Partial<DocumentBehaviour>): void {
    this.world.documents.set(name, { seconds: 5, fails: false, ...behaviour });
  }

  /** Adds a Lambda function, which takes its time on the clock. */
  addFunction(name: string, behaviour: FunctionBehaviour): void {
    this.world.functions.set(name, behaviour);
  }

  /** Adds an SNS topic; gives the messages that it gets. */
  addTopic(arn: string): TopicMessage[] {
    const messages: TopicMessage[] = [];
    this.world.topics.set(arn, messages);
    return messages;
  }

  setAlarm(name: string, state: StateValue): void {
    this.world.alarms.set(name, {
      AlarmName: name,
      StateValue: state,
      StateUpdatedTimestamp: new Date(this.#clock.now()),
    });
  }

  /** `nextTransitionAt` in ISO 8601. */
  setCalendar(name: string, state: 'OPEN' | 'CLOSED', nextTransitionAt?: string): void {
    this.world.calendars.set(name, { state, ...(nextTransitionAt === undefined ? {} : { nextTransitionAt }) });
  }

  /** Opens a maintenance window now; gives what Systems Manager puts in place of `{{WINDOW_ID}}` and `{{WINDOW_EXECUTION_ID}}`. */
  openMaintenanceWindow(durationHours: number, cutoffHours: number): { windowId: string; windowExecutionId: string } {
    const { maintenanceWindows, maintenanceWindowExecutions } = this.world;
    const number = String(maintenanceWindowExecutions.size + 1);
    const windowId = `mw-${number.padStart(17, '0')}`;
    const windowExecutionId = `00000000-0000-4000-8000-${number.padStart(12, '0')}`;
    maintenanceWindows.set(windowId, { durationHours, cutoffHours });
    maintenanceWindowExecutions.set(windowExecutionId, new Date(this.#clock.now()));
    return { windowId, windowExecutionId };
  }

  /** The machine of that id as it is now, for faults and observation. Throws when it never existed or is forgotten. */
  machine(instanceId: string): Machine {
    this.settle();
    const machine = this.world.machines.get(instanceId);
    if (machine === undefined) throw new Error(`There is no instance ${instanceId} in the simulated cloud.`);
    return machine;
  }

  /** What the application at that address answers now. Throws `ConnectionRefused`. */
  respond(destination: Destination): HttpAnswer {
    this.settle();
    return respond(this.world, destination);
  }

  /** How many of the group's members serve now: in service, healthy in every target group, and answering 200. */
  inServiceHealthy(groupName: string): number {
    this.settle();
    return this.world.groups.get(groupName)?.serving ?? 0;
  }

  /** The fewest members that ever served at once since the group was set up, and when (ms). */
  lowestInService(groupName: string): { count: number; at: number } {
    this.settle();
    return { ...(this.world.groups.get(groupName)?.lowest ?? { count: 0, at: this.#clock.now() }) };
  }

  /** Calls `listener` after each call; gives what ends that. */
  watch(listener: (record: CallRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` with each event that EventBridge would deliver from now on; gives what ends that. */
  onEvent(listener: EventListener): () => void {
    return this.#events.listen(listener);
  }

  /** Lets everything happen that is due by the clock's now. */
  settle(): void {
    this.world.agenda.settle(this.#clock.now());
  }

  /** Calls `listener` after each change of a machine; gives what ends that. */
  watchMachines(listener: (machine: Machine) => void): () => void {
    this.#machineListeners.add(listener);
    return () => this.#machineListeners.delete(listener);
  }

  #follow(machine: Machine): void {
    const group = machine.groupName === undefined ? undefined : this.world.groups.get(machine.groupName);
    for (const targetGroup of group?.targetGroups ?? []) followMachine(this.world, targetGroup, machine);
    followMember(this.world, machine);
    followAgent(this.world, machine);
    this.world.rerouted();
    for (const listener of this.#machineListeners) listener(machine);
  }

  async #call<Output>(service: string, action: string, input: object, answer: () => Output): Promise<Output> {
    const { random, callFaults } = this.world;
    if (this.#latencyMs > 0) await this.#clock.sleep(this.#latencyMs * (0.5 + random.uniform()));
    this.settle();
    const record: CallRecord = { service, action, input, at: this.#clock.now() };
    try {
      if (this.world.throttle?.takes(`${service}:${action}`, record.at) === false) throw throttled(service);
      if (random.chance(callFaults.throttlingRate)) throw throttled(service);
      const stale = this.#stale(record);
      // The same call gave it: it is of the same type.
      if (stale !== undefined) return stale as Output;
      const broken = random.chance(callFaults.connectionLossRate);
      if (broken && random.chance(0.5)) throw connectionLost();
      const isDown = this.world.outages.has(service);
      if (isDown && !random.chance(TAKEN_IN_AN_OUTAGE)) throw unavailable(service);
      const lost = isDown || random.chance(callFaults.serverErrorRate);
      if (!isDown && lost && random.chance(0.5)) throw unavailable(service);
      if (service === 'autoscaling' && !READS.test(action) && random.chance(callFaults.contentionRate))
        throw contention();
      const output = answer();
      this.#remember(record, output);
      if (random.chance(callFaults.slowRate)) await this.#clock.sleep(SLOW_MS);
      if (broken) throw connectionLost();
      if (lost) throw unavailable(service);
      return output;
    } catch (error) {
      record.error = error instanceof Error ? error.name : String(error);
      throw error;
    } finally {
      this.#record(record);
    }
  }

  /** What the same read answered a few seconds ago, when it is to be what it answers now. */
  #stale({ service, action, input, at }: CallRecord): unknown {
    const { random, callFaults } = this.world;
    if (!READS.test(action) || !random.chance(callFaults.staleReadRate)) return undefined;
    const before = this.#answers.get(`${service}:${action} ${JSON.stringify(input)}`);
    return before !== undefined && at - before.at <= STALE_MS ? before.output : undefined;
  }

  #remember({ service, action, input, at }: CallRecord, output: unknown): void {
    if (this.world.callFaults.staleReadRate > 0 && READS.test(action))
      this.#answers.set(`${service}:${action} ${JSON.stringify(input)}`, { at, output });
  }

  #record(record: CallRecord): void {
    const key = `${record.service}:${record.action}`;
    this.callCounts.set(key, (this.callCounts.get(key) ?? 0) + 1);
    if (this.#keepLog) this.log.push(record);
    for (const listener of this.#listeners) listener(record);
  }
}

/** Each service has its own word for it. */
function throttled(service: string): AwsError {
  if (service === 'ec2') return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
  if (service === 's3') return new AwsError('SlowDown', 'Please reduce your request rate.', 503);
  return new AwsError(service === 'ssm' ? 'ThrottlingException' : 'Throttling', 'Rate exceeded');
}

function unavailable(service: string): AwsError {
  if (service === 'ssm') return new AwsError('InternalServerError', 'An error occurred on the server side.', 500);
  return new AwsError('ServiceUnavailable', 'The service is unavailable. Try again.', 503);
}

function connectionLost(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

function contention(): AwsError {
  return new AwsError(
    'ResourceContentionFault',
    'You already have a pending update to an Amazon EC2 Auto Scaling resource.',
    500,
  );
}
