/** A plan for people to read, in the order in which they ask: is it safe, what happens, what does not, what does it take. */
import { createColors } from 'picocolors';
import { formatDuration } from '../../policies/duration.ts';
import { printable } from '../printable.ts';
import type { HeldPatch, Plan, PlannedPatch, Problem, Wave } from './types.ts';

export interface RenderOptions {
  color: boolean;
  /** Columns of the terminal. */
  width: number;
}

/** The plan as text. What comes from AWS is shown without its control characters. */
export function renderPlan(given: Plan, { color, width }: RenderOptions): string {
  const plan = madePrintable(given);
  const { bold, dim, red, yellow } = createColors(color);
  const problem = ({ level, message, remedy }: Problem) =>
    `  ${level === 'error' ? red('error  ') : yellow('warning')}  ${message}\n           ${dim(`→ ${remedy}`)}`;
  const sections = [
    head(plan).map((line, at) => (at === 0 ? bold(line) : line)),
    titled(bold('Problems'), plan.problems.map(problem)),
    ...plan.waves.map((wave) => titled(bold(waveTitle(wave)), waveLines(wave, dim))),
    titled(
      bold('Held'),
      plan.held.map((patch) => heldLine(patch, dim)),
    ),
    titled(
      bold('Untouched'),
      plan.untouched.map(({ instanceId, az, reason }) => `  ${instanceId}  ${az}  ${reason}`),
    ),
    [conclusion(plan)],
  ];
  const text = sections
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n');
  return `${text
    .split('\n')
    .map((line) => (color ? line : clip(line, width)))
    .join('\n')}\n`;
}

function titled(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function head({ group, environment, policy, capacity, madeAt, settings }: Plan): string[] {
  const lowered =
    capacity.lowerMinTo === undefined ? '' : `, minimum ${group.min} lowered to ${capacity.lowerMinTo} for the run`;
  return [
    `${group.name} in ${environment}, by policy ${policy.name} (${policy.fingerprint}), as of ${madeAt}`,
    `${capacity.inService} of ${group.desired} in service (min ${group.min}, max ${group.max}); at most ${capacity.maxUnavailable} out at a time, never fewer than ${capacity.floor}${lowered}`,
    isolation(settings.isolation),
  ];
}

function isolation(kind: 'detach' | 'standby'): string {
  return kind === 'detach'
    ? 'isolation detach: out of reach of scale-in and health checks while open; scale-in protection is lost and set again'
    : 'isolation standby: stays a member; an instance refresh would wait for it';
}

function waveTitle({ number, kind, instances, concurrency }: Wave): string {
  const size = `${instances.length} ${instances.length === 1 ? 'instance' : 'instances'}`;
  return `Wave ${number}${kind === 'canary' ? ', canary' : ''}: ${size}, ${concurrency} at a time`;
}

/** Instances with the same patches are listed together: in most fleets they all have. */
function waveLines(wave: Wave, dim: (text: string) => string): string[] {
  const sets = Map.groupBy(wave.instances, ({ patches }) => patches.map(({ title }) => title).join('\n'));
  return [...sets.values()].flatMap((instances) => [
    ...instances.map(({ instanceId, az, operatingSystem }) => `  ${instanceId}  ${az}  ${operatingSystem}`),
    ...(instances[0]?.patches ?? []).map((patch) => `    ${patchLine(patch, dim)}`),
  ]);
}

function patchLine(
  { id, severity, classification, cves, rule, approvedSince }: PlannedPatch,
  dim: (text: string) => string,
): string {
  const what = [id, `${classification}/${severity}`, ...cves].join('  ');
  return `${what}  ${dim(`${rule}, approved since ${approvedSince}`)}`;
}

function heldLine({ id, severity, cves, waitsFor, instanceIds }: HeldPatch, dim: (text: string) => string): string {
  const where = `${instanceIds.length} ${instanceIds.length === 1 ? 'instance' : 'instances'}`;
  return `  ${[id, severity, ...cves, where].filter((part) => part !== '').join('  ')}\n    ${dim(waitsFor)}`;
}

function conclusion({ waves, problems, estimate }: Plan): string {
  const count = waves.reduce((total, wave) => total + wave.instances.length, 0);
  const errors = problems.filter(({ level }) => level === 'error').length;
  if (errors > 0) return `Not run with ${errors} ${errors === 1 ? 'error' : 'errors'}.`;
  if (count === 0) return 'Nothing to do.';
  const minutes = Math.ceil(estimate.seconds / 60);
  const cost = `on Step Functions ${estimate.stateTransitions} state transitions, $${estimate.dollars}`;
  return `${count} ${count === 1 ? 'instance' : 'instances'} to patch, about ${formatDuration(minutes * 60)}; ${cost}.`;
}

/** Every text in the plan made safe for a terminal: titles, tags and names come from elsewhere. */
function madePrintable<T>(value: T): T;
function madePrintable(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(madePrintable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, madePrintable(member)]));
}

function clip(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
