const OFFSET_DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i;

/**
 * Milliseconds since 1970-01-01T00:00:00Z of an ISO 8601 extended offset date-time, the only form Step Functions takes: with `T`, and
 * with `Z` or an offset. Undefined for anything else, also for a day or an hour that does not exist.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = OFFSET_DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour] = match.map(Number);
  const at = Date.parse(text.toUpperCase());
  if (Number.isNaN(at) || hour === 24) return undefined;
  // Date.parse takes the 31st of a month of 30 days for the 1st of the next one.
  const lastDay = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate();
  return (day ?? 0) <= lastDay ? at : undefined;
}
