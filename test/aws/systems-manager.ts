/**
 * The calls of Systems Manager that Moto does not answer: the agents, the patch states, the list of commands and the
 * change calendar. What they say follows from the patch commands that went through the gateway.
 */
import type { EC2 } from '@aws-sdk/client-ec2';
import type { S3 } from '@aws-sdk/client-s3';
import type {
  CommandInvocation,
  DescribeAvailablePatchesCommandOutput,
  DescribeInstanceInformationCommandOutput,
  DescribeInstancePatchesCommandOutput,
  DescribeInstancePatchStatesCommandOutput,
  GetCalendarStateCommandOutput,
  InstancePatchState,
  ListCommandInvocationsCommandOutput,
  PatchComplianceData,
} from '@aws-sdk/client-ssm';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Clock, type KnownPatch, type Machines, patchId } from './machines.ts';
import { ApiError } from './wire.ts';

type Output<Of> = Omit<Of, '$metadata'>;

/** An answer to a call: the output, whose times are Dates, or an ApiError thrown; undefined when Moto is to answer. */
export type Handler = (input: unknown) => object | Promise<object> | undefined;

const filters = z.array(z.object({ Key: z.string(), Values: z.array(z.string()) })).default([]);
const sent = z.object({
  DocumentName: z.string(),
  InstanceIds: z.array(z.string()).min(1).max(50),
  Parameters: z.record(z.string(), z.array(z.string())).default({}),
  Comment: z.string().optional(),
});
const sentAnswer = z.object({ Command: z.object({ CommandId: z.string() }) });

export class SystemsManager {
  readonly #machines: Machines;
  readonly #ec2: EC2;
  readonly #s3: S3;
  readonly #clock: Clock;
  readonly #invocations: CommandInvocation[] = [];
  /** What the change calendars say; a test may close them. */
  calendar: 'OPEN' | 'CLOSED' = 'OPEN';
  /** Whether commands never come to an end: they stay InProgress. */
  hanging = false;
  /** Whether the agents are not heard of any more. */
  silent = false;

  /** The clients are Moto's own: whether an instance runs, and what an override list says, is asked there. */
  constructor(machines: Machines, ec2: EC2, s3: S3, clock: Clock) {
    this.#clock = clock;
    this.#machines = machines;
    this.#ec2 = ec2;
    this.#s3 = s3;
  }

  /** By the call's name. */
  readonly handlers: Readonly<Record<string, Handler>> = {
    DescribeInstanceInformation: (input) => this.#describeInstanceInformation(input),
    DescribeInstancePatchStates: (input) => this.#describeInstancePatchStates(input),
    DescribeInstancePatches: (input) => this.#describeInstancePatches(input),
    DescribeAvailablePatches: (input) => this.#describeAvailablePatches(input),
    GetCommandInvocation: () => (this.hanging ? { Status: 'InProgress', StatusDetails: 'InProgress' } : undefined),
    ListCommandInvocations: (input) => this.#listCommandInvocations(input),
    CancelCommand: (input) => this.#cancelCommand(input),
    GetCalendarState: (input) => this.#getCalendarState(input),
  };

  /**
   * Moto took a SendCommand, and answered: its commands are over at once, so the patches are on the machines now. The
   * instances are those of the request: in Moto's answer there is every instance of the account.
   */
  async commandSent(input: unknown, answer: unknown): Promise<void> {
    const { DocumentName, InstanceIds, Parameters, Comment } = sent.parse(input);
    const { CommandId } = sentAnswer.parse(answer).Command;
    const at = new Date(this.#clock.now());
    for (const InstanceId of InstanceIds) {
      this.#invocations.push({
        CommandId,
        InstanceId,
        DocumentName,
        RequestedDateTime: at,
        Status: 'Success',
        StatusDetails: 'Success',
        ...(Comment === undefined ? {} : { Comment }),
      });
    }
    if (DocumentName !== 'AWS-RunPatchBaseline') return;
    const name = z.enum(['Scan', 'Install']).parse(Parameters.Operation?.[0]);
    const list = Parameters.InstallOverrideList?.[0];
    const ids = list === undefined ? undefined : await this.#overrideList(list);
    const [snapshotId] = Parameters.SnapshotId ?? [];
    const [rebootOption = 'RebootIfNeeded'] = Parameters.RebootOption ?? [];
    const operation = { name, at, rebootOption, ...(snapshotId === undefined ? {} : { snapshotId }) };
    for (const instanceId of InstanceIds) this.#machines.ran(instanceId, operation, ids);
  }

  /** The id of the command that was last sent to the instance. */
  lastCommand(instanceId: string): string | undefined {
    return this.#invocations.findLast((invocation) => invocation.InstanceId === instanceId)?.CommandId;
  }

  async #overrideList(url: string): Promise<string[]> {
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
    if (bucket === undefined || key === undefined) throw new Error(`${url} is not s3://bucket/key`);
    const object = await this.#s3.getObject({ Bucket: bucket, Key: key });
    const list = z.object({ patches: z.array(z.object({ id: z.string() })) });
    return list.parse(parse((await object.Body?.transformToString()) ?? '')).patches.map(({ id }) => id);
  }

  async #describeInstanceInformation(input: unknown): Promise<Output<DescribeInstanceInformationCommandOutput>> {
    const { Filters } = z.object({ Filters: filters }).parse(input);
    const ids = Filters.flatMap(({ Key, Values }) => {
      if (Key !== 'InstanceIds') throw new ApiError('InvalidInstanceInformationFilterValue', `no filter ${Key} here`);
      return Values;
    });
    const running = await this.#ec2.describeInstances({
      Filters: [
        { Name: 'instance-state-name', Values: ['running'] },
        ...(ids.length === 0 ? [] : [{ Name: 'instance-id', Values: ids }]),
      ],
    });
    const instances = (running.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
    return {
      InstanceInformationList: instances.map((instance) => ({
        InstanceId: instance.InstanceId,
        PingStatus: this.silent ? 'ConnectionLost' : 'Online',
        LastPingDateTime: new Date(this.silent ? 0 : this.#clock.now()),
        AgentVersion: '3.3.2299.0',
        PlatformType: 'Linux',
        PlatformName: 'Amazon Linux',
        PlatformVersion: '2',
        ResourceType: 'EC2Instance',
        IPAddress: instance.PrivateIpAddress,
      })),
    };
  }

  #describeInstancePatchStates(input: unknown): Output<DescribeInstancePatchStatesCommandOutput> {
    const { InstanceIds } = z.object({ InstanceIds: z.array(z.string()).min(1).max(50) }).parse(input);
    return { InstancePatchStates: InstanceIds.map((instanceId) => this.#patchState(instanceId)) };
  }

  #patchState(instanceId: string): InstancePatchState {
    const { installed, operation } = this.#machines.get(instanceId);
    const missing = this.#machines.known.filter((patch) => !installed.has(patchId(patch)));
    const missingSecurity = missing.filter((patch) => patch.classification === 'Security');
    return {
      InstanceId: instanceId,
      PatchGroup: '',
      BaselineId: 'pb-0123456789abcdef0',
      InstalledCount: installed.size,
      InstalledOtherCount: 0,
      InstalledPendingRebootCount: 0,
      InstalledRejectedCount: 0,
      MissingCount: missing.length,
      FailedCount: 0,
      NotApplicableCount: 0,
      SecurityNonCompliantCount: missingSecurity.length,
      Operation: operation.name,
      OperationStartTime: operation.at,
      OperationEndTime: operation.at,
      ...(operation.snapshotId === undefined ? {} : { SnapshotId: operation.snapshotId }),
    };
  }

  #describeInstancePatches(input: unknown): Output<DescribeInstancePatchesCommandOutput> {
    const { InstanceId, Filters } = z.object({ InstanceId: z.string(), Filters: filters }).parse(input);
    const { installed } = this.#machines.get(InstanceId);
    const all = this.#machines.known.map((patch): PatchComplianceData => {
      const installedAt = installed.get(patchId(patch));
      return {
        Title: patch.title,
        KBId: patchId(patch),
        Classification: patch.classification,
        Severity: patch.severity,
        State: installedAt === undefined ? 'MISSING' : 'INSTALLED',
        // AWS gives this time for missing patches too: the beginning of time.
        InstalledTime: installedAt ?? new Date(0),
        CVEIds: patch.cves.join(','),
      };
    });
    return { Patches: all.filter((patch) => Filters.every((filter) => admits(filter, patch))) };
  }

  /** For Linux AWS refuses filters that do not name a PRODUCT; Amazon Linux 2 is `AmazonLinux2.0`. */
  #describeAvailablePatches(input: unknown): Output<DescribeAvailablePatchesCommandOutput> {
    const { Filters } = z.object({ Filters: filters }).parse(input);
    const products = Filters.find(({ Key }) => Key === 'PRODUCT')?.Values;
    if (products === undefined)
      throw new ApiError('ValidationException', 'PRODUCT filter is required for Linux patches');
    if (!products.includes('AmazonLinux2.0')) return { Patches: [] };
    const names = Filters.find(({ Key }) => Key === 'NAME')?.Values;
    const wanted = this.#machines.known.filter((patch) => names === undefined || names.includes(patch.name));
    return { Patches: wanted.map(availablePatch) };
  }

  #listCommandInvocations(input: unknown): Output<ListCommandInvocationsCommandOutput> {
    const query = z.object({
      CommandId: z.string().optional(),
      InstanceId: z.string().optional(),
      Filters: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
    });
    const { CommandId, InstanceId, Filters } = query.parse(input);
    const after = Filters.find(({ key }) => key === 'InvokedAfter')?.value;
    const found = this.#invocations.filter(
      (invocation) =>
        (CommandId === undefined || invocation.CommandId === CommandId) &&
        (InstanceId === undefined || invocation.InstanceId === InstanceId) &&
        (after === undefined || Number(invocation.RequestedDateTime) >= Date.parse(after)),
    );
    return { CommandInvocations: found };
  }

  /** Cancelling a command that is over changes nothing, and Moto's are over at once. */
  #cancelCommand(input: unknown): object {
    const { CommandId } = z.object({ CommandId: z.string() }).parse(input);
    if (this.#invocations.some((invocation) => invocation.CommandId === CommandId)) return {};
    throw new ApiError('InvalidCommandId', `there is no command ${CommandId}`);
  }

  #getCalendarState(input: unknown): Output<GetCalendarStateCommandOutput> {
    z.object({ CalendarNames: z.array(z.string()).min(1) }).parse(input);
    return { State: this.calendar, AtTime: new Date(this.#clock.now()).toISOString() };
  }
}

/** Values are compared as AWS does: the filter says `Missing` where the answer says `MISSING`. */
function admits(filter: { Key: string; Values: string[] }, patch: PatchComplianceData): boolean {
  const fold = (word: string | undefined) => (word ?? '').replaceAll('_', '').toLowerCase();
  const members = new Map([
    ['State', patch.State],
    ['KBId', patch.KBId],
    ['Classification', patch.Classification],
    ['Severity', patch.Severity],
  ]);
  if (!members.has(filter.Key)) throw new ApiError('InvalidFilter', `there is no filter ${filter.Key}`);
  return filter.Values.map(fold).includes(fold(members.get(filter.Key)));
}

function availablePatch(patch: KnownPatch) {
  return {
    Name: patch.name,
    Epoch: 0,
    Version: patch.version,
    Release: patch.release,
    Arch: patch.arch,
    ReleaseDate: patch.releasedAt,
    Title: patch.title,
    Product: 'AmazonLinux2.0',
    ProductFamily: 'Amazon Linux',
    Vendor: 'Amazon',
    Classification: patch.classification,
    Severity: patch.severity,
    CVEIds: patch.cves,
    Repository: 'amzn2-core',
  };
}
