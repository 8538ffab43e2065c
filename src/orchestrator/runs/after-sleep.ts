/**
 * A process that was suspended, or restarted, may find that another machine has recovered its run meanwhile, and that a further run holds the
 * group. So whatever it would do to the group or to an instance is preceded by a look at whose they are. Step Functions never sleeps.
 */
import { z } from 'zod';
import { EMBEDDED_NAMES } from '../../../statemachine/definitions.ts';
import { type Json, TaskFailure, type TaskRequest } from '../../interpreter/ports.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { EngineClock } from '../engine/clock.ts';
import type { Store, StoredExecution } from '../engine/store.ts';

/** Nothing in the definitions leaves an instance for longer without a call. */
const ASLEEP_MS = 1_800_000;
/** Longer than what AWS answers has been seen to lag behind. */
const SURE_AFTER_MS = 20_000;

const TAKEN_OVER = {
  error: 'Drydock.TakenOver',
  cause: 'another machine took the run over while this one slept: drydock recover closes it here',
};

export interface AfterSleep {
  cloud: Cloud;
  /** Whether `cloud` is reached over the network. */
  remote: boolean;
  clock: EngineClock;
  store: Pick<Store, 'execution' | 'executionById'>;
  runTask(request: TaskRequest): Promise<Json>;
  /** StopExecution: of a run that is another's by now. */
  stop(executionArn: string, reason: { error: string; cause: string }): Promise<void>;
}

/** What may be said of whose something is. */
type Held = 'ours' | 'nobody' | 'another';

/** `runTask`, with that look before the first call after a sleep. */
export function lookingAfterSleep({ cloud, remote, clock, store, runTask, stop }: AfterSleep): AfterSleep['runTask'] {
  let lastTaskAt = clock.now();
  let wokeAt = clock.now();
  /** What was found since, by what was asked about: a thousand instances in hand ask about their group once. */
  const known = new Map<string, Promise<Held>>();
  /** Executions that were begun since. */
  const awake = new Set<string>();

  const asked = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await (remote ? clock.busy(call) : call);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new TaskFailure('Drydock.NotSure', `After a sleep it could not be read whose the run is: ${why}`);
    }
  };
  const holderOf = async (group: string, runId: string): Promise<Held> => {
    const look = { AutoScalingGroupNames: [group], IncludeInstances: false };
    const { AutoScalingGroups = [] } = await asked(cloud.autoscaling.describeAutoScalingGroups(look));
    return held(AutoScalingGroups[0]?.Tags, runId);
  };
  const ownerOf = async ({ instanceId, groupName, runId }: OfInstance): Promise<Held> => {
    const look = { Filters: [{ Name: 'instance-id', Values: [instanceId] }] };
    const { Reservations = [] } = await asked(cloud.ec2.describeInstances(look));
    const instance = Reservations[0]?.Instances?.[0];
    return instance === undefined ? holderOf(groupName, runId) : held(instance.Tags, runId);
  };
  const once = (key: string, look: () => Promise<Held>): Promise<Held> => {
    const found = known.get(key) ?? look();
    known.set(key, found);
    // What is not the run's may become so, by the mark that it is about to set; and what could not be read is asked again.
    found.then((whose) => whose !== 'ours' && known.delete(key)).catch(() => known.delete(key));
    return found;
  };
  /** What must not be so is looked at once more: the answer may be from before the run had marked it. */
  const unless = async (wrong: readonly Held[], look: () => Promise<Held>): Promise<Held> => {
    const first = await look();
    if (!wrong.includes(first)) return first;
    await clock.sleep(SURE_AFTER_MS);
    return look();
  };
  const holder = (group: string, runId: string, wrong: readonly Held[]) =>
    once(`${runId} ${group} ${wrong}`, () => unless(wrong, () => holderOf(group, runId)));
  const owner = (child: OfInstance) =>
    once(`${child.runId} ${child.instanceId}`, () => unless(['nobody', 'another'], () => ownerOf(child)));
  /** The group's mark says it for all that the run has not taken out; what it has taken out carries its tag whatever became of the mark. */
  const isOurs = async (child: OfInstance, request: TaskRequest): Promise<boolean> => {
    if (child.recover) {
      const found = await owner(child);
      // A tag that was taken away by this very call is not there.
      return found === 'ours' || (found === 'nobody' && request.resource.endsWith(':deleteTags'));
    }
    const found = await holder(child.groupName, child.runId, ['nobody', 'another']);
    return found === 'ours' || (found === 'nobody' && (await owner(child)) === 'ours');
  };
  const mayGoOn = async (request: TaskRequest, execution: StoredExecution): Promise<boolean> => {
    if (!acts(request)) return true;
    const input: unknown = JSON.parse(execution.input);
    const child = ofInstance.safeParse(input).data;
    if (child !== undefined) return isOurs(child, request);
    const run = ofRun.safeParse(input).data;
    const group = groupChanged(request);
    // The mark may be gone, taken away by the run itself or by somebody else: what it puts back it puts back only where it is as it was set.
    return run === undefined || group === undefined || (await holder(group, run.runId, ['another'])) !== 'another';
  };

  return async (request) => {
    const now = clock.now();
    if (now - lastTaskAt > ASLEEP_MS) {
      wokeAt = now;
      known.clear();
      awake.clear();
    }
    lastTaskAt = now;
    if (awake.has(request.executionArn)) return runTask(request);
    const execution = store.execution(request.executionArn);
    const root = execution && rootOf(store, execution);
    if (execution === undefined || root === undefined || root.startedAt >= wokeAt) {
      awake.add(request.executionArn);
      return runTask(request);
    }
    if (await mayGoOn(request, execution)) {
      request.signal.throwIfAborted();
      return runTask(request);
    }
    // Its end aborts this task too, so nobody waits for it here.
    stop(root.arn, TAKEN_OVER).catch(() => {});
    return aborted(request.signal);
  };
}

const ofRun = z.object({ runId: z.string() });
const ofInstance = ofRun.extend({ instanceId: z.string(), groupName: z.string(), recover: z.boolean() });
type OfInstance = z.infer<typeof ofInstance>;

const invoked = z.object({ FunctionName: z.string() });
const change = z.object({
  AutoScalingGroupName: z.string().optional(),
  Tags: z.array(z.object({ ResourceId: z.string().optional() })).default([]),
});

/** Whether a task does anything to a group or an instance: others only look, or write down. */
function acts({ resource, arguments: input }: TaskRequest): boolean {
  if (invoked.safeParse(input).data?.FunctionName === EMBEDDED_NAMES.InstanceFunction) return false;
  return /:lambda:|:aws-sdk:(autoscaling|ec2|ssm):(?!describe|get|list)/.test(resource);
}

/** The group that a task changes; undefined: none. */
function groupChanged({ resource, arguments: input }: TaskRequest): string | undefined {
  if (!resource.includes(':aws-sdk:autoscaling:')) return undefined;
  const { AutoScalingGroupName, Tags } = change.parse(input);
  return AutoScalingGroupName ?? Tags[0]?.ResourceId;
}

function held(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
  runId: string,
): Held {
  const holder = tags?.find(({ Key }) => Key === 'drydock:run-id')?.Value ?? '';
  return holder === '' ? 'nobody' : holder === runId ? 'ours' : 'another';
}

function rootOf(store: AfterSleep['store'], execution: StoredExecution): StoredExecution | undefined {
  return execution.parent === undefined ? execution : store.executionById(execution.parent);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
