/** From a policy, a fleet and the past to what a run would do. Pure: the same in, the same out, to the byte. */
import { createHash } from 'node:crypto';
import { findEnvironment } from '../../policies/groups.ts';
import type { Policy } from '../../policies/policy.ts';
import type { Fleet, FleetInstance } from '../fleet/fleet.ts';
import { approve, mergeHeld } from './approve.ts';
import { type Eligible, serves, sort } from './eligible.ts';
import { estimate } from './estimate.ts';
import type { MadePlan } from './made-plan.ts';
import { problems } from './problems.ts';
import type { FinishedRun, Plan, PlannedInstance, PlannedPatch, Settings } from './types.ts';
import { countOf, waves } from './waves.ts';

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
export function plan({ policy, fleet, environment: name, history, now }: PlanInput): Plan {
  const environment = findEnvironment(policy, name);
  if (environment === undefined) throw new RangeError(`policy ${policy.name} has no environment ${name}`);
  const { group } = fleet;
  const members = fleet.instances.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  const { eligible, untouchable } = sort(members);
  const approvals = new Map(
    members.map((instance) => [instance.instanceId, approve(instance, policy, environment, history, now)]),
  );
  const approved = (instance: FleetInstance): PlannedPatch[] => approvals.get(instance.instanceId)?.approved ?? [];
  const chosen = eligible.filter((instance) => approved(instance).length > 0);
  const inService = members.filter(serves).length;
  const maxUnavailable = countOf(policy.rollout.maxUnavailable, inService);
  const canary = countOf(policy.rollout.canary, inService);
  const lowerTo = Math.max(0, group.desired - maxUnavailable);
  const lowerMinTo = chosen.length > 0 && lowerTo < group.min ? lowerTo : undefined;
  const settings = settingsOf(policy, fleet);
  const made = waves(
    chosen.map((instance) => planned(instance, approved(instance))),
    canary,
    maxUnavailable,
  );
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
    fingerprint: fingerprint(fleet, members, approved),
    capacity: {
      inService,
      maxUnavailable,
      floor: Math.max(0, group.desired - maxUnavailable),
      ...(lowerMinTo === undefined ? {} : { lowerMinTo }),
    },
    settings,
    waves: made,
    untouched: [
      ...[...untouchable].map(([{ instanceId, az }, { reason }]) => ({ instanceId, az, reason })),
      ...eligible
        .filter((instance) => approved(instance).length === 0)
        .map(({ instanceId, az, missing }) => ({
          instanceId,
          az,
          reason: missing.length === 0 ? 'nothing is missing' : 'everything missing is held',
        })),
    ].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1)),
    held: mergeHeld(approvals),
    problems: problems({
      policy,
      fleet: { ...fleet, instances: members },
      now,
      chosen,
      untouchable: [...untouchable.values()],
      inService,
      maxUnavailable,
      canary,
      lowerMinTo,
    }),
    estimate: estimate({ waves: made, settings, health: policy.health, group: group.name, history }),
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

/** Draining may end a little after its delay; a target needs its health checks after that. */
const DRAIN_MARGIN_SECONDS = 120;
const IN_SERVICE_SECONDS = 900;

function settingsOf(policy: Policy, { group }: Fleet): Settings {
  const { rollout, patches } = policy;
  const delays = group.targetGroups.map(({ deregistrationDelaySeconds }) => deregistrationDelaySeconds);
  return {
    isolation: rollout.isolation,
    rollback: policy.rollback,
    reboot: patches.reboot === 'never' ? 'NoReboot' : 'RebootIfNeeded',
    maxFailures: rollout.maxFailures,
    bakeSeconds: rollout.bakeSeconds,
    suspend: rollout.suspend.filter((process) => !group.suspendedProcesses.includes(process)),
    alarms: rollout.alarms,
    changeCalendars: rollout.changeCalendars,
    health: policy.health,
    drainSeconds: Math.max(0, ...delays) + DRAIN_MARGIN_SECONDS,
    patchTimeoutSeconds: rollout.patchTimeoutSeconds,
    inServiceSeconds: IN_SERVICE_SECONDS,
    ...(patches.overrideList === undefined ? {} : { overrideList: patches.overrideList }),
  };
}

function fingerprint(fleet: Fleet, members: FleetInstance[], approved: (i: FleetInstance) => PlannedPatch[]): string {
  const { name, min, max, desired } = fleet.group;
  const instances = members.map((instance) => [
    instance.instanceId,
    instance.lifecycleState,
    approved(instance).map(({ title }) => title),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([name, min, max, desired, instances]))
    .digest('hex')
    .slice(0, 16);
}

/** What has changed since `made`, in words; empty when a fresh plan is the same where it counts. */
export function fits(made: MadePlan, fresh: Plan): string[] {
  if (made.fingerprint === fresh.fingerprint && made.policy.fingerprint === fresh.policy.fingerprint) return [];
  const ids = (of: MadePlan) =>
    new Set([...of.waves.flatMap((wave) => wave.instances), ...of.untouched].map((i) => i.instanceId));
  const [before, now] = [ids(made), ids(fresh)];
  const changes = [
    ...(made.group.name === fresh.group.name ? [] : [`the group is ${fresh.group.name}, not ${made.group.name}`]),
    ...(made.policy.fingerprint === fresh.policy.fingerprint ? [] : ['the policy has changed']),
    ...(['min', 'max', 'desired'] as const)
      .filter((size) => made.group[size] !== fresh.group[size])
      .map((size) => `${size} is ${fresh.group[size]}, not ${made.group[size]}`),
    ...[...before].filter((id) => !now.has(id)).map((id) => `${id} is no longer in the group`),
    ...[...now].filter((id) => !before.has(id)).map((id) => `${id} is new in the group`),
  ];
  return changes.length > 0 ? changes : ['states of instances, or the patches approved for them, have changed'];
}
