import type {
  CreateReplaceRootVolumeTaskCommandInput,
  CreateReplaceRootVolumeTaskResult,
  CreateSnapshotCommandInput,
  DeleteSnapshotCommandInput,
  DescribeReplaceRootVolumeTasksCommandInput,
  DescribeReplaceRootVolumeTasksResult,
  DescribeSnapshotsCommandInput,
  DescribeSnapshotsResult,
  Filter,
  ReplaceRootVolumeTask,
  Snapshot as SdkSnapshot,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../aws-error.ts';
import { addRootVolume, boot } from '../machines.ts';
import type { Machine, ReplaceTask, Snapshot, Volume, VolumeContent } from '../model.ts';
import { page, wildcard } from '../paging.ts';
import type { World } from '../world.ts';
import { machineNamed } from './ec2-instances.ts';
import { checkTag } from './ec2-tags.ts';

/** EC2 takes one snapshot of a volume in so many milliseconds. */
const SNAPSHOT_INTERVAL_MS = 15_000;
const TASK_START_SECONDS = 2;

export function volumeNamed(world: World, id: string | undefined): Volume {
  const volume = world.volumes.get(id ?? '');
  if (volume === undefined) throw new AwsError('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
  return volume;
}

export function snapshotNamed(world: World, id: string | undefined): Snapshot {
  const snapshot = world.snapshots.get(id ?? '');
  if (snapshot === undefined) throw new AwsError('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
  return snapshot;
}

/** Holds what the volume holds now, however long it stays pending. */
export function createSnapshot(world: World, input: CreateSnapshotCommandInput): SdkSnapshot {
  const volume = volumeNamed(world, input.VolumeId);
  if (world.now - volume.lastSnapshotAt < SNAPSHOT_INTERVAL_MS) {
    throw new AwsError(
      'SnapshotCreationPerVolumeRateExceeded',
      'The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.',
    );
  }
  const tags = (input.TagSpecifications ?? [])
    .filter((one) => one.ResourceType === 'snapshot')
    .flatMap((one) => one.Tags ?? []);
  for (const tag of tags) checkTag(tag.Key ?? '', tag.Value ?? '');
  const snapshot: Snapshot = {
    id: `snap-${world.random.hex(17)}`,
    volumeId: volume.id,
    description: input.Description ?? '',
    startedAt: world.now,
    state: 'pending',
    content: volume.content,
    tags: new Map(tags.map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
  };
  volume.lastSnapshotAt = world.now;
  world.snapshots.set(snapshot.id, snapshot);
  const fails = world.machines.get(volume.machineId ?? '')?.faults.snapshotFails === true;
  world.agenda.after(world.snapshotSeconds, () => {
    snapshot.state = fails ? 'error' : 'completed';
  });
  return describe(world, snapshot);
}

export function describeSnapshots(world: World, input: DescribeSnapshotsCommandInput): DescribeSnapshotsResult {
  const ids = input.SnapshotIds ?? [];
  const snapshots = ids.length > 0 ? ids.map((id) => snapshotNamed(world, id)) : [...world.snapshots.values()];
  const found = snapshots.filter((snapshot) => (input.Filters ?? []).every((filter) => matches(snapshot, filter)));
  const { items, nextToken } = page(found, {
    token: input.NextToken,
    size: input.MaxResults,
    limit: 1000,
    tokenError: 'InvalidNextToken',
  });
  return {
    Snapshots: items.map((snapshot) => describe(world, snapshot)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

export function deleteSnapshot(world: World, input: DeleteSnapshotCommandInput): Record<string, never> {
  world.snapshots.delete(snapshotNamed(world, input.SnapshotId).id);
  return {};
}

/**
 * Puts the root device back to a snapshot of one of the instance's own root volumes, or to what it was at launch. The instance reboots;
 * one task at a time; the same ClientToken gives the same task.
 */
export function replaceRootVolume(
  world: World,
  input: CreateReplaceRootVolumeTaskCommandInput,
): CreateReplaceRootVolumeTaskResult {
  const machine = machineNamed(world, input.InstanceId);
  const again = taskWithToken(world, machine, input);
  if (again !== undefined) return { ReplaceRootVolumeTask: describeTask(again) };
  if (!machine.template.ebsRoot)
    throw new AwsError('UnsupportedOperation', `The root device of ${machine.id} is not an EBS volume.`);
  if (machine.state !== 'running')
    throw new AwsError('IncorrectState', `The instance '${machine.id}' is ${machine.state}; it must be running.`);
  if (machine.replacing !== undefined)
    throw new AwsError('IncorrectState', `A root volume replacement of ${machine.id} is in progress.`);
  const content = contentToRestore(world, machine, input.SnapshotId);
  const task: ReplaceTask = {
    id: `replacevol-${world.random.hex(17)}`,
    machineId: machine.id,
    ...(input.SnapshotId === undefined ? {} : { snapshotId: input.SnapshotId }),
    ...(input.ClientToken === undefined ? {} : { clientToken: input.ClientToken }),
    deleteReplacedRootVolume: input.DeleteReplacedRootVolume === true,
    state: 'pending',
    startedAt: world.now,
  };
  world.replaceTasks.set(task.id, task);
  if (input.ClientToken !== undefined) world.replaceTasksByToken.set(input.ClientToken, task);
  machine.replacing = task;
  carryOut(world, machine, task, content);
  return { ReplaceRootVolumeTask: describeTask(task) };
}

export function describeReplaceTasks(
  world: World,
  input: DescribeReplaceRootVolumeTasksCommandInput,
): DescribeReplaceRootVolumeTasksResult {
  const ids = input.ReplaceRootVolumeTaskIds ?? [];
  const tasks = ids.length > 0 ? ids.map((id) => taskNamed(world, id)) : [...world.replaceTasks.values()];
  const byInstance = (input.Filters ?? [])
    .filter((filter) => filter.Name === 'instance-id')
    .flatMap((filter) => filter.Values ?? []);
  const found = tasks.filter((task) => byInstance.length === 0 || byInstance.includes(task.machineId));
  const { items, nextToken } = page(found, {
    token: input.NextToken,
    size: input.MaxResults,
    limit: 1000,
    tokenError: 'InvalidNextToken',
  });
  return {
    ReplaceRootVolumeTasks: items.map(describeTask),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

function carryOut(world: World, machine: Machine, task: ReplaceTask, content: VolumeContent): void {
  const close = (state: ReplaceTask['state']) => {
    delete machine.replacing;
    task.state = state;
    task.completedAt = world.now;
  };
  world.agenda.after(TASK_START_SECONDS, () => {
    task.state = 'in-progress';
  });
  world.agenda.after(TASK_START_SECONDS + world.volumeReplacementSeconds, () => {
    if (machine.state !== 'running' || machine.faults.volumeReplacementFails === true) {
      close('failed');
      return;
    }
    const replaced = world.volumes.get(machine.rootVolumeId);
    if (replaced !== undefined) delete replaced.machineId;
    if (task.deleteReplacedRootVolume) world.volumes.delete(machine.rootVolumeId);
    // What the agent knew of its commands was on the old volume.
    for (const invocation of world.invocationsByMachine.get(machine.id) ?? []) delete invocation.afterReboot;
    addRootVolume(world, machine, `vol-${world.random.hex(17)}`);
    boot(world, machine, content);
    close('succeeded');
  });
}

function contentToRestore(world: World, machine: Machine, snapshotId: string | undefined): VolumeContent {
  if (snapshotId === undefined) return machine.template.content;
  const snapshot = snapshotNamed(world, snapshotId);
  if (!machine.lineage.has(snapshot.volumeId)) {
    throw new AwsError(
      'InvalidParameterValue',
      `The snapshot '${snapshotId}' was not created from a root volume of the instance '${machine.id}'.`,
    );
  }
  if (snapshot.state !== 'completed') {
    throw new AwsError('IncorrectState', `The snapshot '${snapshotId}' is ${snapshot.state}; it must be completed.`);
  }
  return snapshot.content;
}

function taskWithToken(
  world: World,
  machine: Machine,
  input: CreateReplaceRootVolumeTaskCommandInput,
): ReplaceTask | undefined {
  if (input.ClientToken === undefined) return undefined;
  const known = world.replaceTasksByToken.get(input.ClientToken);
  if (known !== undefined && (known.machineId !== machine.id || known.snapshotId !== input.SnapshotId)) {
    throw new AwsError(
      'IdempotentParameterMismatch',
      `The client token ${input.ClientToken} was used with other parameters.`,
    );
  }
  return known;
}

function taskNamed(world: World, id: string): ReplaceTask {
  const task = world.replaceTasks.get(id);
  if (task === undefined)
    throw new AwsError('InvalidReplaceRootVolumeTaskId.NotFound', `The task '${id}' does not exist.`);
  return task;
}

function matches(snapshot: Snapshot, filter: Filter): boolean {
  const tests = (filter.Values ?? []).map(wildcard);
  const name = filter.Name ?? '';
  const value = name.startsWith('tag:')
    ? snapshot.tags.get(name.slice('tag:'.length))
    : { 'volume-id': snapshot.volumeId, status: snapshot.state, 'snapshot-id': snapshot.id }[name];
  if (name === 'tag-key') return [...snapshot.tags.keys()].some((key) => tests.some((test) => test(key)));
  return value !== undefined && tests.some((test) => test(value));
}

function describe(world: World, snapshot: Snapshot): SdkSnapshot {
  const passed = (world.now - snapshot.startedAt) / (world.snapshotSeconds * 1000);
  return {
    SnapshotId: snapshot.id,
    VolumeId: snapshot.volumeId,
    VolumeSize: 8,
    Description: snapshot.description,
    OwnerId: world.accountId,
    StartTime: new Date(snapshot.startedAt),
    State: snapshot.state,
    Progress: snapshot.state === 'completed' ? '100%' : `${Math.min(99, Math.floor(passed * 100))}%`,
    Encrypted: false,
    Tags: [...snapshot.tags].map(([Key, Value]) => ({ Key, Value })),
  };
}

function describeTask(task: ReplaceTask): ReplaceRootVolumeTask {
  return {
    ReplaceRootVolumeTaskId: task.id,
    InstanceId: task.machineId,
    TaskState: task.state,
    StartTime: new Date(task.startedAt).toISOString(),
    ...(task.completedAt === undefined ? {} : { CompleteTime: new Date(task.completedAt).toISOString() }),
    ...(task.snapshotId === undefined ? {} : { SnapshotId: task.snapshotId }),
    DeleteReplacedRootVolume: task.deleteReplacedRootVolume,
  };
}
