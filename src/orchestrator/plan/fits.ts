/** Whether a plan still holds: what it relies on in the fleet, as a hash and, where that differs, in words. */
import { createHash } from 'node:crypto';
import type { Fleet } from '../fleet/fleet.ts';
import type { MadePlan } from './made-plan.ts';
import { someOf } from './names.ts';
import type { Plan, PlannedPatch } from './types.ts';

/** Hash of the group's sizes and its members with their states and the patches approved for them. `fleet` is in order. */
export function fingerprintOf(fleet: Fleet, approved: (instanceId: string) => PlannedPatch[]): string {
  const { name, min, max, desired } = fleet.group;
  const instances = fleet.instances.map(({ instanceId, lifecycleState }) => [
    instanceId,
    lifecycleState,
    // Titles: on Linux an id is a package, whatever its version.
    approved(instanceId).map(({ title }) => title),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([name, min, max, desired, instances]))
    .digest('hex')
    .slice(0, 16);
}

/** What has changed since `made`, in words; empty when a fresh plan is the same where it counts. */
export function fits(made: MadePlan, fresh: Plan): string[] {
  if (made.fingerprint === fresh.fingerprint && made.policy.fingerprint === fresh.policy.fingerprint) return [];
  const changes = [
    ...(made.group.name === fresh.group.name ? [] : [`the group is ${fresh.group.name}, not ${made.group.name}`]),
    ...(made.policy.fingerprint === fresh.policy.fingerprint ? [] : ['the policy has changed']),
    ...(['min', 'max', 'desired'] as const)
      .filter((size) => made.group[size] !== fresh.group[size])
      .map((size) => `${size} is ${fresh.group[size]}, not ${made.group[size]}`),
    ...memberChanges(made, fresh),
  ];
  return changes.length > 0 ? changes : ['the states of instances that are left as they are have changed'];
}

/** Changes of members, those that changed alike in one sentence. */
function memberChanges(made: MadePlan, fresh: Plan): string[] {
  const [before, now] = [patchesById(made), patchesById(fresh)];
  const reasons = new Map(fresh.untouched.map(({ instanceId, reason }) => [instanceId, reason]));
  const alike = new Map<string, string[]>();
  for (const id of [...new Set([...before.keys(), ...now.keys()])].sort()) {
    const change = memberChange(before.get(id), now.get(id), reasons.get(id));
    if (change !== undefined) alike.set(change, [...(alike.get(change) ?? []), id]);
  }
  return [...alike].map(([change, ids]) => `${someOf(ids)}: ${change}`);
}

/** `undefined` is no member; no patches is one that is left as it is. */
function memberChange(before?: string[], now?: string[], reason?: string): string | undefined {
  if (now === undefined) return 'no longer in the group';
  if (before === undefined) return 'new in the group';
  if (before.length > 0 && now.length === 0) return `no longer to be patched: ${reason}`;
  const [added, removed] = [now.filter((title) => !before.includes(title)), before.filter((t) => !now.includes(t))];
  const parts = [
    ...(added.length === 0 ? [] : [`to get ${someOf(added)}, which was not planned`]),
    ...(removed.length === 0 ? [] : [`no longer to get ${someOf(removed)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}

function patchesById({ waves, untouched }: MadePlan): Map<string, string[]> {
  const patches = new Map<string, string[]>(untouched.map(({ instanceId }) => [instanceId, []]));
  for (const instance of waves.flatMap((wave) => wave.instances)) {
    patches.set(
      instance.instanceId,
      instance.patches.map(({ title }) => title),
    );
  }
  return patches;
}
