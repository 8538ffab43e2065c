/** The patches that the instances of a group miss: from the group itself, or from the plan of the last run on it. */
import type { Fleet, MissingPatch } from '../../../orchestrator/fleet/fleet.ts';
import { tookBack } from '../../../orchestrator/runs/rollback.ts';
import type { Decision } from '../../../policies/approval.ts';
import type { PastRun } from '../past.ts';

export interface Missing {
  patch: MissingPatch;
  instanceIds: string[];
  /** What the plan decided over it where it knew more: the day that it was first seen. */
  decided?: Decision;
}

/** A group as it was looked at. */
export interface LookedGroup {
  group: string;
  environment: string;
  /** ISO 8601, UTC. */
  asOf: string;
  missing: Missing[];
  /** Why it may be otherwise by now; undefined where it was looked at just now. */
  stale?: string;
}

/** A group that was just read, in an environment of the policy. Also what cannot be patched is missing something. */
export function missingIn({ group, instances, readAt }: Fleet, environment: string): LookedGroup {
  const missing = new Map<string, Missing>();
  for (const { instanceId, missing: patches } of instances) {
    for (const patch of patches) note(missing, patch, instanceId);
  }
  const unseen = instances.filter(({ scannedAt }) => scannedAt === undefined).length;
  return {
    group: group.name,
    environment,
    asOf: readAt,
    missing: [...missing.values()],
    ...(unseen === 0 ? {} : { stale: neverScanned(unseen, instances.length) }),
  };
}

function neverScanned(unseen: number, all: number): string {
  const what = unseen === 1 ? '1 of its instances was' : `${unseen} of its ${all} instances were`;
  return `${what} never scanned by Patch Manager: what they miss is not known`;
}

/** A group as the last run on it left it, as far as the run's plan knew it: `why` it was not looked at now. */
export function missingAfter({ view, plan }: PastRun, why: string): LookedGroup {
  const outcomes = new Map(view.instances.map(({ instanceId, outcome }) => [instanceId, outcome]));
  const isMissing = (instanceId: string) => {
    const outcome = outcomes.get(instanceId) ?? 'pending';
    // A rollback's plan lists what it is to put back: of that, what it did put back is missing again.
    return view.rollbackOf === undefined ? outcome !== 'patched' && outcome !== 'gone' : tookBack(outcome);
  };
  const missing = new Map<string, Missing>();
  for (const { instanceId, patches } of plan.waves.flatMap(({ instances }) => instances)) {
    if (!isMissing(instanceId)) continue;
    for (const { rule, approvedSince, ...patch } of patches) {
      note(missing, patch, instanceId, { approved: true, rule, since: approvedSince });
    }
  }
  for (const { instanceIds, rule, until, waitsFor, ...patch } of plan.held) {
    const decided: Decision = {
      approved: false,
      waitsFor,
      ...(rule === undefined ? {} : { rule }),
      ...(until === undefined ? {} : { until }),
    };
    for (const instanceId of instanceIds) note(missing, patch, instanceId, decided);
  }
  return {
    group: plan.group.name,
    environment: plan.environment,
    asOf: plan.madeAt,
    missing: [...missing.values()],
    stale: why,
  };
}

function note(missing: Map<string, Missing>, patch: MissingPatch, instanceId: string, decided?: Decision): void {
  const key = keyOf(patch);
  const known = missing.get(key);
  if (known !== undefined) known.instanceIds.push(instanceId);
  else missing.set(key, { patch, instanceIds: [instanceId], ...(decided === undefined ? {} : { decided }) });
}

/** What makes one patch of two: on Linux the title has the version, which the id has not. */
export function keyOf({ id, title }: Pick<MissingPatch, 'id' | 'title'>): string {
  return `${id}\n${title}`;
}

/** When a patch was released, in the one form that the API has for times; null where nobody knows. */
export function releaseOf({ releasedAt }: Pick<MissingPatch, 'releasedAt'>): string | null {
  const time = Date.parse(releasedAt ?? '');
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
