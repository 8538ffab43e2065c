/**
 * Which patches a policy approves in an environment, since when, and what the others wait for. Reads no clock: `now`
 * is in milliseconds since 1970, dates are ISO 8601 in UTC.
 */
import { DAY_SECONDS, formatDuration } from './duration.ts';
import { matchesGlob } from './pattern.ts';
import type { Environment, PatchRule, Policy } from './policy.ts';
import { foldWord } from './words.ts';

/** What approval must know of a patch. */
export interface DatedPatch {
  /** Patch Manager's id: `kernel.x86_64`, `KB5031356`. */
  id: string;
  /** On Linux it holds the version, which the id does not: `kernel.x86_64:0:5.10.245-241.976.amzn2`. */
  title?: string;
  classification: string;
  severity: string;
  /** Absent where Patch Manager knows no release date (Debian and Ubuntu always). */
  releasedAt?: string;
  /** When it was first seen missing anywhere, where somebody kept that: what `unsupportedDelays: pin` counts from. */
  firstSeenAt?: string;
}

/** A run that is over, as the soak gate and `pin` look at it. */
export interface PastRun {
  runId: string;
  policy: string;
  environment: string;
  status: string;
  endedAt: string;
  /** Ids of the patches it installed, and where ids do not tell versions apart, their titles. */
  patches: string[];
}

export type Decision =
  | { approved: true; rule: string; since: string }
  | {
      approved: false;
      /** Absent: no rule matches it, it is never approved. */
      rule?: string;
      /** When it becomes approved, where that is known. */
      until?: string;
      /** One sentence: the date or the run that it waits for. */
      waitsFor: string;
    };

export type Gate =
  | { open: true; since?: string }
  | { open: false /** When it opens, where that is known. */; until?: string; waitsFor: string };

/** The rule that decides over a patch: the first that matches. */
export function matchingRule(patch: DatedPatch, policy: Policy): PatchRule | undefined {
  return policy.patches.rules.find(({ match }) => {
    const fits = (words: string[], word: string) => words.length === 0 || words.map(foldWord).includes(foldWord(word));
    const id = patch.id.toLowerCase();
    return (
      fits(match.classification, patch.classification) &&
      fits(match.severity, patch.severity) &&
      (match.id.length === 0 || match.id.some((pattern) => matchesGlob(pattern.toLowerCase(), id)))
    );
  });
}

/** How long after its release a rule approves a patch in an environment, in seconds. */
export function delaySeconds(rule: PatchRule, environment: Environment): number {
  return Math.max(0, rule.approveAfterSeconds - environment.leadSeconds);
}

/**
 * When a rule approves a patch in an environment, in milliseconds; undefined when there is no date to count from.
 *
 * AWS counts the days of a delay in two ways: n × 24 hours after the release (the API reference), and whole days of
 * UTC (the baseline's other pages). A delay of a day or more holds until both are over: n × 24 hours, and then to the
 * next midnight in UTC, so that n whole UTC days lie behind. Shorter delays, which AWS cannot count, are exact.
 */
export function approvedAt(patch: DatedPatch, rule: PatchRule, environment: Environment): number | undefined {
  const released = time(patch.releasedAt);
  return released === undefined ? undefined : afterDelay(released, delaySeconds(rule, environment));
}

function afterDelay(from: number, seconds: number): number {
  const dayMs = DAY_SECONDS * 1000;
  const exact = from + seconds * 1000;
  return seconds < DAY_SECONDS ? exact : Math.ceil(exact / dayMs) * dayMs;
}

/**
 * Whether a patch has soaked long enough in the environment before this one. It has, once a run of the same policy
 * there succeeded with the patch at least `soak` ago; an environment without a gate, and a rule exempt from it, let it through.
 */
export function soakGate(
  patch: DatedPatch,
  rule: PatchRule,
  environment: Environment,
  policy: Pick<Policy, 'name'>,
  runs: readonly PastRun[],
  now: number,
): Gate {
  const { gate } = environment;
  if (gate === undefined || !rule.soak) return { open: true };
  const soak = formatDuration(gate.soakSeconds);
  const proven = earliest(
    runs.filter((run) => run.policy === policy.name && run.environment === gate.after && carried(run, patch)),
  );
  if (proven === undefined) {
    const waitsFor = `no run of policy ${policy.name} has succeeded in ${gate.after} with it yet; after one it soaks for ${soak}`;
    return { open: false, waitsFor };
  }
  const opens = iso(proven.ended + gate.soakSeconds * 1000);
  if (Date.parse(opens) <= now) return { open: true, since: opens };
  const waitsFor = `run ${proven.runId} succeeded in ${gate.after} with it at ${iso(proven.ended)}; it soaks for ${soak}, until ${opens}`;
  return { open: false, until: opens, waitsFor };
}

/**
 * Whether a run succeeded with this very patch. On Linux an id names a package, whatever its version: there it counts
 * only if the run named the title, or ended after this version was released.
 */
function carried(run: PastRun, patch: DatedPatch): boolean {
  if (run.status !== 'succeeded') return false;
  if (patch.title !== undefined && patch.title !== '' && run.patches.includes(patch.title)) return true;
  const [ended, released] = [time(run.endedAt), time(patch.releasedAt)];
  if (!run.patches.includes(patch.id) || ended === undefined) return false;
  return released === undefined ? /^KB\d+$/i.test(patch.id) : ended >= released;
}

function earliest(runs: readonly PastRun[]): { runId: string; ended: number } | undefined {
  let first: { runId: string; ended: number } | undefined;
  for (const { runId, endedAt } of runs) {
    const ended = time(endedAt);
    if (ended !== undefined && (first === undefined || ended < first.ended)) first = { runId, ended };
  }
  return first;
}

/**
 * Whether a policy approves a patch in an environment at `now`, by which rule and since when; or what it waits for.
 * `runs` are the past runs of every environment. A patch approved once stays approved, whatever the later `now`.
 */
export function decide(
  patch: DatedPatch,
  policy: Policy,
  environment: Environment,
  runs: readonly PastRun[],
  now: number,
): Decision {
  const rule = matchingRule(patch, policy);
  if (rule === undefined) return { approved: false, waitsFor: `no rule of policy ${policy.name} matches it` };
  const dated = dateOf(patch, rule, policy, environment, runs, now);
  const gate = soakGate(patch, rule, environment, policy, runs, now);
  if ('date' in dated && dated.date <= now && gate.open) {
    const since = Math.max(dated.date, time(gate.since) ?? dated.date);
    return { approved: true, rule: rule.name, since: iso(since) };
  }
  const waits = [...('date' in dated ? [] : [dated.waitsFor]), ...(gate.open ? [] : [gate.waitsFor])];
  if ('date' in dated && dated.date > now) waits.unshift(dateSentence(rule, environment, dated));
  const until = 'date' in dated ? latest(dated.date, gate) : undefined;
  return {
    approved: false,
    rule: rule.name,
    ...(until !== undefined && { until: iso(until) }),
    waitsFor: waits.join('; '),
  };
}

type Dated = { date: number; from: 'release' | 'first seen' } | { waitsFor: string };

/**
 * The day a rule approves a patch on. Without a release date a delay is kept only where the policy says how: `pin`
 * counts it from the day the patch was first seen, which somebody must have noted (or a run have installed it).
 */
function dateOf(
  patch: DatedPatch,
  rule: PatchRule,
  policy: Policy,
  environment: Environment,
  runs: readonly PastRun[],
  now: number,
): Dated {
  const date = approvedAt(patch, rule, environment);
  if (date !== undefined) return { date, from: 'release' };
  const delay = delaySeconds(rule, environment);
  const seen = time(patch.firstSeenAt) ?? earliest(runs.filter((run) => carried(run, patch)))?.ended;
  if (delay === 0) return { date: Math.min(seen ?? now, now), from: 'first seen' };
  const days = formatDuration(delay);
  if (policy.patches.unsupportedDelays !== 'pin') {
    const waitsFor = `Patch Manager knows no release date of it, so ${rule.name} cannot wait ${days}; set patches.unsupportedDelays: pin, or approve it without delay`;
    return { waitsFor };
  }
  if (seen === undefined) {
    return { waitsFor: `${rule.name} waits ${days} from the day it was first seen, and that day is not on record yet` };
  }
  return { date: afterDelay(seen, delay), from: 'first seen' };
}

function dateSentence(rule: PatchRule, environment: Environment, dated: { date: number; from: string }): string {
  const after = dated.from === 'release' ? 'its release' : 'it was first seen';
  const delay = formatDuration(delaySeconds(rule, environment));
  return `${rule.name} approves it in ${environment.name} at ${iso(dated.date)}, ${delay} after ${after}`;
}

/** When both the date and the gate are behind; undefined while nobody knows when the gate opens. */
function latest(date: number, gate: Gate): number | undefined {
  if (gate.open) return date;
  const opens = time(gate.until);
  return opens === undefined ? undefined : Math.max(date, opens);
}

function time(text: string | undefined): number | undefined {
  const parsed = Date.parse(text ?? '');
  return Number.isNaN(parsed) ? undefined : parsed;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
