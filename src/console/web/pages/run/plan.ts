/** A plan in lines to read. What it does not say is left out. */
import { at, listAt, numberAt, textAt, textsAt } from './loose.ts';

export interface PlanLine {
  name: string;
  value: string;
}

export interface PlanProblem {
  level: string;
  message: string;
  remedy: string;
}

type InSeconds = (seconds: number) => string;

/** What a reader asks of a plan, in the order of the rollout. `span` says a number of seconds in words. */
export function planLines(plan: unknown, span: InSeconds): PlanLine[] {
  const lines: [string, string | undefined][] = [
    ['Group', groupWords(plan)],
    ['Capacity', capacityWords(plan)],
    ['Waves', wavesWords(plan)],
    ['Isolation', textAt(plan, 'settings', 'isolation')],
    ['Suspends', listWords(textsAt(plan, 'settings', 'suspend'))],
    ['Patches with', patchingWords(plan, span)],
    ['Hooks', hooksWords(plan)],
    ['Checks', checksWords(plan, span)],
    ['Bakes', spanWords(numberAt(plan, 'settings', 'bakeSeconds'), (words) => `${words} after each wave`, span)],
    ['Halts', haltsWords(plan)],
    [
      'Approval',
      { 'after-canary': 'by a person, after the canary', none: 'none' }[textAt(plan, 'settings', 'approval') ?? ''],
    ],
    ['Rolls back by', textAt(plan, 'settings', 'rollback')],
    ['Keeps snapshots', spanWords(numberAt(plan, 'settings', 'keepSnapshotsSeconds'), (words) => `for ${words}`, span)],
    ['Estimate', estimateWords(plan, span)],
    ['Fingerprint', textAt(plan, 'fingerprint')],
  ];
  return lines.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [{ name, value }]));
}

/** What was found before the run, errors first. */
export function planProblems(plan: unknown): PlanProblem[] {
  return listAt(plan, 'problems')
    .map((problem) => ({
      level: textAt(problem, 'level') ?? 'warning',
      message: textAt(problem, 'message') ?? '',
      remedy: textAt(problem, 'remedy') ?? '',
    }))
    .toSorted((a, b) => a.level.localeCompare(b.level));
}

function groupWords(plan: unknown): string | undefined {
  const name = textAt(plan, 'group', 'name');
  if (name === undefined) return undefined;
  const sizes = ['min', 'desired', 'max'].flatMap((key) => {
    const size = numberAt(plan, 'group', key);
    return size === undefined ? [] : [`${key} ${size}`];
  });
  const region = textAt(plan, 'region');
  return [name, ...(region === undefined ? [] : [region]), ...sizes].join(', ');
}

function capacityWords(plan: unknown): string | undefined {
  const inService = numberAt(plan, 'capacity', 'inService');
  const floor = numberAt(plan, 'capacity', 'floor');
  if (inService === undefined || floor === undefined) return undefined;
  const out = numberAt(plan, 'capacity', 'maxUnavailable');
  const lowered = numberAt(plan, 'capacity', 'lowerMinTo');
  return [
    `${inService} in service, never below ${floor}`,
    ...(out === undefined ? [] : [`at most ${out} out at once`]),
    ...(lowered === undefined ? [] : [`minimum lowered to ${lowered} for the run`]),
  ].join('; ');
}

function wavesWords(plan: unknown): string | undefined {
  const waves = listAt(plan, 'waves');
  if (waves.length === 0) return undefined;
  const canary = waves.find((wave) => textAt(wave, 'kind') === 'canary');
  const rest = waves.filter((wave) => wave !== canary);
  const count = (some: unknown[]) => some.reduce<number>((sum, wave) => sum + listAt(wave, 'instances').length, 0);
  const most = Math.max(0, ...rest.map((wave) => numberAt(wave, 'concurrency') ?? 1));
  return [
    ...(canary === undefined ? [] : [`a canary of ${count([canary])}`]),
    ...(rest.length === 0
      ? []
      : [`${rest.length} ${rest.length === 1 ? 'wave' : 'waves'} of ${count(rest)} in all, ${most} at a time`]),
  ].join(', then ');
}

function patchingWords(plan: unknown, span: InSeconds): string | undefined {
  const reboot = { RebootIfNeeded: 'reboot if needed', NoReboot: 'no reboot' }[
    textAt(plan, 'settings', 'reboot') ?? ''
  ];
  if (reboot === undefined) return undefined;
  return spanWords(
    numberAt(plan, 'settings', 'patchTimeoutSeconds'),
    (words) => `${reboot}, at most ${words} an instance`,
    span,
  );
}

function hooksWords(plan: unknown): string | undefined {
  const hooks = ['beforeDetach', 'afterPatch', 'afterAttach'].flatMap((when) => {
    const count = listAt(plan, 'settings', 'hooks', when).length;
    return count === 0 ? [] : [`${count} ${when}`];
  });
  return listWords(hooks);
}

function checksWords(plan: unknown, span: InSeconds): string | undefined {
  const checks = listAt(plan, 'settings', 'health').flatMap((check) => {
    const url = textAt(check, 'url');
    if (url === undefined) return [];
    const consecutive = numberAt(check, 'consecutive') ?? 1;
    const within = spanWords(numberAt(check, 'withinSeconds'), (words) => ` within ${words}`, span) ?? '';
    return [`${url}, ${consecutive === 1 ? 'once' : `${consecutive} times in a row`}${within}`];
  });
  return listWords(checks);
}

function haltsWords(plan: unknown): string | undefined {
  const most = numberAt(plan, 'settings', 'maxFailures');
  if (most === undefined) return undefined;
  const alarms = textsAt(plan, 'settings', 'alarms');
  const calendars = textsAt(plan, 'settings', 'changeCalendars');
  return [
    most === 0 ? 'at the first failure' : `at more than ${most} failures`,
    ...(alarms.length === 0 ? [] : [`at an alarm of ${alarms.join(', ')}`]),
    ...(calendars.length === 0 ? [] : [`while ${calendars.join(', ')} is closed`]),
  ].join('; ');
}

function estimateWords(plan: unknown, span: InSeconds): string | undefined {
  const seconds = numberAt(plan, 'estimate', 'seconds');
  if (seconds === undefined) return undefined;
  const transitions = numberAt(plan, 'estimate', 'stateTransitions');
  const dollars = numberAt(plan, 'estimate', 'dollars');
  return [
    span(seconds),
    ...(transitions === undefined ? [] : [`${transitions.toLocaleString('en')} state transitions`]),
    ...(dollars === undefined ? [] : [`$${dollars.toFixed(2)} on Step Functions`]),
  ].join(', ');
}

function spanWords(seconds: number | undefined, words: (span: string) => string, span: InSeconds): string | undefined {
  return seconds === undefined || seconds === 0 ? undefined : words(span(seconds));
}

function listWords(words: string[]): string | undefined {
  return words.length === 0 ? undefined : words.join(', ');
}

/** The instances that stay as they are, and why. */
export function untouchedIn(plan: unknown): { instanceId: string; reason: string }[] {
  return listAt(plan, 'untouched').map((one) => ({
    instanceId: String(at(one, 'instanceId') ?? ''),
    reason: textAt(one, 'reason') ?? '',
  }));
}
