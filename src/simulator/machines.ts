/** Machines: launch, boot, reboot, termination, and what their application answers. */
import type { Duration, LaunchTemplate, Machine, VolumeContent } from './model.ts';
import type { World } from './world.ts';

const PENDING_SECONDS = 5;
/** How long a machine that loops stays up, and how long an application that flaps answers the same. */
const LOOP_SECONDS = 4;
const FLAP_SECONDS = 4;
const SHUTDOWN_SECONDS = 30;
/** How long after the operating system the agent pings for the first time. */
const AGENT_START_SECONDS = 5;
/** How long EC2 still shows a terminated instance. */
const SHOWN_AFTER_TERMINATION_SECONDS = 3600;

/** Seconds, drawn where a duration is a distribution. */
export function draw(world: World, duration: Duration): number {
  return typeof duration === 'number' ? duration : world.random.logNormal(duration.median, duration.sigma);
}

/** Launches a machine: pending, then booting, then up. With `already` it has been up for that many seconds. */
export function launchMachine(
  world: World,
  template: LaunchTemplate,
  az: string,
  already?: { upForSeconds: number },
): Machine {
  const index = world.addresses++;
  const privateIp = `10.${(index >> 14) & 255}.${(index >> 7) & 127}.${(index & 127) + 4}`;
  const machine: Machine = {
    id: `i-${world.random.hex(17)}`,
    az,
    template,
    privateIp,
    publicIp: `203.${(index >> 14) & 255}.${(index >> 7) & 127}.${(index & 127) + 4}`,
    privateDnsName: `ip-${privateIp.replaceAll('.', '-')}.${world.region}.compute.internal`,
    launchedAt: world.now - (already?.upForSeconds ?? 0) * 1000,
    tags: new Map(),
    state: already === undefined ? 'pending' : 'running',
    up: false,
    upSince: 0,
    boots: 0,
    rootVolumeId: template.ebsRoot ? `vol-${world.random.hex(17)}` : '',
    lineage: new Set(),
    content: template.content,
    agentOnline: false,
    agentSince: world.now,
    faults: {},
  };
  world.machines.set(machine.id, machine);
  for (const address of [machine.privateIp, machine.publicIp, machine.privateDnsName])
    world.byAddress.set(address, machine);
  if (template.ebsRoot) addRootVolume(world, machine, machine.rootVolumeId);
  if (already === undefined) {
    world.agenda.after(PENDING_SECONDS, () => {
      if (machine.state !== 'pending') return;
      machine.state = 'running';
      boot(world, machine, machine.content);
    });
  } else {
    machine.up = true;
    machine.upSince = machine.launchedAt;
    machine.agentOnline = true;
    machine.agentSince = machine.launchedAt;
  }
  return machine;
}

/** Makes a volume that holds what the machine's root device holds, and notes it in the machine's lineage. */
export function addRootVolume(world: World, machine: Machine, id: string): void {
  world.volumes.set(id, {
    id,
    machineId: machine.id,
    content: machine.content,
    lastSnapshotAt: Number.NEGATIVE_INFINITY,
    tags: new Map(),
  });
  machine.rootVolumeId = id;
  machine.lineage.add(id);
}

/** Takes the machine down and brings it up again with `content` on its root device. A boot under way begins anew. */
export function boot(world: World, machine: Machine, content: VolumeContent): void {
  const number = ++machine.boots;
  machine.up = false;
  loseAgent(world, machine);
  writeRoot(world, machine, content);
  world.agenda.after(draw(world, machine.template.boot), () => {
    if (machine.boots !== number || machine.state !== 'running') return;
    machine.up = true;
    machine.upSince = world.now;
    if (machine.faults.staysPendingReboot !== true) writeRoot(world, machine, afterReboot(machine.content));
    else world.machineChanged(machine);
    startAgent(world, machine, number);
    if (machine.content.loops === true) world.agenda.after(LOOP_SECONDS, () => bootAgain(world, machine, number));
  });
}

/** A machine that loops goes down for as long as what makes it loop is on its root device. */
function bootAgain(world: World, machine: Machine, number: number): void {
  if (machine.boots === number && machine.state === 'running' && machine.content.loops === true)
    boot(world, machine, machine.content);
}

/** From now on the application answers 503 and 200 in turns, until another root device is there. */
export function flap(world: World, machine: Machine): void {
  world.agenda.after(FLAP_SECONDS, () => {
    if (isGone(machine) || machine.content.flaps !== true) return;
    const { brokenStatus, ...working } = machine.content;
    writeRoot(world, machine, brokenStatus === undefined ? { ...working, brokenStatus: 503 } : working);
    flap(world, machine);
  });
}

/** Writes the root device; what is on the volume follows. */
export function writeRoot(world: World, machine: Machine, content: VolumeContent): void {
  machine.content = content;
  const volume = world.volumes.get(machine.rootVolumeId);
  if (volume !== undefined) volume.content = content;
  world.machineChanged(machine);
}

/** Takes the machine away: down at once, terminated after a while, forgotten an hour later. */
export function terminate(world: World, machine: Machine): void {
  if (isGone(machine)) return;
  machine.state = 'shutting-down';
  machine.boots += 1;
  machine.up = false;
  loseAgent(world, machine);
  world.machineChanged(machine);
  world.agenda.after(SHUTDOWN_SECONDS, () => {
    machine.state = 'terminated';
    world.volumes.delete(machine.rootVolumeId);
    for (const address of [machine.privateIp, machine.publicIp, machine.privateDnsName])
      world.byAddress.delete(address);
    world.machineChanged(machine);
  });
  world.agenda.after(SHOWN_AFTER_TERMINATION_SECONDS, () => {
    if (machine.groupName !== undefined) return;
    world.machines.delete(machine.id);
    for (const { commandId } of world.invocationsByMachine.get(machine.id) ?? []) world.commands.delete(commandId);
    world.invocationsByMachine.delete(machine.id);
  });
}

/** Whether it is terminated or about to be. */
export function isGone(machine: Machine): boolean {
  return machine.state === 'shutting-down' || machine.state === 'terminated';
}

/** What the application answers now; undefined: the connection is refused. */
export function appStatus(machine: Machine): number | undefined {
  if (machine.state !== 'running' || !machine.up) return undefined;
  return machine.content.brokenStatus ?? 200;
}

function afterReboot(content: VolumeContent): VolumeContent {
  return content.pendingReboot.size === 0 ? content : { ...content, pendingReboot: new Set() };
}

function loseAgent(world: World, machine: Machine): void {
  if (!machine.agentOnline) return;
  machine.agentOnline = false;
  machine.agentSince = world.now;
}

function startAgent(world: World, machine: Machine, number: number): void {
  if (machine.faults.agentStaysSilent === 'for-good') return;
  if (machine.faults.agentStaysSilent === 'until-next-reboot') {
    delete machine.faults.agentStaysSilent;
    return;
  }
  world.agenda.after(AGENT_START_SECONDS, () => {
    if (machine.boots !== number || machine.state !== 'running') return;
    machine.agentOnline = true;
    machine.agentSince = world.now;
    world.machineChanged(machine);
  });
}
