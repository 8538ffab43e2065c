/** How exposed the fleets are: the patches that they miss, by environment and severity. Pure. */
import type { FinishedRun } from '../../../orchestrator/plan/types.ts';
import type { Decision } from '../../../policies/approval.ts';
import type { Environment } from '../../../policies/policy.ts';
import { foldWord } from '../../../policies/words.ts';
import type { Exposure } from '../../api/shapes.ts';
import { inGateOrder } from '../environments.ts';
import { type Decide, decider, groupsOf, standing } from '../fleets/decided.ts';
import type { FleetLook } from '../fleets/look.ts';
import { keyOf, type Missing, releaseOf } from '../fleets/missing.ts';
import { nextWindows } from '../windows.ts';

type Row = Exposure['rows'][number];
type Patch = Exposure['patches'][number];

const DAY_MS = 86_400_000;

export interface ExposureInput {
  /** Absent: there is none yet, and no row. */
  look: FleetLook | undefined;
  /** Whether a newer look is on its way. */
  working: boolean;
  /** The runs that the soak gates ask. */
  finished: FinishedRun[];
  /** Milliseconds since 1970. */
  now: number;
}

/** What a look tells of how exposed the fleets are. */
export function exposureOf({ look, working, finished, now }: ExposureInput): Omit<Exposure, 'history' | 'latency'> {
  const base = standing(look, working, now);
  if (look === undefined) return { ...base, rows: [], patches: [] };
  const decide = decider(look.policy, finished, now);
  const environments = inGateOrder(look.policy);
  const found = environments.flatMap((environment) => missingHere(look, environment, decide));
  const severities = bySeverity(new Set(['Critical', ...found.map(({ missing }) => missing.patch.severity)]));
  const windows = nextWindows(look.policy, now);
  return {
    ...base,
    rows: environments.flatMap(({ name }) =>
      severities.map((severity) => ({
        ...rowOf(name, severity, found, now),
        nextWindow: windows.get(name) ?? null,
      })),
    ),
    patches: found.map((each) => patchOf(each, now)).sort((a, b) => worstFirst(a, b)),
  };
}

/** A patch that is missing in a group, and what the policy decides over it there. */
interface Found {
  environment: string;
  group: string;
  missing: Missing;
  decision: Decision;
}

function missingHere(look: FleetLook, environment: Environment, decide: Decide): Found[] {
  return groupsOf(look, environment.name).flatMap(({ group, missing: all }) =>
    all.map((missing) => ({
      environment: environment.name,
      group,
      missing,
      decision: decide(missing, environment),
    })),
  );
}

function rowOf(environment: string, severity: string, found: Found[], now: number): Omit<Row, 'nextWindow'> {
  const here = found.filter((each) => each.environment === environment && each.missing.patch.severity === severity);
  const approved = here.flatMap(({ decision, missing }) =>
    decision.approved ? [{ since: decision.since, key: keyOf(missing.patch) }] : [],
  );
  const ages = here.flatMap(({ missing }) => ageOf(missing, now) ?? []);
  return {
    environment,
    severity,
    waiting: new Set(here.map(({ missing }) => keyOf(missing.patch))).size,
    approved: new Set(approved.map(({ key }) => key)).size,
    instances: new Set(here.flatMap(({ missing }) => missing.instanceIds)).size,
    oldestDays: ages.length === 0 ? null : Math.max(...ages),
    approvedSince: approved.map(({ since }) => since).toSorted()[0] ?? null,
  };
}

function patchOf({ environment, group, missing, decision }: Found, now: number): Patch {
  const { patch, instanceIds } = missing;
  return {
    environment,
    group,
    patch: patch.id,
    title: patch.title,
    classification: patch.classification,
    severity: patch.severity,
    cves: patch.cves,
    rule: decision.rule ?? null,
    instances: new Set(instanceIds).size,
    releasedAt: releaseOf(patch),
    ageDays: ageOf(missing, now),
    approvedSince: decision.approved ? decision.since : null,
    heldUntil: decision.approved ? null : (decision.until ?? null),
    waitsFor: decision.approved ? null : decision.waitsFor,
  };
}

/** In days, to a tenth; null where the release is not known. */
function ageOf({ patch }: Missing, now: number): number | null {
  const released = Date.parse(patch.releasedAt ?? '');
  return Number.isNaN(released) ? null : Math.max(0, Math.round(((now - released) / DAY_MS) * 10) / 10);
}

const ORDER = ['critical', 'required', 'important', 'high', 'medium', 'standard', 'low', 'optional', 'extra'];

/** Severities of all operating systems, the gravest first; what has none is last. */
export function bySeverity(severities: Iterable<string>): string[] {
  return [...severities].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function rank(severity: string): number {
  const at = ORDER.indexOf(foldWord(severity));
  return at === -1 ? ORDER.length : at;
}

function worstFirst(a: Patch, b: Patch): number {
  return (
    rank(a.severity) - rank(b.severity) ||
    (b.ageDays ?? -1) - (a.ageDays ?? -1) ||
    (a.title < b.title ? -1 : a.title > b.title ? 1 : 0) ||
    (a.group < b.group ? -1 : 1)
  );
}
