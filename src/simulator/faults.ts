/** What can go wrong in the simulated cloud, by name: set on purpose, or drawn. */
import { terminate } from './machines.ts';
import type { Machine, MachineFaults } from './model.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';
import { throttleBy } from './throttle.ts';
import type { CallFaults } from './world.ts';

export interface FaultOptions {
  /** Exactly these instances. */
  instanceIds?: readonly string[];
  /** Without `instanceIds`: that many (default 1), drawn from this group or from all machines. */
  groupName?: string;
  count?: number;
  /** For faults of calls: how often, in [0, 1]. */
  rate?: number;
  /** For faults that somebody commits: in how many seconds. */
  afterSeconds?: number;
}

export interface Fault {
  description: string;
  /** Sets the fault; gives the ids of the instances that it concerns. */
  apply(cloud: SimulatedCloud, options?: FaultOptions): string[];
}

const DEFAULT_RATE = 0.05;
const DEFAULT_AFTER_SECONDS = 300;

/** Every fault, by the name that people use for it. */
export const FAULTS: Record<string, Fault> = {
  throttling: ofCalls('calls are throttled', 'throttlingRate'),
  'account-limits': {
    description: 'calls above what AWS allows an account by default are throttled',
    apply(cloud) {
      cloud.world.throttle = throttleBy(cloud.world.region);
      return [];
    },
  },
  'server-errors': ofCalls('calls answer 5xx, half of them after they took effect', 'serverErrorRate'),
  contention: ofCalls('Auto Scaling refuses writes because somebody else changes the group', 'contentionRate'),
  'events-lost': ofCalls('events that a command has ended never arrive', 'eventLossRate'),
  'connections-lost': ofCalls('connections break, half of them after the call took effect', 'connectionLossRate'),
  'stale-reads': ofCalls('reads answer as they did some seconds ago', 'staleReadRate'),
  'slow-calls': ofCalls('calls take effect, and answer after everybody stopped waiting', 'slowRate'),
  'command-fails': ofMachines('the patch command fails', { commandFails: true }),
  'command-hangs': ofMachines('the patch command never ends', { commandHangs: true }),
  'command-cancelled': ofMachines('somebody cancels the patch command', { commandCancelled: true }),
  'command-times-out': ofMachines('the patch command runs out of its time', { commandTimesOut: true }),
  'patch-ignored': ofMachines('the command succeeds, and passed the patches over', { patchIgnored: true }),
  'stays-pending-reboot': ofMachines('patches wait for a reboot still after it', { staysPendingReboot: true }),
  'patch-flaps-app': ofMachines('the patch makes the application answer now 503 and now 200', { patchFlapsApp: true }),
  'reboot-loop': ofMachines('the patched machine goes down again after each boot', { patchLoopsBoot: true }),
  'patch-fails': ofMachines('the command succeeds, but its patches failed to install', { patchFails: true }),
  'patch-breaks-app': ofMachines('the patch breaks the application: it answers 503', { patchBreaksApp: 503 }),
  'patch-slows-app': ofMachines('the patch makes the application slow: half a minute an answer', {
    patchSlowsApp: 30_000,
  }),
  'agent-silent': ofMachines('the agent is silent after the reboot, until the next one', {
    agentStaysSilent: 'until-next-reboot',
  }),
  'agent-lost': ofMachines('the agent never comes back after the reboot', { agentStaysSilent: 'for-good' }),
  'target-never-healthy': ofMachines('the load balancer does not find the instance healthy once it is attached again', {
    targetNeverHealthy: true,
  }),
  'snapshot-fails': ofMachines('the snapshot of the root volume fails', { snapshotFails: true }),
  'restore-fails': ofMachines('the patch breaks the application, and the root volume cannot be replaced', {
    patchBreaksApp: 503,
    volumeReplacementFails: true,
  }),
  'attach-refused': ofMachines('Auto Scaling refuses to attach the instance, three times', { attachesRefused: 3 }),
  'attach-refused-for-good': ofMachines('Auto Scaling never takes the instance again', {
    attachesRefused: Number.POSITIVE_INFINITY,
  }),
  terminated: {
    description: 'somebody terminates the instance in mid-run',
    apply(cloud, options = {}) {
      const machines = chosen(cloud, options);
      const { agenda } = cloud.world;
      for (const machine of machines) {
        agenda.after(options.afterSeconds ?? DEFAULT_AFTER_SECONDS, () => terminate(cloud.world, machine));
      }
      return machines.map((machine) => machine.id);
    },
  },
};

/** Gives each machine one fault with the given probability, drawn from those of machines; says which got which. */
export function drawFaults(cloud: SimulatedCloud, probability: number): { instanceId: string; fault: string }[] {
  const { random, machines } = cloud.world;
  const names = Object.keys(FAULTS).filter((name) => !OF_CALLS.has(name));
  return [...machines.keys()].flatMap((instanceId) => {
    if (!random.chance(probability)) return [];
    const fault = names[random.below(names.length)] ?? '';
    FAULTS[fault]?.apply(cloud, { instanceIds: [instanceId], afterSeconds: random.below(3600) });
    return [{ instanceId, fault }];
  });
}

/** The faults that concern calls, and no machine. */
export const OF_CALLS: ReadonlySet<string> = new Set([
  'throttling',
  'account-limits',
  'server-errors',
  'contention',
  'events-lost',
  'connections-lost',
  'stale-reads',
  'slow-calls',
]);

function ofCalls(description: string, rate: keyof CallFaults): Fault {
  return {
    description,
    apply(cloud, options = {}) {
      cloud.world.callFaults[rate] = options.rate ?? DEFAULT_RATE;
      return [];
    },
  };
}

function ofMachines(description: string, faults: MachineFaults): Fault {
  return {
    description,
    apply(cloud, options = {}) {
      const machines = chosen(cloud, options);
      for (const machine of machines) {
        Object.assign(machine.faults, faults);
        cloud.world.machineChanged(machine);
      }
      return machines.map((machine) => machine.id);
    },
  };
}

function chosen(cloud: SimulatedCloud, options: FaultOptions): Machine[] {
  cloud.settle();
  if (options.instanceIds !== undefined) return options.instanceIds.map((id) => cloud.machine(id));
  const { random, machines } = cloud.world;
  const pool = [...machines.values()].filter(
    ({ groupName }) => options.groupName === undefined || groupName === options.groupName,
  );
  const count = Math.min(options.count ?? 1, pool.length);
  return Array.from({ length: count }, () => pool.splice(random.below(pool.length), 1)).flat();
}
