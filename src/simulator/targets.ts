/** Target groups: what the load balancer's checks make of each registered instance. */
import type { TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import { appStatus, isGone } from './machines.ts';
import type { Machine, Registration, TargetGroup } from './model.ts';
import type { World } from './world.ts';

/** How long a registration takes before the first check. */
const REGISTRATION_MS = 2000;

/** Registers the machine, anew if it is draining; it is `initial` until enough checks in a row succeeded. */
export function register(world: World, group: TargetGroup, machine: Machine): void {
  const known = group.registrations.get(machine.id);
  if (known !== undefined && known.state !== 'draining') return;
  const registration: Registration = { machine, state: 'initial', registeredAt: world.now, turns: 0 };
  group.registrations.set(machine.id, registration);
  world.rerouted();
  assess(world, group, registration);
}

/** Begins to drain; when the deregistration delay is over the machine is no target any more. */
export function deregister(world: World, group: TargetGroup, machine: Machine): void {
  const registration = group.registrations.get(machine.id);
  if (registration === undefined || registration.state === 'draining') return;
  registration.state = 'draining';
  registration.turns += 1;
  world.rerouted();
  world.targetChanged(machine);
  world.agenda.after(group.deregistrationDelaySeconds, () => {
    // Nothing goes to a target that drains: that it is none any more changes no route.
    if (group.registrations.get(machine.id) === registration) group.registrations.delete(machine.id);
  });
}

/** Follows a machine's change in one target group. */
export function followMachine(world: World, group: TargetGroup, machine: Machine): void {
  const registration = group.registrations.get(machine.id);
  if (registration === undefined) return;
  if (isGone(machine)) {
    group.registrations.delete(machine.id);
    world.targetChanged(machine);
    return;
  }
  assess(world, group, registration);
}

/** A target's health as DescribeTargetHealth tells it. */
export function targetHealth(world: World, group: TargetGroup, machine: Machine): TargetHealth {
  const registration = group.registrations.get(machine.id);
  switch (registration?.state) {
    case undefined:
      return {
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      };
    case 'healthy':
      return { State: 'healthy' };
    case 'draining':
      return {
        State: 'draining',
        Reason: 'Target.DeregistrationInProgress',
        Description: 'Target deregistration is in progress',
      };
    case 'initial':
      return registration !== undefined && world.now - registration.registeredAt < REGISTRATION_MS
        ? { State: 'initial', Reason: 'Elb.RegistrationInProgress', Description: 'Target registration is in progress' }
        : { State: 'initial', Reason: 'Elb.InitialHealthChecking', Description: 'Initial health checks in progress' };
    case 'unhealthy':
      return unhealthy(machine);
  }
}

/** Whether the load balancer sends the machine requests in every one of the groups. */
export function healthyInAll(groups: readonly TargetGroup[], machine: Machine): boolean {
  return groups.every((group) => group.registrations.get(machine.id)?.state === 'healthy');
}

function unhealthy(machine: Machine): TargetHealth {
  const status = appStatus(machine);
  if (status === undefined)
    return { State: 'unhealthy', Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' };
  if (status === 200) return { State: 'unhealthy', Reason: 'Target.Timeout', Description: 'Request timed out' };
  return {
    State: 'unhealthy',
    Reason: 'Target.ResponseCodeMismatch',
    Description: `Health checks failed with these codes: [${status}]`,
  };
}

function assess(world: World, group: TargetGroup, registration: Registration): void {
  if (registration.state === 'draining') return;
  const { machine } = registration;
  const passing =
    appStatus(machine) === 200 && (machine.faults.targetNeverHealthy !== true || registration.state === 'healthy');
  if (registration.passing === passing) return;
  registration.passing = passing;
  const turn = ++registration.turns;
  const state = passing ? 'healthy' : 'unhealthy';
  if (registration.state === state) return;
  const checks = passing ? group.healthyThreshold : group.unhealthyThreshold;
  world.agenda.after(checks * group.intervalSeconds, () => {
    if (registration.turns !== turn) return;
    registration.state = state;
    world.rerouted();
    world.targetChanged(machine);
  });
}
