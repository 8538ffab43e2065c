/** Looks at the simulated cloud after every call, and notes what a rollout must never do. */
import type { Member, VolumeContent } from '../../src/simulator/model.ts';
import type { SimulatedCloud } from '../../src/simulator/simulated-cloud.ts';

/** What was seen; `violations` grows while the run goes on. */
export interface Watched {
  violations: string[];
  /** Most instances of the group that had their patch command under way at once. */
  mostPatching: number;
  /** In the order in which their patch commands were sent. */
  patchedInOrder: string[];
  /** Everything that ever was a member of the group. */
  members: Set<string>;
}

/** Watches over the group from now on. */
export function watchOver(cloud: SimulatedCloud, groupName: string): Watched {
  const watched: Watched = { violations: [], mostPatching: 0, patchedInOrder: [], members: new Set() };
  /** By instance and run. */
  const commands = new Set<string>();
  const note = (violation: string) => {
    if (!watched.violations.includes(violation)) watched.violations.push(violation);
  };
  const targetGroups = cloud.world.groups.get(groupName)?.targetGroups ?? [];
  /** A command that the restore of its root volume took along is answered by nobody until its time is over. */
  const wasRestored = (id: string, since: number) =>
    [...cloud.world.replaceTasks.values()].some(
      ({ machineId, completedAt = 0 }) => machineId === id && completedAt > since,
    );
  const isPatching = (id: string) =>
    (cloud.world.invocationsByMachine.get(id) ?? []).some(
      ({ document, status, startedAt = 0 }) =>
        document === 'AWS-RunPatchBaseline' && status === 'InProgress' && !wasRestored(id, startedAt),
    );
  cloud.watch(({ service, action, input, error }) => {
    if (`${service}:${action}` === 'ssm:sendCommand' && error === undefined && isPatchCommand(input)) {
      for (const id of instanceIds(input)) {
        // One of another run is another matter: what one rolled back, the next may patch.
        const sent = `${id} ${'Comment' in input ? String(input.Comment) : ''}`;
        if (commands.has(sent)) note(`${id} was sent a second patch command`);
        commands.add(sent);
        watched.patchedInOrder.push(id);
      }
    }
    if (service === 'ssm' || service === 'autoscaling' || service === 'ec2') look();
  });
  cloud.watchMachines(() => look());
  /** No check that a rollout makes here waits for longer. */
  const isBroken = ({ brokenStatus, latencyMs = 0 }: VolumeContent) => brokenStatus !== undefined || latencyMs > 2000;
  const look = () => {
    let patching = 0;
    const { members = new Map<string, Member>() } = cloud.world.groups.get(groupName) ?? {};
    for (const id of members.keys()) watched.members.add(id);
    for (const machine of cloud.world.machines.values()) {
      const busy = isPatching(machine.id);
      if (busy) patching += 1;
      if (busy && members.get(machine.id)?.lifecycleState === 'InService') note(`${machine.id} was patched in service`);
      for (const { registrations } of targetGroups) {
        const registered = registrations.get(machine.id);
        if (registered === undefined) continue;
        if (busy) note(`${machine.id} was patched while it was ${registered.state} in a target group`);
        // An application that flaps may answer well as long as it is asked.
        if (registered.state === 'healthy' && isBroken(machine.content) && machine.content.flaps !== true)
          note(`${machine.id} was broken and took traffic`);
      }
    }
    watched.mostPatching = Math.max(watched.mostPatching, patching);
  };
  return watched;
}

function instanceIds(input: object): string[] {
  return 'InstanceIds' in input && Array.isArray(input.InstanceIds) ? input.InstanceIds.map(String) : [];
}

function isPatchCommand(input: object): boolean {
  return 'DocumentName' in input && input.DocumentName === 'AWS-RunPatchBaseline';
}
