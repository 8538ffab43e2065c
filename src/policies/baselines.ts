/** A policy in Patch Manager's own terms: patch baselines per operating system, and the list that a run installs. */
import type { PatchRule as BaselineRule, CreatePatchBaselineRequest, PatchFilter } from '@aws-sdk/client-ssm';
import { delaySeconds } from './approval.ts';
import { DAY_SECONDS, formatDuration } from './duration.ts';
import { type Environment, OPERATING_SYSTEMS, type OperatingSystem, type PatchRule, type Policy } from './policy.ts';
import { FILTER_WORDS, type FilterWords, foldWord } from './words.ts';

/** Why no baseline can say what the policy says. */
export interface BaselineProblem {
  operatingSystem: OperatingSystem;
  /** The rule it is about; absent: all of them together. */
  rule?: string;
  message: string;
  remedy: string;
}

/** Limits of Patch Manager for one baseline. */
const MAX_RULES = 10;
const MAX_APPROVED = 50;

/** The values of one filter; undefined: any. */
type Values = string[] | undefined;
interface Filters {
  classification: Values;
  severity: Values;
}
interface Compiled {
  rule: PatchRule;
  days: number;
  filters: Filters;
}

/**
 * The inputs of CreatePatchBaseline for an environment, one for each operating system that Patch Manager can keep the policy on,
 * and the problems of the others. Days are rounded up: Patch Manager counts no parts of a day.
 *
 * In Patch Manager every rule that matches approves, so the shortest delay wins; in a policy the first rule that matches
 * decides. Where an earlier rule waits longer, what it matches is cut out of the later ones.
 */
export function compileBaselines(
  policy: Policy,
  environment: Environment,
  operatingSystems: readonly OperatingSystem[] = OPERATING_SYSTEMS,
): { baselines: CreatePatchBaselineRequest[]; problems: BaselineProblem[] } {
  const results = operatingSystems.map((os) => compile(policy, environment, os));
  return {
    baselines: results.flatMap(({ baseline, problems }) => (problems.length === 0 ? [baseline] : [])),
    problems: results.flatMap(({ problems }) => problems),
  };
}

function compile(policy: Policy, environment: Environment, os: OperatingSystem) {
  const words = FILTER_WORDS[os];
  const byId = policy.patches.rules.filter(({ match }) => match.id.length > 0);
  const compiled = policy.patches.rules.flatMap((rule): Compiled[] => {
    const filters = rule.match.id.length > 0 ? undefined : filtersOf(rule, words);
    return filters === undefined ? [] : [{ rule, days: daysOf(rule, environment), filters }];
  });
  const problems = [
    ...delayProblems(policy, environment, os, [...compiled.map(({ rule }) => rule), ...byId]),
    ...byId.flatMap((rule) => idProblems(rule, policy, environment, os)),
  ];
  const rules = disjoint(compiled, words).map((each) => baselineRule(each, words, os));
  // With a longer delay, the run's own list decides: no filter of a baseline's rules knows the ids of patches.
  const approved = byId
    .filter((rule) => delaySeconds(rule, environment) === 0 && isIdAlone(rule))
    .flatMap(({ match }) => match.id);
  problems.push(...limitProblems(os, rules.length, approved.length));
  const baseline: CreatePatchBaselineRequest = {
    Name: `drydock-${policy.name}-${environment.name}-${os.toLowerCase().replaceAll('_', '-')}`,
    Description: `Policy ${policy.name} (${policy.fingerprint}) in ${environment.name}. Made by drydock: changes are overwritten.`,
    OperatingSystem: os,
    ...(rules.length > 0 && { ApprovalRules: { PatchRules: rules } }),
    ...(approved.length > 0 && {
      ApprovedPatches: [...new Set(approved)].sort(),
      ...(os !== 'WINDOWS' && { ApprovedPatchesEnableNonSecurity: true }),
    }),
  };
  return { baseline, problems };
}

/** What a rule matches in the words of an operating system; undefined: nothing there. */
function filtersOf({ match }: PatchRule, words: FilterWords): Filters | undefined {
  const inWords = (wanted: string[], known: string[]): Values => {
    const folded = wanted.map(foldWord);
    return wanted.length === 0 ? undefined : known.filter((word) => folded.includes(foldWord(word)));
  };
  // APT has no classes; of what its repositories hold, Patch Manager takes those for security as such.
  const filters =
    words.family === 'classified'
      ? {
          classification: inWords(match.classification, words.classification),
          severity: inWords(match.severity, words.severity),
        }
      : {
          classification: inWords(match.classification, ['Security']),
          severity: inWords(match.severity, words.priority),
        };
  return filters.classification?.length === 0 || filters.severity?.length === 0 ? undefined : filters;
}

function daysOf(rule: PatchRule, environment: Environment): number {
  return Math.ceil(delaySeconds(rule, environment) / DAY_SECONDS);
}

/** The same rules, with what an earlier and more patient rule matches cut out of the later ones. */
function disjoint(rules: Compiled[], words: FilterWords): Compiled[] {
  if (words.family === 'prioritized') return rules;
  return rules.flatMap((each, at) => {
    const patient = rules.slice(0, at).filter(({ days }) => days > each.days);
    const parts = patient.reduce(
      (left, { filters }) => left.flatMap((part) => without(part, filters, words)),
      [each.filters],
    );
    return parts.map((filters) => ({ ...each, filters }));
  });
}

/** `part` less `cut`: what differs in class, and what shares the class but differs in severity. */
function without(part: Filters, cut: Filters, words: FilterWords & { family: 'classified' }): Filters[] {
  const common = {
    classification: both(part.classification, cut.classification),
    severity: both(part.severity, cut.severity),
  };
  if (common.classification?.length === 0 || common.severity?.length === 0) return [part];
  const others = less(part.classification, cut.classification, words.classification);
  const otherSeverities = less(part.severity, cut.severity, words.severity);
  return [
    ...(others.length === 0 ? [] : [{ classification: others, severity: part.severity }]),
    ...(otherSeverities.length === 0 ? [] : [{ classification: common.classification, severity: otherSeverities }]),
  ];
}

function both(a: Values, b: Values): Values {
  if (a === undefined || b === undefined) return a ?? b;
  return a.filter((word) => b.includes(word));
}

function less(a: Values, b: Values, all: string[]): string[] {
  return b === undefined ? [] : (a ?? all).filter((word) => !b.includes(word));
}

function baselineRule({ rule, days, filters }: Compiled, words: FilterWords, os: OperatingSystem): BaselineRule {
  const { classification, severity } = filters;
  const PatchFilters: PatchFilter[] = [{ Key: 'PRODUCT', Values: ['*'] }];
  if (words.family === 'classified') {
    PatchFilters.push({ Key: 'CLASSIFICATION', Values: classification ?? ['*'] });
    PatchFilters.push({ Key: words.severityKey, Values: severity ?? ['*'] });
  } else PatchFilters.push({ Key: 'PRIORITY', Values: severity ?? ['*'] });
  const beyondSecurity = classification === undefined || classification.some((word) => foldWord(word) !== 'security');
  return {
    PatchFilterGroup: { PatchFilters },
    // Debian and Ubuntu take no delay: there the run's own list holds a patch back.
    ApproveAfterDays: words.family === 'prioritized' ? 0 : days,
    ComplianceLevel: complianceLevel(rule),
    ...(os !== 'WINDOWS' && { EnableNonSecurity: beyondSecurity }),
  };
}

const COMPLIANCE_LEVELS = [
  ['critical', 'CRITICAL'],
  ['important', 'HIGH'],
  ['medium', 'MEDIUM'],
  ['low', 'LOW'],
] as const;

/** How badly it counts in Patch Manager's compliance when such a patch is missing: as its gravest severity says. */
function complianceLevel({ match }: PatchRule) {
  const severities = match.severity.map(foldWord);
  return COMPLIANCE_LEVELS.find(([severity]) => severities.includes(severity))?.[1] ?? 'UNSPECIFIED';
}

/** Debian and Ubuntu have no release dates in Patch Manager: a delay there would silently not be kept. */
function delayProblems(
  policy: Policy,
  environment: Environment,
  os: OperatingSystem,
  rules: PatchRule[],
): BaselineProblem[] {
  if (FILTER_WORDS[os].family === 'classified' || policy.patches.unsupportedDelays === 'pin') return [];
  return rules
    .filter((rule) => delaySeconds(rule, environment) > 0)
    .map((rule) => ({
      operatingSystem: os,
      rule: rule.name,
      message: `${rule.name} waits ${formatDuration(delaySeconds(rule, environment))} in ${environment.name}, and Patch Manager knows no release dates on ${os}: the delay would silently not be kept`,
      remedy:
        'set patches.unsupportedDelays: pin, which counts from when a patch was first seen and installs by explicit list, or set approveAfter: 0d',
    }));
}

/** Rules for single ids: a baseline can approve an id at once or not at all. */
function idProblems(rule: PatchRule, policy: Policy, environment: Environment, os: OperatingSystem): BaselineProblem[] {
  const problem = (message: string, remedy: string) => [{ operatingSystem: os, rule: rule.name, message, remedy }];
  if (os === 'WINDOWS' && rule.match.id.some((id) => /[*?]/.test(id) && /^KB/i.test(id))) {
    return problem(
      `${rule.name} has a wildcard, and Patch Manager takes none in the ids of Windows`,
      'write out the KB numbers',
    );
  }
  if (policy.patches.overrideList !== undefined) return [];
  const remedy = 'set patches.overrideList, so that the list of the run decides and not the baseline';
  if (delaySeconds(rule, environment) > 0 || !isIdAlone(rule)) {
    return problem(
      `${rule.name} matches ids, and a patch baseline can only approve an id at once, unconditionally`,
      remedy,
    );
  }
  const before = policy.patches.rules.slice(0, policy.patches.rules.indexOf(rule));
  const patient = before.find((other) => delaySeconds(other, environment) > 0);
  return patient === undefined
    ? []
    : problem(
        `${patient.name} stands before ${rule.name} and waits longer, and a patch baseline cannot say that`,
        `move ${rule.name} to the front, or ${remedy}`,
      );
}

function isIdAlone({ match }: PatchRule): boolean {
  return match.classification.length === 0 && match.severity.length === 0;
}

function limitProblems(os: OperatingSystem, rules: number, approved: number): BaselineProblem[] {
  const over = (count: number, most: number, what: string): BaselineProblem[] =>
    count <= most
      ? []
      : [
          {
            operatingSystem: os,
            message: `${count} ${what}, and a patch baseline holds at most ${most}`,
            remedy: 'merge rules that have the same delay, or order them by rising delay',
          },
        ];
  return [...over(rules, MAX_RULES, 'rules'), ...over(approved, MAX_APPROVED, 'approved ids')];
}

/**
 * The text of an InstallOverrideList: exactly these patches, sorted, the same text for the same set. A title is given
 * where it pins the version (`id:version…`, on Linux, where AWS-RunPatchBaseline filters by it) or is a Windows update's (there only
 * for people); any other title would filter the patch out. Throws for an empty set and for ids with wildcards, which would install more.
 */
export function installOverrideList(patches: readonly { id: string; title?: string }[]): string {
  if (patches.length === 0)
    throw new RangeError('an override list of no patches: AWS-RunPatchBaseline has nothing to install');
  const entries = patches.map(({ id, title = '' }) => {
    if (!isListable(id)) throw new RangeError(`not the id of one patch: ${JSON.stringify(id)}`);
    const says = title.startsWith(`${id}:`) ? !/[*?[\]]/.test(title) : /^KB\d+$/i.test(id) && title !== '';
    return `  - id: ${quoted(id)}\n${says ? `    title: ${quoted(title)}\n` : ''}`;
  });
  return `patches:\n${[...new Set(entries)].sort().join('')}`;
}

/**
 * Whether an InstallOverrideList can name a patch by this id: a single word without wildcards. Windows' drivers and some of its
 * updates have no article, and then Patch Manager knows them by their titles alone.
 */
export function isListable(id: string): boolean {
  return /^[^\s*?[\]]+$/.test(id);
}

/** A YAML text in single quotes, on one line. */
function quoted(text: string): string {
  return `'${text.replace(/[\s\p{Cc}]+/gu, ' ').replaceAll("'", "''")}'`;
}
