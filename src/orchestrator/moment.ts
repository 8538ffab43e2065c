/** Points in time as people write them. */

const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** A day or a time in ISO 8601; a day is its beginning, and a time without a zone is UTC. Undefined when the text is neither. */
export function parseTime(text: string): Date | undefined {
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes('T');
  const date = new Date(zoned ? text : `${text}Z`);
  // A day that no month has, such as February 30th, is taken by Date for one in the next month.
  const sameDay = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  const isOne =
    ISO_TIME.test(text) && Number.isFinite(date.getTime()) && sameDay.toJSON()?.startsWith(text.slice(0, 10));
  return isOne ? date : undefined;
}

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A day, a time, or how long before `now` (ms since 1970): `90m`, `4h`, `7d`. Undefined when the text is none of these. */
export function parseSince(text: string, now: number): Date | undefined {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return parseTime(text);
  return new Date(now - Number(amount) * (UNIT_MS[unit] ?? 0));
}
