/** The policy as a calendar: each missing patch, and when it is approved in each environment. Pure. */
import type { MissingPatch } from '../../../orchestrator/fleet/fleet.ts';
import type { FinishedRun } from '../../../orchestrator/plan/types.ts';
import { approvedAt, type Decision, delaySeconds, matchingRule } from '../../../policies/approval.ts';
import { formatDuration } from '../../../policies/duration.ts';
import type { Environment, Policy } from '../../../policies/policy.ts';
import type { Calendar } from '../../api/shapes.ts';
import { inGateOrder } from '../environments.ts';
import { bySeverity } from '../exposure/exposure.ts';
import { type Decide, decider, groupsOf, standing } from '../fleets/decided.ts';
import type { FleetLook } from '../fleets/look.ts';
import { keyOf, type LookedGroup, type Missing, releaseOf } from '../fleets/missing.ts';
import { openingsOf } from '../openings.ts';
import { nextWindows, windowWords } from '../windows.ts';
import { environmentWords, matchWords } from './words.ts';

type Patch = Calendar['patches'][number];

const DAY_MS = 86_400_000;
/** How far the calendar of windows reaches from today: patches are approved within weeks, or else in a year. */
const BACK_MS = 36 * DAY_MS;
const AHEAD_MS = 60 * DAY_MS;

export interface CalendarInput {
  policy: Policy;
  /** Relative to where the console was started; null: the built-in policy. */
  file: string | null;
  look: FleetLook | undefined;
  /** Whether a newer look is on its way. */
  working: boolean;
  /** The runs that the soak gates ask. */
  finished: FinishedRun[];
  /** Milliseconds since 1970. */
  now: number;
}

/** What a look tells of the policy; before there is one, the policy alone. */
export function calendarOf({ policy, file, look, working, finished, now }: CalendarInput): Calendar {
  const environments = inGateOrder(policy);
  return {
    ...standing(look, working, now),
    policy: { name: policy.name, fingerprint: policy.fingerprint, file },
    environments: environmentsOf(policy, environments, now),
    rules: policy.patches.rules.map((rule, at) => ({
      name: rule.name,
      match: matchWords(rule, at === 0),
      approveAfter: formatDuration(rule.approveAfterSeconds),
      in: environments.map((environment) => ({
        environment: environment.name,
        after: formatDuration(delaySeconds(rule, environment)),
        soaks: environment.gate !== undefined && rule.soak,
      })),
    })),
    patches: look === undefined ? [] : patchesOf(look, policy, environments, decider(policy, finished, now)),
  };
}

function environmentsOf(policy: Policy, environments: readonly Environment[], now: number): Calendar['environments'] {
  const next = nextWindows(policy, now);
  return environments.map((environment) => {
    const windows = policy.schedule.filter((each) => each.environment === environment.name);
    const openings = windows.flatMap((window) => openingsOf(window, now - BACK_MS, now + AHEAD_MS));
    return {
      name: environment.name,
      after: environment.gate?.after ?? null,
      words: environmentWords(environment),
      windows: windows.map(windowWords),
      nextWindow: next.get(environment.name) ?? null,
      openings: openings
        .sort((a, b) => a.from - b.from)
        .map(({ from, to }) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })),
    };
  });
}

/** A patch that is missing in several groups stands there once. */
function patchesOf(look: FleetLook, policy: Policy, environments: readonly Environment[], decide: Decide): Patch[] {
  const everywhere = byPatch(look.groups);
  const here = new Map(environments.map(({ name }) => [name, byPatch(groupsOf(look, name))]));
  const patches = [...everywhere].map(([key, missing]): Patch => {
    const { id, title, severity, classification, cves } = missing.patch;
    return {
      ...{ id, title, severity, classification, cves },
      releasedAt: releaseOf(missing.patch),
      rule: matchingRule(missing.patch, policy)?.name ?? null,
      in: environments.map((environment) => {
        const found = here.get(environment.name)?.get(key);
        return {
          environment: environment.name,
          missing: found?.instanceIds.length ?? 0,
          ...standsAs(decide(found ?? { patch: missing.patch, instanceIds: [] }, environment)),
          due: dueIn(missing.patch, policy, environment),
        };
      }),
    };
  });
  const order = bySeverity(new Set(patches.map(({ severity }) => severity)));
  return patches.sort(
    (a, b) =>
      order.indexOf(a.severity) - order.indexOf(b.severity) ||
      (a.releasedAt ?? '').localeCompare(b.releasedAt ?? '') ||
      a.title.localeCompare(b.title),
  );
}

/** What the groups miss together, patch by patch. */
function byPatch(groups: readonly LookedGroup[]): Map<string, Missing> {
  const all = Map.groupBy(
    groups.flatMap(({ missing }) => missing),
    ({ patch }) => keyOf(patch),
  );
  return new Map(
    [...all].flatMap(([key, missing]) => {
      const [first] = missing;
      const instanceIds = [...new Set(missing.flatMap((each) => each.instanceIds))];
      return first === undefined ? [] : [[key, { ...first, instanceIds }] as const];
    }),
  );
}

type Standing = Pick<Patch['in'][number], 'state' | 'at' | 'waitsFor'>;

function standsAs(decision: Decision): Standing {
  if (decision.approved) return { state: 'approved', at: decision.since, waitsFor: null };
  const { rule, until = null, waitsFor } = decision;
  return { state: rule === undefined ? 'never' : 'held', at: until, waitsFor };
}

/** Where a patch has no release date its delay is counted from the day that it was first seen. */
function dueIn(patch: MissingPatch, policy: Policy, environment: Environment): string | null {
  const rule = matchingRule(patch, policy);
  const from = patch.releasedAt ?? patch.firstSeenAt;
  if (rule === undefined || from === undefined) return null;
  const due = approvedAt({ ...patch, releasedAt: from }, rule, environment);
  return due === undefined ? null : new Date(due).toISOString();
}
