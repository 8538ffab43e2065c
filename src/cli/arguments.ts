/** Parsers of flags' values, for commander: each gives the value or says what it takes instead. */
import { InvalidArgumentError } from 'commander';
import { parseSince, parseTime } from '../orchestrator/moment.ts';

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

/** A day or a time in ISO 8601; a day is its beginning, and a time without a zone is UTC. */
export function time(text: string): Date {
  return parseTime(text) ?? refuseTime();
}

/** A day, a time, or how long ago: `90m`, `4h`, `7d`. */
export function since(text: string): Date {
  return parseSince(text, Date.now()) ?? refuseTime();
}

function refuseTime(): never {
  throw new InvalidArgumentError('It takes a day or a time, such as 2026-03-10 or 2026-03-10T02:00:00+09:00.');
}

/** Collects a flag that may be given more than once; a comma separates several in one. */
export function list(text: string, before: string[] | undefined): string[] {
  const given = text.split(',').map((part) => part.trim());
  if (given.some((part) => part === ''))
    throw new InvalidArgumentError('It takes a name, or several with commas between.');
  return [...(before ?? []), ...given];
}
