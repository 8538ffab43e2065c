/** A plan for people to read, in the order in which they ask: is it safe, what happens, what does not, what does it take. */
import { createColors } from 'picocolors';
import { formatDuration } from '../../policies/duration.ts';
import { shown } from '../http/target.ts';
import { printable } from '../printable.ts';
import { someOf } from './names.ts';
import type { HeldPatch, Plan, PlannedPatch, Problem, Wave } from './types.ts';
import { wrap } from './wrap.ts';

export interface RenderOptions {
  color: boolean;
  /** Columns of the terminal. */
  width: number;
}

type Paint = 'bold' | 'dim' | 'red' | 'yellow';

/** One line before it is wrapped: painted as a whole, since colour is put on after the columns were counted. */
interface Line {
  text: string;
  paint?: Paint;
  /** Of the lines that it goes on in. */
  indent?: number;
}

/** The plan as text, no line longer than `width`. What comes from AWS is shown without its control characters. */
export function renderPlan(given: Plan, { color, width }: RenderOptions): string {
  const plan = madePrintable(given);
  const colors = createColors(color);
  const sections: Line[][] = [
    head(plan),
    titled('Problems', problemLines(plan.problems)),
    ...plan.waves.map((wave) => titled(waveTitle(wave), waveLines(wave))),
    titled('Held', plan.held.flatMap(heldLines)),
    titled('Untouched', untouchedLines(plan)),
    [{ text: conclusion(plan), paint: 'bold' }],
  ];
  const painted = ({ text, paint, indent = 4 }: Line) =>
    wrap(text, Math.max(40, width), indent).map((line) => (paint === undefined ? line : colors[paint](line)));
  return sections
    .filter((section) => section.length > 0)
    .map((section) => `${section.flatMap(painted).join('\n')}\n`)
    .join('\n');
}

function titled(title: string, lines: Line[]): Line[] {
  return lines.length === 0 ? [] : [{ text: title, paint: 'bold' }, ...lines];
}

function head({ group, environment, policy, capacity, madeAt, settings, region }: Plan): Line[] {
  const lowered =
    capacity.lowerMinTo === undefined ? '' : `, minimum ${group.min} lowered to ${capacity.lowerMinTo} for the run`;
  return [
    {
      text: `${group.name} (${region}) in ${environment}, by policy ${policy.name} (${policy.fingerprint}), as of ${madeAt}`,
      paint: 'bold',
    },
    {
      text: `${capacity.inService} of ${group.desired} in service (min ${group.min}, max ${group.max}); at most ${capacity.maxUnavailable} out at a time, never fewer than ${capacity.floor} in service${lowered}`,
    },
    { text: ISOLATION[settings.isolation], paint: 'dim' },
    { text: ROLLBACK[settings.rollback], paint: 'dim' },
    ...hookLines(settings),
  ];
}

/** What else runs on each instance. */
function hookLines({ hooks }: Plan['settings']): Line[] {
  return Object.entries(hooks).flatMap(([place, each]) => {
    const names = each.map(({ document, lambda, url }) => document ?? lambda ?? shown(url ?? ''));
    return names.length === 0 ? [] : [{ text: `hooks ${place}: ${names.join(', ')}`, paint: 'dim' as const }];
  });
}

const ISOLATION = {
  detach:
    'isolation detach: out of reach of scale-in and health checks while open; scale-in protection is lost and set again',
  standby: 'isolation standby: stays a member; an instance refresh that begins meanwhile waits for it, then fails',
};

const REPLACED = 'a replacement comes from the launch template, unpatched';
const ROLLBACK = {
  restore: `rollback restore: the root volume goes back to its snapshot; where that fails, ${REPLACED}`,
  replace: `rollback replace: ${REPLACED}`,
  quarantine: `rollback quarantine: the broken one is kept, detached, to be looked at; ${REPLACED}`,
};

/** Instances with the same problem are named together. */
function problemLines(problems: Problem[]): Line[] {
  const alike = Map.groupBy(problems, ({ level, code, instanceId, message, remedy }) =>
    JSON.stringify([level, code, remedy, instanceId === undefined ? message : message.replaceAll(instanceId, '')]),
  );
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const names = someOf(same.flatMap(({ instanceId }) => instanceId ?? []));
    const message = first.instanceId === undefined ? first.message : first.message.replaceAll(first.instanceId, names);
    const error = first.level === 'error';
    return [
      { text: `  ${error ? 'error  ' : 'warning'}  ${message}`, paint: error ? 'red' : 'yellow', indent: 11 },
      { text: `           → ${first.remedy} [${first.code}]`, paint: 'dim', indent: 13 },
    ];
  });
}

function waveTitle({ number, kind, instances, concurrency }: Wave): string {
  return `Wave ${number}${kind === 'canary' ? ', canary' : ''}: ${instancesOf(instances.length)}, ${concurrency} at a time`;
}

/** Instances with the same patches are listed together: in most fleets they all have. */
function waveLines(wave: Wave): Line[] {
  const sets = Map.groupBy(wave.instances, ({ patches }) => patches.map(({ title }) => title).join('\n'));
  return [...sets.values()].flatMap((instances) => [
    ...instances.map(({ instanceId, az, operatingSystem }) => ({ text: `  ${instanceId}  ${az}  ${operatingSystem}` })),
    ...(instances[0]?.patches ?? []).flatMap(patchLines),
  ]);
}

function patchLines({ id, title, severity, classification, cves, rule, approvedSince }: PlannedPatch): Line[] {
  const what = [id, `${classification}/${severity}`, ...cves].join('  ');
  // On Linux only the title has the version.
  const which = title === id ? '' : `${title}; `;
  return [
    { text: `    + ${what}`, indent: 8 },
    { text: `      ${which}${rule}, approved since ${approvedSince}`, paint: 'dim', indent: 8 },
  ];
}

function heldLines({ id, classification, severity, cves, waitsFor, instanceIds }: HeldPatch): Line[] {
  const what = [id, `${classification}/${severity}`, ...cves].join('  ');
  return [
    { text: `  - ${what}, missing on ${someOf(instanceIds)}`, indent: 6 },
    { text: `    ${waitsFor}`, paint: 'dim', indent: 6 },
  ];
}

function untouchedLines({ untouched }: Plan): Line[] {
  const alike = Map.groupBy(untouched, ({ reason }) => reason);
  return [...alike].flatMap(([reason, instances]) => [
    { text: `  ${reason}: ${instances.map(({ instanceId, az }) => `${instanceId} (${az})`).join(', ')}` },
  ]);
}

function conclusion({ waves, problems, untouched, estimate }: Plan): string {
  const count = waves.reduce((total, wave) => total + wave.instances.length, 0);
  const errors = problems.filter(({ level }) => level === 'error').length;
  if (errors > 0) return `Not run with ${errors} ${errors === 1 ? 'error' : 'errors'}.`;
  if (count === 0) return 'Nothing to do.';
  const minutes = Math.ceil(estimate.seconds / 60);
  const cost = `on Step Functions about ${estimate.stateTransitions} state transitions, $${estimate.dollars}`;
  const rest = untouched.length === 0 ? '' : `, ${untouched.length} untouched`;
  return `${instancesOf(count)} to patch${rest}; about ${formatDuration(minutes * 60)}; ${cost}.`;
}

function instancesOf(count: number): string {
  return count === 1 ? '1 instance' : `${count} instances`;
}

/** Every text in the plan made safe for a terminal: titles, tags and names come from elsewhere. */
function madePrintable<T>(value: T): T;
function madePrintable(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(madePrintable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, madePrintable(member)]));
}
