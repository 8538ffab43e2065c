/** Parsers of flags' values, for commander: each gives the value or says what it takes instead. */
import { InvalidArgumentError } from 'commander';

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    throw new InvalidArgumentError(`It takes a whole number, ${range}.`);
  };
}

/** A number greater than nothing. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('It takes a number greater than 0.');
}

/** Where calls are sent to. An empty one, as an unset variable leaves it, must not mean AWS itself. */
export function endpoint(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('It takes a URL, such as http://127.0.0.1:5000.');
}

const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** A day or a time in ISO 8601; a day is its beginning, and a time without a zone is UTC. */
export function time(text: string): Date {
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes('T');
  const date = new Date(zoned ? text : `${text}Z`);
  // A day that no month has, such as February 30th, is taken by Date for one in the next month.
  const sameDay = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  if (ISO_TIME.test(text) && Number.isFinite(date.getTime()) && sameDay.toJSON()?.startsWith(text.slice(0, 10)))
    return date;
  throw new InvalidArgumentError('It takes a day or a time, such as 2026-03-10 or 2026-03-10T02:00:00+09:00.');
}

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A day, a time, or how long ago: `90m`, `4h`, `7d`. */
export function since(text: string): Date {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return time(text);
  return new Date(Date.now() - Number(amount) * (UNIT_MS[unit] ?? 0));
}

/** Collects a flag that may be given more than once; a comma separates several in one. */
export function list(text: string, before: string[] | undefined): string[] {
  const given = text.split(',').map((part) => part.trim());
  if (given.some((part) => part === ''))
    throw new InvalidArgumentError('It takes a name, or several with commas between.');
  return [...(before ?? []), ...given];
}
