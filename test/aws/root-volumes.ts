/** Putting root volumes back: EC2 calls that Moto does not answer. A task is over when it is first looked at. */
import type { EC2 } from '@aws-sdk/client-ec2';
import { z } from 'zod';
import type { Clock, Machines } from './machines.ts';
import { type Answer, ApiError, ec2Answer } from './wire.ts';

interface RootVolumeTask {
  id: string;
  instanceId: string;
  snapshotId: string;
  clientToken: string;
  startedAt: string;
  completedAt?: string;
}

const creation = z.object({ InstanceId: z.string(), SnapshotId: z.string(), ClientToken: z.string().default('') });

export class RootVolumes {
  readonly #machines: Machines;
  readonly #ec2: EC2;
  readonly #clock: Clock;
  readonly #tasks: RootVolumeTask[] = [];

  /** `ec2` is Moto's own: the snapshot must exist there. */
  constructor(machines: Machines, ec2: EC2, clock: Clock) {
    this.#clock = clock;
    this.#machines = machines;
    this.#ec2 = ec2;
  }

  /** By the call's name. */
  readonly handlers: Readonly<Record<string, (input: unknown) => Answer | Promise<Answer>>> = {
    CreateReplaceRootVolumeTask: (input) => this.#create(input),
    DescribeReplaceRootVolumeTasks: (input) => this.#describe(input),
  };

  /** The same ClientToken gives the same task: a call that is repeated after a lost answer replaces nothing twice. */
  async #create(input: unknown): Promise<Answer> {
    const { InstanceId, SnapshotId, ClientToken } = creation.parse(input);
    const known = this.#tasks.find((task) => ClientToken !== '' && task.clientToken === ClientToken);
    const task = known ?? (await this.#begin(InstanceId, SnapshotId, ClientToken));
    const fields = taskXml(task);
    return ec2Answer('CreateReplaceRootVolumeTask', `<replaceRootVolumeTask>${fields}</replaceRootVolumeTask>`);
  }

  /** A restore is only from a snapshot of that instance's own root volume. */
  async #begin(instanceId: string, snapshotId: string, clientToken: string): Promise<RootVolumeTask> {
    const { Snapshots = [] } = await this.#ec2.describeSnapshots({ SnapshotIds: [snapshotId] });
    const { Reservations = [] } = await this.#ec2.describeInstances({ InstanceIds: [instanceId] });
    const instance = Reservations[0]?.Instances?.[0];
    const root = instance?.BlockDeviceMappings?.find((device) => device.DeviceName === instance.RootDeviceName);
    if (root?.Ebs?.VolumeId === undefined || root.Ebs.VolumeId !== Snapshots[0]?.VolumeId) {
      throw new ApiError('InvalidParameterValue', `${snapshotId} is not of the root volume of ${instanceId}`);
    }
    const id = `replacevol-${String(this.#tasks.length + 1).padStart(17, '0')}`;
    const task = { id, instanceId, snapshotId, clientToken, startedAt: new Date(this.#clock.now()).toISOString() };
    this.#tasks.push(task);
    return task;
  }

  #describe(input: unknown): Answer {
    const fields = z.record(z.string(), z.string()).parse(input);
    const ids = Object.keys(fields)
      .filter((name) => name.startsWith('ReplaceRootVolumeTaskId.'))
      .map((name) => fields[name]);
    const tasks = this.#tasks.filter((task) => ids.length === 0 || ids.includes(task.id));
    for (const task of tasks) this.#complete(task);
    const items = tasks.map((task) => `<item>${taskXml(task)}</item>`).join('');
    const set = `<replaceRootVolumeTaskSet>${items}</replaceRootVolumeTaskSet>`;
    return ec2Answer('DescribeReplaceRootVolumeTasks', set);
  }

  #complete(task: RootVolumeTask): void {
    if (task.completedAt !== undefined) return;
    task.completedAt = new Date(this.#clock.now()).toISOString();
    this.#machines.restored(task.instanceId);
  }
}

function taskXml(task: RootVolumeTask): string {
  return [
    `<replaceRootVolumeTaskId>${task.id}</replaceRootVolumeTaskId>`,
    `<instanceId>${task.instanceId}</instanceId>`,
    `<snapshotId>${task.snapshotId}</snapshotId>`,
    `<taskState>${task.completedAt === undefined ? 'pending' : 'succeeded'}</taskState>`,
    `<startTime>${task.startedAt}</startTime>`,
    ...(task.completedAt === undefined ? [] : [`<completeTime>${task.completedAt}</completeTime>`]),
  ].join('');
}
