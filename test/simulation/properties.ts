/** What must never happen, looked for after every call of the simulated cloud. */
import type { HistoryEvent } from '../../src/interpreter/ports.ts';
import type { CallRecord } from '../../src/simulator/simulated-cloud.ts';
import { groupOf, KERNEL, type RolloutWorld } from '../rollout/open-world.ts';
import type { Others } from './others.ts';

/** Calls that change something at AWS. What only tells Drydock's own things apart is no change of the fleet. */
const CHANGE = /^(autoscaling|ec2|ssm):(?!describe|get|list)/;

export interface Watcher {
  violations: string[];
  /** To be told of every event of every engine that works on the world. */
  onEvent(arn: string, event: HistoryEvent): void;
  /** The machine that carried runs out is gone, and with it whatever held the group there. */
  machineLost(): void;
  /** What is to be seen once nobody works any more; `deaths`: how often a process died. */
  atTheEnd(deaths: number): void;
}

/** Watches over the group from now on: at most `maxUnavailable` of it may be out because of Drydock. */
export function watch(
  world: RolloutWorld,
  maxUnavailable: number,
  others: Pick<Others, 'expected' | 'outside' | 'mayRebalance'>,
): Watcher {
  const { cloud, ids, before, watched } = world;
  const violations = watched.violations;
  const note = (violation: string) => {
    if (!violations.includes(violation)) violations.push(violation);
  };
  const taken = new Set<string>();
  /** Of these, those that served again when they were last looked at. */
  const servesAgain = new Set<string>();
  const takes = (id: string) => {
    taken.add(id);
    servesAgain.delete(id);
  };
  /** Everything that ever was a member: the last sweep patches what was launched meanwhile. */
  const members = new Set(ids);
  const calls = new Map<string, number>();
  const scheduled = new Map<string, number>();
  /** The executions that hold the group. */
  const holders = new Set<string>();
  const installedBefore = new Map(ids.map((id) => [id, new Set(cloud.machine(id).content.installed)]));

  /** 5: only what the policy approved there and then, at any time and on any machine. */
  cloud.watchMachines(({ id, content }) => {
    const installed = installedBefore.get(id) ?? new Set(content.installed);
    installedBefore.set(id, installed);
    for (const patch of content.installed) {
      if (!installed.has(patch) && patch !== KERNEL.id) note(`5: ${patch} was installed on ${id}`);
    }
  });

  cloud.watch((call) => {
    const name = `${call.service}:${call.action}`;
    if (CHANGE.test(name)) {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      if (holders.size > 1) note(`6: ${[...holders].join(' and ')} work on the group at once`);
      // Whatever it was answered: a call whose answer was lost may have taken effect.
      if (takesOut(call)) for (const id of instancesOf(call)) takes(id);
    }
    capacity();
  });

  /** 1: what Drydock did not take, or has given back, is not out of its doing. */
  function capacity(): void {
    const group = groupOf(cloud);
    for (const id of group.members.keys()) members.add(id);
    for (const id of taken) {
      const machine = cloud.world.machines.get(id);
      const isServing = group.members.get(id)?.serves === true;
      const isOurs = machine?.tags.has('drydock:run-id') === true;
      const isRunning = machine?.state === 'running';
      // Who terminates one that serves again takes it out, not Drydock, though it still carries the run's tag.
      if (isServing ? !isOurs : servesAgain.has(id) && !isRunning) taken.delete(id);
      if (isServing) servesAgain.add(id);
      else if (isRunning) servesAgain.delete(id);
    }
    const isDown = (id: string) => !isTaken(id) && !others.outside.has(id) && group.members.get(id)?.serves !== true;
    // What flaps may fail long after it was given back: no check of a moment can tell.
    const isTaken = (id: string) => taken.has(id) && cloud.world.machines.get(id)?.content.flaps !== true;
    const wanted = Math.min(before.desired, others.expected().desired);
    if (others.mayRebalance()) return;
    const out = wanted - group.serving - ids.filter(isDown).length;
    if (out > maxUnavailable) note(`1: ${out} instances are out because of Drydock, ${maxUnavailable} may be`);
  }

  return {
    violations,
    onEvent: (arn, { type, details }) => {
      const state = details?.value.name;
      // From when it has seen that the mark on the group is its own: whoever finds another's has only locked it, and leaves it alone.
      if (type === 'ChoiceStateEntered' && state === 'Suspend') holders.add(arn);
      if (state === 'GroupLocked' || state === 'NotLocked' || state === 'ReleaseLock') holders.delete(arn);
      if (/^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(type)) holders.delete(arn);
      if (type !== 'TaskScheduled') return;
      const { resourceType, resource } = details?.value ?? {};
      const name = `${String(resourceType).replace('aws-sdk:', '')}:${String(resource)}`;
      scheduled.set(name, (scheduled.get(name) ?? 0) + 1);
    },
    machineLost: () => holders.clear(),
    atTheEnd: (deaths) => {
      // 8: a process that dies in the middle of a call makes it again, under the event that it has.
      for (const [name, count] of calls) {
        const events = scheduled.get(name) ?? 0;
        if (count > events + deaths * ids.length)
          note(`8: ${name} was called ${count} times, and history shows ${events}`);
      }
      for (const id of world.watched.patchedInOrder) {
        if (!members.has(id)) note(`4: ${id} was patched, which was no member`);
      }
    },
  };
}

/** A tag takes nothing out, nor does a hook that runs before an instance leaves: what dies under one has not died of Drydock. */
function takesOut({ service, action, input }: CallRecord): boolean {
  if (service === 'ssm') return 'DocumentName' in input && input.DocumentName === 'AWS-RunPatchBaseline';
  return !action.endsWith('Tags');
}

function instancesOf({ input }: CallRecord): string[] {
  const named = 'InstanceIds' in input ? input.InstanceIds : 'InstanceId' in input ? [input.InstanceId] : [];
  return Array.isArray(named) ? named.filter((id) => typeof id === 'string') : [];
}
