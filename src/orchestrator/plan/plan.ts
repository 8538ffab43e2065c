/** From a policy, a fleet and the past to what a run would do. Pure: the same in, the same out, to the byte. */
import { findEnvironment } from '../../policies/groups.ts';
import type { Policy } from '../../policies/policy.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { approve, mergeHeld } from './approve.ts';
import { capacityOf } from './capacity.ts';
import { type Eligible, serves, sort } from './eligible.ts';
import { estimate } from './estimate.ts';
import { fingerprintOf } from './fits.ts';
import { inOrder } from './in-order.ts';
import { problems } from './problems/problems.ts';
import { longestDrain, settingsOf } from './settings.ts';
import type { FinishedRun, Plan, PlannedInstance, PlannedPatch } from './types.ts';
import { countOf, MOST_AT_ONCE, waves } from './waves.ts';

export interface PlanInput {
  policy: Policy;
  fleet: Fleet;
  /** One of the policy's. */
  environment: string;
  /** The runs that succeeded, in every environment. */
  history: FinishedRun[];
  /** ISO 8601, UTC. */
  now: string;
}

/** What a run on this group would do at `now`. Throws a RangeError for an environment that the policy does not have. */
export function plan({ policy, fleet: read, environment: name, history, now }: PlanInput): Plan {
  const environment = findEnvironment(policy, name);
  if (environment === undefined) throw new RangeError(`policy ${policy.name} has no environment ${name}`);
  const fleet = inOrder(read);
  const { group, instances } = fleet;
  const { eligible, untouchable } = sort(instances);
  const approvals = approve(instances, policy, environment, history, now);
  const approved = (instanceId: string): PlannedPatch[] => approvals.get(instanceId)?.approved ?? [];
  const chosen = eligible.filter(({ instanceId }) => approved(instanceId).length > 0);

  const serving = instances.filter(serves);
  const { room, lowerMinTo, ...sizes } = capacityOf(policy, group, serving.length);
  const capacity = { ...sizes, ...(chosen.length === 0 || lowerMinTo === undefined ? {} : { lowerMinTo }) };
  const canary = countOf(policy.rollout.canary, serving.length);
  const made = waves(
    chosen.map((instance) => planned(instance, approved(instance.instanceId))),
    { canary, concurrency: Math.min(Math.max(1, room), MOST_AT_ONCE), serving: countByZone(serving) },
  );
  const held = mergeHeld(approvals);
  const settings = settingsOf(policy, group);
  return {
    version: 1,
    madeAt: now,
    policy: { name: policy.name, fingerprint: policy.fingerprint },
    environment: name,
    region: fleet.region,
    group: {
      name: group.name,
      min: group.min,
      max: group.max,
      desired: group.desired,
      suspendedProcesses: group.suspendedProcesses,
      targetGroupArns: group.targetGroups.map(({ arn }) => arn),
    },
    fingerprint: fingerprintOf(fleet, approved),
    capacity,
    settings,
    waves: made,
    untouched: [
      ...untouchable.map(({ instance: { instanceId, az }, reason }) => ({ instanceId, az, reason })),
      ...eligible.filter(({ instanceId }) => approved(instanceId).length === 0).map(withNothingToDo),
    ].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1)),
    held,
    problems: problems({
      policy,
      fleet,
      now,
      eligible,
      chosen,
      untouchable,
      held,
      capacity: { ...capacity, room },
      canary,
    }),
    estimate: estimate({ waves: made, settings, drainSeconds: longestDrain(group), group: group.name, history }),
  };
}

function planned(instance: Eligible, patches: PlannedPatch[]): PlannedInstance {
  return {
    instanceId: instance.instanceId,
    az: instance.az,
    operatingSystem: instance.operatingSystem,
    privateIp: instance.privateIp ?? null,
    publicIp: instance.publicIp ?? null,
    privateDnsName: instance.privateDnsName ?? null,
    rootVolumeId: instance.rootVolumeId ?? null,
    protectedFromScaleIn: instance.protectedFromScaleIn,
    patches,
  };
}

function withNothingToDo({ instanceId, az, missing, pendingReboot }: Eligible): Plan['untouched'][number] {
  const waiting = pendingReboot === 0 ? '' : `; a reboot is pending for ${pendingReboot} installed`;
  const nothing = missing.length === 0 ? 'nothing is missing' : 'everything missing is held';
  return { instanceId, az, reason: `${nothing}${waiting}` };
}

function countByZone(instances: { az: string }[]): Map<string, number> {
  return new Map([...Map.groupBy(instances, ({ az }) => az)].map(([az, there]) => [az, there.length]));
}
