/** Times and spans as people read them. `zone` is an IANA name; absent: the reader's own. Milliseconds since 1970 throughout. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Style = 'clock' | 'minute' | 'day' | 'year' | 'exact' | 'fine' | 'date';
const STYLES: Record<Style, Intl.DateTimeFormatOptions> = {
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  minute: { hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  year: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  exact: {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  },
  fine: {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
};

/** To make a formatter takes longer than to use it a hundred times. */
const made = new Map<string, Intl.DateTimeFormat>();

function formatted(at: number, style: Style, zone: string | undefined): string {
  const key = `${style} ${zone}`;
  const format =
    made.get(key) ??
    new Intl.DateTimeFormat('en-GB', {
      ...STYLES[style],
      hourCycle: 'h23',
      ...(zone === undefined ? {} : { timeZone: zone }),
    });
  made.set(key, format);
  return format.format(at);
}

/** `16:13:21`. */
export const clockTime = (at: number, zone?: string) => formatted(at, 'clock', zone);
/** `16:13`. */
export const minuteTime = (at: number, zone?: string) => formatted(at, 'minute', zone);
/** `28 Nov 2026, 16:13:21`. */
export const exactTime = (at: number, zone?: string) => formatted(at, 'exact', zone);
/** `28 Nov, 16:13:21.519`. */
export const fineTime = (at: number, zone?: string) => formatted(at, 'fine', zone);
/** `28 Nov 2026`. */
export const dateOf = (at: number, zone?: string) => formatted(at, 'date', zone);

/** As short as it stays clear at `now`: `16:13` today, `28 Nov, 16:13` this year, else with the year. */
export function shortTime(at: number, now: number, zone?: string): string {
  if (dateOf(at, zone) === dateOf(now, zone)) return minuteTime(at, zone);
  const year = (time: number) => dateOf(time, zone).slice(-4);
  return formatted(at, year(at) === year(now) ? 'day' : 'year', zone);
}

/** `2026-11-28 16:13:21 UTC`. */
export function utcTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A span: `45s`, `8m 21s`, `1h 05m`, `3d 04h`. Less than nothing counts as nothing. */
export function duration(span: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const left = Math.max(0, span);
  if (left < MINUTE) return `${Math.floor(left / SECOND)}s`;
  if (left < HOUR) return `${Math.floor(left / MINUTE)}m ${two((left % MINUTE) / SECOND)}s`;
  if (left < DAY) return `${Math.floor(left / HOUR)}h ${two((left % HOUR) / MINUTE)}m`;
  return `${Math.floor(left / DAY)}d ${two((left % DAY) / HOUR)}h`;
}

/** How far off a time is: `just now`, `3 min ago`, `2 h ago`, `5 days ago`, `in 3 h`. */
export function fromNow(at: number, now: number): string {
  const span = Math.abs(now - at);
  if (span < 45 * SECOND) return at <= now ? 'just now' : 'in a moment';
  const words = rough(span);
  return at <= now ? `${words} ago` : `in ${words}`;
}

function rough(span: number): string {
  if (span < 59.5 * MINUTE) return `${Math.max(1, Math.round(span / MINUTE))} min`;
  if (span < 36 * HOUR) return `${Math.round(span / HOUR)} h`;
  return `${Math.round(span / DAY)} days`;
}
