/** The times that stand along the axis. */
import { clockTime, dateOf, minuteTime, shortTime } from '../../../time/format.ts';
import type { Span } from './span.ts';

export interface Tick {
  at: number;
  label: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY),
];
const ROOM_PX = 92;

/** Round times of the zone, as many as have room in `width` px. */
export function ticks(view: Span, width: number, zone?: string): Tick[] {
  const room = Math.max(1, Math.floor(width / ROOM_PX));
  const step = STEPS.find((one) => (view.to - view.from) / one <= room) ?? 28 * DAY;
  const offset = offsetAt(view.from, zone);
  const found: Tick[] = [];
  for (let at = Math.ceil((view.from + offset) / step) * step - offset; at <= view.to; at += step) {
    found.push({ at, label: labelOf(at, step, view, zone) });
  }
  return found;
}

function labelOf(at: number, step: number, view: Span, zone: string | undefined): string {
  if (step < MINUTE) return clockTime(at, zone);
  if (dateOf(view.from, zone) === dateOf(view.to, zone)) return minuteTime(at, zone);
  return minuteTime(at, zone) === '00:00' ? dateOf(at, zone).slice(0, -5) : shortTime(at, at, zone);
}

/** How far the zone is ahead of UTC then, in ms. */
function offsetAt(at: number, zone: string | undefined): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZoneName: 'longOffset',
    ...(zone === undefined ? {} : { timeZone: zone }),
  });
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE);
}
