/** What the policy decides over what is missing, as of now. */
import type { MissingPatch } from '../../../orchestrator/fleet/fleet.ts';
import { decideOver } from '../../../orchestrator/plan/approve.ts';
import type { FinishedRun } from '../../../orchestrator/plan/types.ts';
import type { Decision } from '../../../policies/approval.ts';
import type { Environment, Policy } from '../../../policies/policy.ts';
import type { FleetLook } from './look.ts';
import type { LookedGroup, Missing } from './missing.ts';

/** Decides over a missing patch in an environment; `now` in ms since 1970. */
export type Decide = (missing: Missing, environment: Environment) => Decision;

/** Decides by the policy and the runs that succeeded. What was decided once is not asked again. */
export function decider(policy: Policy, finished: FinishedRun[], now: number): Decide {
  const known = new Map<string, Decision>();
  return ({ patch, decided }, environment) => {
    // Only the plan knew when it was first seen, or that it never was.
    if (decided !== undefined && isUndated(patch)) return decided;
    const key = `${environment.name}\n${JSON.stringify(patch)}`;
    const decision = known.get(key) ?? decideOver(patch, policy, environment, finished, now);
    known.set(key, decision);
    return decision;
  };
}

function isUndated({ releasedAt, firstSeenAt }: MissingPatch): boolean {
  return releasedAt === undefined && firstSeenAt === undefined;
}

/** When the look was made, and the groups that it shows as of another time, or not at all. */
export function standing(look: FleetLook | undefined, working: boolean, now: number) {
  const fresh = look?.groups.filter(({ stale }) => stale === undefined).map(({ asOf }) => asOf) ?? [];
  const all = look?.groups.map(({ asOf }) => asOf) ?? [];
  return {
    now: new Date(now).toISOString(),
    asOf: earliest(fresh) ?? earliest(all) ?? (look === undefined ? null : new Date(look.at).toISOString()),
    looking: working,
    stale: [
      ...(look?.groups.flatMap(({ group, asOf, stale }) =>
        stale === undefined ? [] : [{ group, asOf, why: stale }],
      ) ?? []),
      ...(look?.unknown.map(({ group, why }) => ({ group, asOf: null, why })) ?? []),
    ],
  };
}

function earliest(times: readonly string[]): string | undefined {
  return times.toSorted()[0];
}

/** The groups by the environment that they are in. */
export function groupsOf(look: FleetLook | undefined, environment: string): LookedGroup[] {
  return look?.groups.filter((group) => group.environment === environment) ?? [];
}
