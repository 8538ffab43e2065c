/** The calendar as a picture: which days it has, and where on it each bar begins and ends. All times in ms since 1970. */
import type { Calendar } from '../../../api/shapes.ts';

export type Patch = Calendar['patches'][number];
export type Entry = Patch['in'][number];
export type Environment = Calendar['environments'][number];

export interface Span {
  from: number;
  to: number;
}

/** A part of a bar, in percent of the picture's width. */
export interface Part {
  /** `held`: until a date; `open`: nobody knows until when; `approved`; `never`. */
  kind: 'held' | 'open' | 'approved' | 'never';
  left: number;
  width: number;
}

const DAY = 86_400_000;
const LEAST_BACK = 7 * DAY;
const MOST_BACK = 35 * DAY;
const LEAST_AHEAD = 14 * DAY;
const MOST_AHEAD = 60 * DAY;
const BESIDE = 2 * DAY;

/** The days that the picture has: all that the patches speak of, as long as today does not get lost in it. */
export function spanOf({ patches }: Pick<Calendar, 'patches'>, now: number): Span {
  const times = patches.flatMap((patch) => [
    timeOf(patch.releasedAt),
    ...patch.in.flatMap(({ at, due }) => [timeOf(at), timeOf(due)]),
  ]);
  const known = times.filter((time) => time !== undefined);
  const back = now - Math.min(now, ...known) + BESIDE;
  const ahead = Math.max(now, ...known) - now + BESIDE;
  return {
    from: now - Math.min(MOST_BACK, Math.max(LEAST_BACK, back)),
    to: now + Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, ahead)),
  };
}

/** Where a time is, in percent; beyond the ends it is at the end. */
export function placeOf(at: number, { from, to }: Span): number {
  return Math.round(Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100)) * 100) / 100;
}

/** The parts of a bar: from the release to the approval, and from there on. */
export function partsOf(patch: Pick<Patch, 'releasedAt'>, entry: Entry, span: Span): Part[] {
  const start = timeOf(patch.releasedAt) ?? span.from;
  const at = timeOf(entry.at);
  const due = timeOf(entry.due);
  if (entry.state === 'never') return parts([['never', start, span.to]], span);
  if (at !== undefined) {
    return parts(
      [
        ['held', start, at],
        ['approved', at, span.to],
      ],
      span,
    );
  }
  return parts(
    [
      ['held', start, due ?? start],
      ['open', due ?? start, span.to],
    ],
    span,
  );
}

function parts(asked: [Part['kind'], number, number][], span: Span): Part[] {
  return asked.flatMap(([kind, from, to]) => {
    const left = placeOf(from, span);
    const width = Math.round((placeOf(to, span) - left) * 100) / 100;
    return width <= 0 ? [] : [{ kind, left, width }];
  });
}

/** When the patch can go out in an environment: the first window that opens once it is approved; undefined where none is known. */
export function goesOut(
  { openings }: Pick<Environment, 'openings'>,
  { at, missing }: Entry,
  now: number,
): number | undefined {
  const approved = timeOf(at);
  if (approved === undefined || missing === 0) return undefined;
  const from = Math.max(approved, now);
  const opening = openings.find(({ to }) => Date.parse(to) > from);
  return opening === undefined ? undefined : Math.max(from, Date.parse(opening.from));
}

/** The first days of weeks, as the reader's calendar has them: every one, or every other where they are many. */
export function weeksOf({ from, to }: Span): number[] {
  const step = to - from > 63 * DAY ? 14 : 7;
  const first = new Date(from);
  first.setHours(0, 0, 0, 0);
  // Weeks begin on Monday.
  first.setDate(first.getDate() + ((8 - first.getDay()) % 7));
  const weeks: number[] = [];
  for (const day = first; day.getTime() < to; day.setDate(day.getDate() + step)) weeks.push(day.getTime());
  return weeks;
}

/** Openings as bars, none so thin that it is not seen. */
export function openingsOf({ openings }: Pick<Environment, 'openings'>, span: Span): { left: number; width: number }[] {
  return openings.flatMap(({ from, to }) => {
    const [begins, ends] = [Date.parse(from), Date.parse(to)];
    if (ends <= span.from || begins >= span.to) return [];
    const left = placeOf(begins, span);
    return [{ left, width: Math.max(0.35, placeOf(ends, span) - left) }];
  });
}

export function timeOf(text: string | null): number | undefined {
  return text === null ? undefined : Date.parse(text);
}
