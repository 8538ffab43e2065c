/** What stands in the way of a run, or should be known before it: each with what to do about it. */
import type { Policy } from '../../policies/policy.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Eligible, Untouchable } from './eligible.ts';
import type { Problem } from './types.ts';

export interface Preflight {
  policy: Policy;
  fleet: Fleet;
  now: string;
  /** The instances that would be patched. */
  chosen: Eligible[];
  untouchable: Untouchable[];
  inService: number;
  maxUnavailable: number;
  canary: number;
  lowerMinTo: number | undefined;
}

const OLD_SCAN_DAYS = 7;

/** All pre-flight problems, errors first. With errors a plan is not run. */
export function problems(preflight: Preflight): Problem[] {
  const found = [
    ...groupProblems(preflight),
    ...amountProblems(preflight),
    ...policyProblems(preflight),
    ...instanceProblems(preflight),
    ...preflight.untouchable.flatMap(({ problem }) => problem ?? []),
  ];
  return found.toSorted((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning'));
}

function error(code: string, message: string, remedy: string): Problem {
  return { level: 'error', code, message, remedy };
}

function warning(code: string, message: string, remedy: string): Problem {
  return { level: 'warning', code, message, remedy };
}

function groupProblems({ policy, fleet: { group, instances }, inService, lowerMinTo }: Preflight): Problem[] {
  const found: Problem[] = [];
  if (instances.length > 0 && inService === 0)
    found.push(
      error(
        'group-sick',
        `no instance of ${group.name} is in service and healthy`,
        'Mend the group first: patching is not what it needs.',
      ),
    );
  const holder = group.tags['drydock:run-id'];
  if (holder !== undefined && holder !== '')
    found.push(
      error(
        'group-held',
        `the group carries the tag of run ${holder}`,
        `Wait for it (drydock runs watch ${holder}), or make whole what it left: drydock recover ${holder}.`,
      ),
    );
  if (group.instanceRefresh !== undefined)
    found.push(
      error(
        'instance-refresh',
        `an instance refresh of the group is ${group.instanceRefresh}; it and a rollout exclude each other`,
        'Wait for it or cancel it.',
      ),
    );
  if (group.classicLoadBalancers.length > 0)
    found.push(
      error(
        'classic-load-balancer',
        `the group is registered with a Classic Load Balancer (${group.classicLoadBalancers.join(', ')}), whose draining is not watched`,
        'Move it to a target group.',
      ),
    );
  for (const process of ['Launch', 'Terminate', 'AddToLoadBalancer'].filter((name) =>
    group.suspendedProcesses.includes(name),
  ))
    found.push(
      warning(
        'process-suspended',
        `somebody suspended ${process}: ${process === 'AddToLoadBalancer' ? 'instances that are attached get no traffic' : 'a replacement will not come'}`,
        `Resume ${process} before the run, or expect rollbacks to need a person.`,
      ),
    );
  if (lowerMinTo !== undefined)
    found.push(
      warning(
        'minimum-lowered',
        `the minimum of ${group.min} would refuse a detach, so it is ${lowerMinTo} during the run`,
        'Nothing: it is put back at the end.',
      ),
    );
  if (group.warmPool)
    found.push(
      warning(
        'warm-pool',
        'the group has a warm pool, whose instances are not patched',
        'Renew the warm pool from a patched image.',
      ),
    );
  if (group.terminateLifecycleHooks.length + group.launchLifecycleHooks.length > 0)
    found.push(
      warning(
        'lifecycle-hooks',
        `lifecycle hooks (${[...group.launchLifecycleHooks, ...group.terminateLifecycleHooks].join(', ')}) act on replacements and delay them`,
        'See that they answer in time.',
      ),
    );
  if (policy.rollback !== 'quarantine' && !group.hasLaunchTemplate)
    found.push(
      warning(
        'no-launch-template',
        'the group has no launch template to launch a replacement from',
        'Give it one, or expect a failed rollback to need a person.',
      ),
    );
  return found;
}

function amountProblems({ policy, fleet: { group }, inService, maxUnavailable, canary, chosen }: Preflight): Problem[] {
  if (chosen.length === 0) return [];
  const found: Problem[] = [];
  if (maxUnavailable >= inService && inService > 0)
    found.push(
      error(
        'no-capacity-left',
        `maxUnavailable is ${maxUnavailable} of ${inService} healthy instances: none would serve`,
        inService === 1 ? 'Scale the group to two instances first.' : 'Lower rollout.maxUnavailable.',
      ),
    );
  if (canary > inService)
    found.push(
      error(
        'canary-too-large',
        `the canary of ${canary} is larger than the group of ${inService}`,
        'Lower rollout.canary.',
      ),
    );
  if (policy.rollout.capacity === 'surge')
    found.push(
      error(
        'not-yet-supported',
        'rollout.capacity is surge, which this version cannot do',
        'Set rollout.capacity: shrink.',
      ),
    );
  if (group.desired > group.max)
    found.push(
      error(
        'desired-above-maximum',
        `desired (${group.desired}) is above the maximum (${group.max}): attaching would be refused`,
        'Raise the maximum.',
      ),
    );
  return found;
}

function policyProblems({ policy, fleet: { group }, chosen }: Preflight): Problem[] {
  if (chosen.length === 0) return [];
  const found: Problem[] = [];
  const hooks = Object.values(policy.hooks).flat().length;
  if (hooks > 0)
    found.push(
      error(
        'not-yet-supported',
        `the policy has ${hooks} hooks, which this version does not call`,
        'Take them out, or wait for the version that calls them.',
      ),
    );
  if (policy.notify.length > 0)
    found.push(
      warning(
        'not-yet-supported',
        'the policy names whom to notify, which this version does not do',
        'Watch the run, or its exit code.',
      ),
    );
  if (policy.health.length === 0)
    found.push(
      group.targetGroups.length === 0
        ? error(
            'nothing-to-check',
            'the policy has no health check and the group no target group: a broken instance would go unnoticed',
            'Add a check under health.',
          )
        : warning(
            'no-health-check',
            'the policy has no health check: an instance is judged by its target groups alone, once it is back in service',
            'Add a check under health, which is made before it takes traffic.',
          ),
    );
  if (policy.patches.overrideList === undefined)
    found.push(
      warning(
        'set-not-pinned',
        'without patches.overrideList AWS installs what the registered patch baselines approve, which may be other than this plan',
        'Name a bucket: patches.overrideList: s3://bucket/prefix.',
      ),
    );
  if (
    policy.rollout.isolation === 'detach' &&
    group.targetGroups.length > 0 &&
    group.suspendedProcesses.includes('AddToLoadBalancer')
  )
    found.push(
      error(
        'not-added-to-load-balancer',
        'AddToLoadBalancer is suspended: an instance attached again would get no traffic',
        'Resume AddToLoadBalancer.',
      ),
    );
  return found;
}

function instanceProblems({ policy, chosen, now }: Preflight): Problem[] {
  const found: Problem[] = [];
  const named = (list: Eligible[]) =>
    `${list
      .slice(0, 3)
      .map(({ instanceId }) => instanceId)
      .join(', ')}${list.length > 3 ? ` and ${list.length - 3} more` : ''}`;
  const some = (list: Eligible[], make: (names: string) => Problem) => list.length > 0 && found.push(make(named(list)));
  const systems = new Set(chosen.map(({ operatingSystem }) => operatingSystem));
  if (systems.size > 1)
    found.push(
      warning(
        'mixed-operating-systems',
        `the group has ${[...systems].sort().join(', ')}`,
        'Nothing, if that is meant.',
      ),
    );
  if (policy.rollback === 'restore')
    some(
      chosen.filter(({ rootVolumeId }) => rootVolumeId === undefined),
      (names) =>
        warning(
          'root-not-restorable',
          `the root device of ${names} is no EBS volume: a failed patch ends in a replacement`,
          'Nothing, or rollback: replace.',
        ),
    );
  some(
    chosen.filter(({ protectedFromScaleIn }) => protectedFromScaleIn),
    (names) =>
      warning(
        'scale-in-protection',
        `${names} is protected from scale-in, which a detach loses; it is set again after`,
        'Nothing.',
      ),
  );
  some(
    chosen.filter(({ spot }) => spot),
    (names) =>
      warning(
        'spot',
        `${names} is a spot instance and may be reclaimed on the way`,
        'Nothing: it is recorded as gone.',
      ),
  );
  const old = Date.parse(now) - OLD_SCAN_DAYS * 86_400_000;
  some(
    chosen.filter(({ scannedAt }) => Date.parse(scannedAt ?? now) < old),
    (names) =>
      warning(
        'old-scan',
        `the patches of ${names} were last looked at over ${OLD_SCAN_DAYS} days ago`,
        'Run AWS-RunPatchBaseline with Operation Scan.',
      ),
  );
  for (const placeholder of ['publicIp', 'privateIp', 'privateDnsName'] as const) {
    if (!policy.health.some(({ url }) => url.includes(`{${placeholder}}`))) continue;
    some(
      chosen.filter((instance) => instance[placeholder] === undefined || instance[placeholder] === ''),
      (names) =>
        error(
          'health-url',
          `a health check asks for {${placeholder}}, which ${names} does not have`,
          'Use another placeholder in the URL.',
        ),
    );
  }
  return found;
}
