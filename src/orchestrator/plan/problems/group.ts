import type { FleetGroup } from '../../fleet/fleet.ts';
import { someOf } from '../names.ts';
import type { Problem } from '../types.ts';
import { error, found, type Preflight, warning } from './problem.ts';

/** What is to be known even where nothing would be done: that nothing can be done is not that nothing is missing. */
export function groupStateProblems({ fleet: { group, instances }, eligible, capacity }: Preflight): Problem[] {
  const holder = group.tags['drydock:run-id'];
  const sick = instances.length > 0 && capacity.inService === 0;
  return found(
    holder !== undefined &&
      holder !== '' &&
      error(
        'group-held',
        `the group carries the tag of run ${holder}`,
        `Wait for it (drydock runs watch ${holder}), or make whole what it left: drydock recover ${holder}.`,
      ),
    sick &&
      error(
        'group-sick',
        `no instance of ${group.name} is in service and healthy`,
        'Mend the group first: patching is not what it needs.',
      ),
    !sick &&
      instances.length > 0 &&
      eligible.length === 0 &&
      error(
        'none-can-be-patched',
        `none of the ${instances.length} instances of ${group.name} can be patched, each for a reason of its own below`,
        'Do what the warnings say, then plan again.',
      ),
  );
}

/** What of the group matters to a run. */
export function groupProblems({ policy, fleet: { group, instances }, capacity }: Preflight): Problem[] {
  const hooks = [...group.launchLifecycleHooks, ...group.terminateLifecycleHooks];
  const { holders, marked } = leftMarked(instances);
  return found(
    group.instanceRefresh !== undefined &&
      error(
        'instance-refresh',
        `an instance refresh of the group is ${group.instanceRefresh}; it and a rollout exclude each other`,
        'Wait for it or cancel it.',
      ),
    group.classicLoadBalancers.length > 0 &&
      error(
        'classic-load-balancer',
        `the group is registered with a Classic Load Balancer (${group.classicLoadBalancers.join(', ')}), whose draining is not watched`,
        'Move it to a target group.',
      ),
    ...suspendedProcesses(group),
    capacity.lowerMinTo !== undefined &&
      warning(
        'minimum-lowered',
        `the minimum of ${group.min} would refuse to let an instance out, so it is ${capacity.lowerMinTo} during the run`,
        'Nothing: it is put back at the end.',
      ),
    group.warmPool &&
      warning(
        'warm-pool',
        'the group has a warm pool, whose instances are not patched',
        'Renew the warm pool from a patched image.',
      ),
    hooks.length > 0 &&
      warning(
        'lifecycle-hooks',
        `lifecycle hooks (${hooks.join(', ')}) act on replacements and delay them`,
        'See that they answer in time.',
      ),
    group.mixedInstances &&
      warning(
        'mixed-instances',
        'the group has a mixed instances policy: a replacement may be of another type or purchase option than what it replaces',
        'Nothing, if that is meant.',
      ),
    group.maintenancePolicy !== undefined &&
      warning(
        'maintenance-policy',
        `the instance maintenance policy of the group (${group.maintenancePolicy.minHealthyPercentage}–${group.maintenancePolicy.maxHealthyPercentage}% healthy) binds what the group replaces, not who is taken out of it: here rollout.maxUnavailable does`,
        `See that rollout.maxUnavailable keeps as many in service as you want: the plan never goes below ${capacity.floor}.`,
      ),
    !group.hasLaunchTemplate &&
      (policy.rollback === 'restore' ? warning : error)(
        'no-launch-template',
        'the group has no launch template to launch a replacement from',
        policy.rollback === 'restore'
          ? 'Give it one, or expect a root volume that cannot be restored to need a person.'
          : `Give it one: rollback is ${policy.rollback}, which launches a replacement.`,
      ),
    marked.length > 0 &&
      (group.tags['drydock:run-id'] ?? '') === '' &&
      warning(
        'instance-marked',
        `${someOf(marked)} still ${marked.length === 1 ? 'carries' : 'carry'} the tag of ${someOf(holders)}, which left something behind`,
        `Make it whole first: drydock recover ${holders[0]}.`,
      ),
  );
}

function leftMarked(instances: Preflight['fleet']['instances']) {
  const marked = instances.filter(({ runId }) => runId !== undefined && runId !== '');
  return {
    holders: [...new Set(marked.flatMap(({ runId }) => runId ?? []))].sort(),
    marked: marked.map(({ instanceId }) => instanceId),
  };
}

/** What each of these does while somebody has suspended it. Others only stay suspended. */
const MATTERS: Record<string, string> = {
  Launch: 'no replacement can be launched, should one be needed',
  Terminate: 'the group terminates no instance, one that is to be replaced included',
};

function suspendedProcesses({ suspendedProcesses: suspended, targetGroups }: FleetGroup): Problem[] {
  const others = suspended.filter((process) => !Object.hasOwn(MATTERS, process) && process !== 'AddToLoadBalancer');
  return found(
    suspended.includes('AddToLoadBalancer') &&
      targetGroups.length > 0 &&
      error(
        'not-added-to-load-balancer',
        'AddToLoadBalancer is suspended: an instance that comes back would get no traffic',
        'Resume AddToLoadBalancer.',
      ),
    ...Object.entries(MATTERS).map(
      ([process, effect]) =>
        suspended.includes(process) &&
        warning(
          'process-suspended',
          `somebody suspended ${process}: ${effect}`,
          `Resume ${process} before the run, or expect a failed rollback to need a person.`,
        ),
    ),
    others.length > 0 &&
      warning(
        'process-suspended',
        `somebody suspended ${others.join(', ')}, which the run leaves suspended`,
        'Nothing, if that is meant.',
      ),
  );
}
