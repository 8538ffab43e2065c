/** What other people do to the group while a run goes on, and what the group is to be afterwards because of it. */

import type { HistoryEvent } from '../../src/interpreter/ports.ts';
import type { Plan } from '../../src/orchestrator/plan/types.ts';
import { GROUP, groupOf, type RolloutWorld, type snapshotOf } from '../rollout/open-world.ts';
import type { Interruption } from './scenario.ts';

export interface Others {
  /** What the group is to be like in the end: as it was, but for what they have changed. */
  expected(): ReturnType<typeof snapshotOf>;
  /** Instances that they took out. */
  readonly outside: ReadonlySet<string>;
  /** Whether they let the group move instances between zones, which the run had suspended: what is out then is out because of that. */
  mayRebalance(): boolean;
  /** To be told of every event, so that they keep away from what a run has in hand: what both do at once cannot be told apart. */
  event(arn: string, event: HistoryEvent): void;
  /** Does it, when it can be done; false when it is not for them to do. */
  act(what: Interruption): boolean;
}

/** From reading what the group has to writing it. */
const SETTLING = new Set([
  ...['LookAtMark', 'MarkIsOurs', 'Suspend', 'SuspendProcesses', 'Capacity', 'LowerMinimum'],
  ...['LookToRestore', 'RestoreMinimum', 'PutBackMinimum', 'Resume', 'ResumeProcesses'],
  ...['WaitToSettle', 'LookAgain', 'Minimum', 'Processes'],
  ...[
    'LookAtNewest',
    'NoteDesired',
    'LookAtBroken',
    'StillBroken',
    'RoomToReplace',
    'WaitToCompare',
    'LookAtNewestAgain',
    'NoteRaise',
    'WaitForOtherRaise',
    'LookAtNote',
    'NotedByUs',
    'PutRaise',
    'MayRaise',
    'RaiseDesired',
  ],
  ...['WaitForRaise', 'LookForRaise', 'AllActivities', 'LookAtDesired', 'AlreadyRaised'],
]);

/** Other people, in that world, while `plan` is carried out. */
export function otherPeople(world: RolloutWorld, { capacity }: Plan): Others {
  const { cloud, before } = world;
  const outside = new Set<string>();
  const lowestMin = capacity.lowerMinTo ?? before.min;
  /** By the execution that has it in hand. */
  const inHand = new Map<string, string>();
  /** The state that each execution is in. */
  const lately = new Map<string, string>();
  let { min, max, suspended } = before;
  let rebalances = false;
  /** How many more instances they want than there were. */
  let more = 0;

  /** A call of theirs; what it changes is expected once it was not refused. */
  const call = <Input extends object>(send: (input: Input) => Promise<unknown>, input: Input, then: () => void) => {
    // Somebody whose call fails gives up.
    void send(input).then(then, () => {});
  };
  const fewer = (id: string) => () => {
    more -= 1;
    outside.add(id);
  };
  /** A member that no run has in hand, a dead one by its tag neither, and that the group can be without while the run goes on. */
  const free = (): string | undefined => {
    if (before.desired + more - 1 - capacity.maxUnavailable < lowestMin) return undefined;
    const taken = new Set(inHand.values());
    const members = [...groupOf(cloud).members.values()];
    const isFree = ({ lifecycleState, machine }: (typeof members)[number]) =>
      lifecycleState === 'InService' &&
      machine.state === 'running' &&
      !machine.tags.has('drydock:run-id') &&
      !taken.has(machine.id);
    return members.findLast(isFree)?.machine.id;
  };
  /** What a run reads and then writes can be changed under its hands: AWS has no condition for it. */
  const isSettling = () => [...lately.values()].some((state) => SETTLING.has(state));
  const onFree = (act: (InstanceIds: string[], id: string) => void) => () => {
    const id = free();
    if (id !== undefined) act([id], id);
  };
  const { autoscaling } = cloud.somebodyElse;
  const AutoScalingGroupName = GROUP;

  const acts: Partial<Record<Interruption, () => void>> = {
    'scale-out': () => {
      const { desired, max } = groupOf(cloud);
      if (desired >= max) return;
      call(autoscaling.setDesiredCapacity, { AutoScalingGroupName, DesiredCapacity: desired + 1 }, () => {
        more += 1;
      });
    },
    'scale-in': onFree((_, InstanceId) => {
      const input = { InstanceId, ShouldDecrementDesiredCapacity: true };
      call(autoscaling.terminateInstanceInAutoScalingGroup, input, fewer(InstanceId));
    }),
    detach: onFree((InstanceIds, id) => {
      const input = { AutoScalingGroupName, InstanceIds, ShouldDecrementDesiredCapacity: true };
      call(autoscaling.detachInstances, input, fewer(id));
    }),
    standby: onFree((InstanceIds, id) => {
      const input = { AutoScalingGroupName, InstanceIds, ShouldDecrementDesiredCapacity: true };
      call(autoscaling.enterStandby, input, fewer(id));
    }),
    'lower-minimum': () => {
      // What the run set itself cannot be told from what somebody else sets to the same.
      const MinSize = [0, 1].find((min) => min < before.min && min !== capacity.lowerMinTo);
      if (MinSize === undefined) return;
      call(autoscaling.updateAutoScalingGroup, { AutoScalingGroupName, MinSize }, () => {
        min = MinSize;
      });
    },
    'raise-maximum': () => {
      // A group that was scaled out to its maximum meanwhile has got the instance that a replacement would be.
      if (more > 0) return;
      const MaxSize = before.max + 3;
      call(autoscaling.updateAutoScalingGroup, { AutoScalingGroupName, MaxSize }, () => {
        max = MaxSize;
      });
    },
    'suspend-process': () =>
      call(autoscaling.suspendProcesses, { AutoScalingGroupName, ScalingProcesses: ['AlarmNotification'] }, () => {
        suspended = [...new Set([...suspended, 'AlarmNotification'])].sort();
      }),
    'resume-process': () =>
      call(autoscaling.resumeProcesses, { AutoScalingGroupName, ScalingProcesses: ['AZRebalance'] }, () => {
        rebalances = true;
      }),
    'instance-refresh': () => {
      groupOf(cloud).instanceRefreshes.unshift({ InstanceRefreshId: 'r-1', Status: 'InProgress' });
    },
  };

  return {
    expected: () => {
      // While a run has lowered the minimum or taken instances out, others may go beyond what the group allows otherwise.
      const desired = Math.min(max, Math.max(min, before.desired + more));
      const changed = desired - before.desired;
      return {
        ...before,
        min,
        max,
        suspended,
        desired,
        members: before.members + changed,
        serving: before.serving + changed,
      };
    },
    outside,
    mayRebalance: () => rebalances,
    event: (arn, { type, details }) => {
      const instanceId =
        type === 'ExecutionStarted' && /"instanceId":"([^"]+)"/.exec(String(details?.value.input))?.[1];
      if (typeof instanceId === 'string') inHand.set(arn, instanceId);
      else if (/^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(type)) inHand.delete(arn);
      if (type.endsWith('StateEntered')) lately.set(arn, String(details?.value.name));
    },
    act: (what) => {
      const does = acts[what];
      if (!isSettling()) does?.();
      return does !== undefined;
    },
  };
}
