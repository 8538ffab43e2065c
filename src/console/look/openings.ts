/** When maintenance windows are open, by their schedules alone. Times are in milliseconds since 1970. */
import { Cron } from 'croner';
import type { Schedule } from '../../policies/policy.ts';

export interface Opening {
  from: number;
  to: number;
}

/** Of a window that opens every few minutes nobody can see each opening. */
const MOST = 400;

/**
 * The times in `[from, to]` at which the window is open, also those that began before, oldest first. None for `rate(…)`: AWS counts it from
 * when the window was made, which only AWS knows; and none for an expression that no time fits.
 */
export function openingsOf(schedule: Schedule, from: number, to: number): Opening[] {
  const times = timesOf(schedule);
  const length = schedule.durationSeconds * 1000;
  const openings: Opening[] = [];
  // What opened just before `from` is open still.
  let after = from - length - 1;
  while (openings.length < MOST) {
    const next = times?.(after);
    if (next === undefined || next > to) break;
    openings.push({ from: next, to: next + length });
    after = next;
  }
  return openings.filter((opening) => opening.to > from);
}

/** When runs can begin next: the opening that is under way, unless its cutoff is reached, or the next. Undefined when there is none that is known. */
export function nextOpening(schedule: Schedule, now: number): number | undefined {
  const times = timesOf(schedule);
  const runsBegin = (schedule.durationSeconds - schedule.cutoffSeconds) * 1000;
  return times?.(now - runsBegin);
}

/** Gives, for a time, the first at which the window opens after it; undefined for what has no such times. */
function timesOf({ cron, timezone }: Schedule): ((after: number) => number | undefined) | undefined {
  const [, kind, inner = ''] = /^(cron|at)\((.*)\)$/.exec(cron) ?? [];
  if (kind === undefined) return undefined;
  try {
    const times = new Cron(kind === 'at' ? inner : withSeconds(inner), {
      timezone,
      paused: true,
      // As AWS has it: six fields that end with the year, SUN is 1, and 5/15 begins at 5.
      alternativeWeekdays: true,
      sloppyRanges: true,
      ...(kind === 'at' ? {} : { mode: '7-part' }),
    });
    return (after) => times.nextRun(new Date(after))?.getTime();
  } catch {
    // AWS takes some that are never due, such as ranges that end before they begin.
    return undefined;
  }
}

/** The six fields of AWS in the words of croner, which has seconds before them and its own word for the last of a weekday. */
function withSeconds(fields: string): string {
  const [minutes, hours, day, month, weekday = '', year] = fields.trim().split(/\s+/);
  const last = weekday
    .split(',')
    .map((each) => (each === 'L' ? 'SAT' : each.replace(/^(\w+)L$/, '$1#L')))
    .join(',');
  return ['0', minutes, hours, day, month, last, year].join(' ');
}
