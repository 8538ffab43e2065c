/**
 * Looks at one instance: whether it may be taken out, whether it has left, whether it is patched and well in its dock, whether it serves. A
 * Lambda, because each of these is several calls of which only all together say anything, seen at one moment; a state machine goes through
 * two states for every single one.
 */
import { z } from 'zod';
import type { HealthResult } from '../health/result.ts';
import { type Ask, asking, type LookCloud, troubleUnlessThrottled } from './asking.ts';
import { type DockLook, dock, lookInDock } from './dock.ts';
import { type ReadRecord, type RunState, recordToRead } from './run-state.ts';

const checks = z.array(z.unknown());

const before = z.object({
  look: z.literal('before'),
  instanceId: z.string(),
  /** Whether a dead run is recovered: then its record forbids nothing, and may be out of reach. */
  recover: z.boolean(),
  record: recordToRead,
  /** By what it has to be well; null: how it is does not matter. */
  well: z.object({ targetGroupArns: z.array(z.string()), alarms: z.array(z.string()), checks }).nullable(),
});

const member = z.object({
  look: z.literal('member'),
  instanceId: z.string(),
  targetGroupArns: z.array(z.string()),
  /** The health check of one that serves; absent: none is made. */
  check: z.object({ instance: z.unknown(), checks }).optional(),
});

const event = z.discriminatedUnion('look', [before, member, dock]);

export interface InstanceDependencies {
  cloud: LookCloud;
  /** The health function: takes the event of `healthHandler`. */
  checkHealth(input: unknown, signal: AbortSignal): Promise<HealthResult>;
  /** Waits for a call to AWS; default: nothing but that. */
  waitFor?: <T>(call: Promise<T>) => Promise<T>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Reads the record of a run. */
  readRecord: ReadRecord;
}

/** What Auto Scaling says of it; null: it is in no group. */
interface Membership {
  group: string;
  state: string;
  health: string;
  protected: boolean;
}

/** Of an instance that is not to be begun now nothing but the run's record. */
interface BeforeLook {
  record: RunState | null;
  membership: Membership | null;
  machine: Machine | null;
  /** By target group: the state of its health, and the reason behind it where there is one. */
  targets: string[];
  inAlarm: string[];
  /** In seconds since 1970: when that was so. A check takes its time. */
  at: number;
  /** Null when it was not made: what is not well without it is not asked. */
  check: HealthResult | null;
}

interface MemberLook {
  membership: Membership | null;
  targets: string[];
  /** In seconds since 1970: when that was so. */
  at: number;
  /** Null when it does not serve, no check was asked for, or none could be made. */
  check: HealthResult | null;
  /** What could not be read or made, beside its membership; empty: nothing. */
  trouble: string;
}

/**
 * Takes `{ look: 'before', instanceId, recover, record, well }`, `{ look: 'member', instanceId, targetGroupArns, check? }` or
 * `{ look: 'dock', instanceId, patch, check }`; gives a `BeforeLook`, a `MemberLook` or a `DockLook`. Rejects with a `LookFailed`, which
 * says what could not be read, where nothing can be said without it.
 */
export function instanceHandler(dependencies: InstanceDependencies) {
  const { waitFor = (call) => call } = dependencies;
  return async (
    input: unknown,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<BeforeLook | MemberLook | DockLook> => {
    const asked = event.parse(input);
    const ask = asking({ ...dependencies, waitFor }, signal);
    if (asked.look === 'before') return lookBefore(ask, asked, dependencies);
    return asked.look === 'dock' ? lookInDock(ask, asked) : lookAtMember(ask, asked, dependencies);
  };
}

async function lookBefore(
  ask: Ask,
  { instanceId, recover, record: asked, well }: z.infer<typeof before>,
  { readRecord, now }: InstanceDependencies,
): Promise<BeforeLook> {
  const at = Math.floor(now() / 1000);
  const reading = ask.say('the run record could not be read', readRecord(asked));
  const record = await (recover ? reading.catch(() => null) : reading);
  // A run of thousands that ends or waits must not look at each of them.
  if (!recover && record !== null && isHeld(record, asked, { isNew: well !== null, at })) {
    return { record, membership: null, machine: null, targets: [], inAlarm: [], at, check: null };
  }
  const [membership, machine, targets, inAlarm] = await Promise.all([
    membershipOf(ask, instanceId),
    machineOf(ask, instanceId),
    targetsOf(ask, instanceId, well?.targetGroupArns ?? []),
    alarmsOf(ask, well?.alarms ?? []),
  ]);
  const isWell = serves(membership, targets) && machine.state === 'running' && inAlarm.length === 0;
  if (well === null || !isWell) return { record, membership, machine, targets, inAlarm, at, check: null };
  const check = await ask.check({ instance: { ...machine, instanceId }, checks: well.checks, once: true });
  return { record, membership, machine, targets, inAlarm, at, check };
}

/** The function's clock, and that of Step Functions, which decides: a window that has closed by one alone is not closed. */
const SKEW_SECONDS = 60;

/** Whether its run is not to begin it now. What takes back patches is kept by no alarm, and by nothing that it left behind. */
function isHeld(
  { aborted, paused, pausedTooLong, failed, alarm, leftBehind }: RunState,
  { maxFailures, latest }: z.infer<typeof recordToRead>,
  { isNew, at }: { isNew: boolean; at: number },
): boolean {
  const isOver = aborted || failed > maxFailures || (latest > 0 && at > latest + SKEW_SECONDS);
  return isOver || paused || pausedTooLong || (isNew && (alarm !== '' || leftBehind > 0));
}

async function lookAtMember(
  ask: Ask,
  asked: z.infer<typeof member>,
  { now }: InstanceDependencies,
): Promise<MemberLook> {
  const [membership, targets] = await Promise.all([
    membershipOf(ask, asked.instanceId),
    targetsOf(ask, asked.instanceId, asked.targetGroupArns).catch(troubleUnlessThrottled),
  ]);
  const at = Math.floor(now() / 1000);
  if (typeof targets === 'string') return { membership, targets: ['unknown'], at, check: null, trouble: targets };
  const isChecked = asked.check !== undefined && serves(membership, targets);
  const check = isChecked ? await ask.check({ ...asked.check, once: false }).catch(troubleUnlessThrottled) : null;
  if (typeof check === 'string') return { membership, targets, at, check: null, trouble: check };
  return { membership, targets, at, check, trouble: '' };
}

function serves(membership: Membership | null, targets: string[]): boolean {
  return membership?.state === 'InService' && targets.every((health) => health === 'healthy');
}

async function membershipOf({ aws }: Ask, instanceId: string): Promise<Membership | null> {
  const { AutoScalingInstances: [found] = [] } = await aws('its membership could not be read', (cloud) =>
    cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: [instanceId] }),
  );
  if (found === undefined) return null;
  const { AutoScalingGroupName = '', LifecycleState = '', HealthStatus = '', ProtectedFromScaleIn = false } = found;
  return { group: AutoScalingGroupName, state: LifecycleState, health: HealthStatus, protected: ProtectedFromScaleIn };
}

/** `''` is what is not there. */
interface Machine {
  state: string;
  account: string;
  rootVolumeId: string;
  privateIp: string;
  publicIp: string;
  privateDnsName: string;
  /** Of its tags by which a run marks what it has in hand. */
  runId: string;
  phase: string;
  snapshotId: string;
  protected: boolean;
}

/**
 * Asked for by a filter: EC2 forgets a terminated instance after an hour, and answers who asks for it by its id with an error that only its
 * words tell from others.
 */
async function machineOf({ aws }: Ask, instanceId: string): Promise<Machine> {
  const { Reservations: [reservation] = [] } = await aws('the machine could not be looked at', (cloud) =>
    cloud.ec2.describeInstances({ Filters: [{ Name: 'instance-id', Values: [instanceId] }] }),
  );
  const found = reservation?.Instances?.[0];
  const root = found?.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === found.RootDeviceName);
  const tag = (key: string) => found?.Tags?.find(({ Key }) => Key === `drydock:${key}`)?.Value ?? '';
  return {
    state: found === undefined ? 'terminated' : (found.State?.Name ?? ''),
    account: reservation?.OwnerId ?? '',
    rootVolumeId: root?.Ebs?.VolumeId ?? '',
    privateIp: found?.PrivateIpAddress ?? '',
    publicIp: found?.PublicIpAddress ?? '',
    privateDnsName: found?.PrivateDnsName ?? '',
    runId: tag('run-id'),
    phase: tag('phase'),
    snapshotId: tag('snapshot-id'),
    protected: tag('protected') === 'true',
  };
}

function targetsOf(ask: Ask, instanceId: string, targetGroupArns: string[]): Promise<string[]> {
  return Promise.all(targetGroupArns.map((arn) => targetHealth(ask, instanceId, arn)));
}

async function targetHealth({ aws }: Ask, instanceId: string, arn: string): Promise<string> {
  const call = (cloud: LookCloud) =>
    cloud.elasticloadbalancingv2
      .describeTargetHealth({ TargetGroupArn: arn, Targets: [{ Id: instanceId }] })
      .catch(unlessNoTarget);
  const answer = await aws('the health of its targets could not be read', call);
  const { State = 'unused', Reason } = answer.TargetHealthDescriptions?.[0]?.TargetHealth ?? {};
  return Reason === undefined ? State : `${State} ${Reason}`;
}

/** Elastic Load Balancing does not know the target in this group any more: it gets no traffic. */
function unlessNoTarget(error: unknown) {
  if (!(error instanceof Error && /^InvalidTarget(Exception)?$/.test(error.name))) throw error;
  return { TargetHealthDescriptions: [{ TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered' } }] } as const;
}

async function alarmsOf({ aws }: Ask, names: string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const asked = { AlarmNames: names, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], StateValue: 'ALARM' } as const;
  const { MetricAlarms = [], CompositeAlarms = [] } = await aws('the alarms could not be read', (cloud) =>
    cloud.cloudwatch.describeAlarms({ ...asked, AlarmTypes: [...asked.AlarmTypes] }),
  );
  return [...MetricAlarms, ...CompositeAlarms].flatMap(({ AlarmName }) => AlarmName ?? []);
}
