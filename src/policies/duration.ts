/** Durations as people write them in a policy (`90s 15m 4h 7d`) and as everything else uses them: whole seconds. */

export const DURATION_PATTERN = /^(\d{1,8})(s|m|h|d)$/;

export const DAY_SECONDS = 86_400;

const SECONDS = { s: 1, m: 60, h: 3600, d: DAY_SECONDS } as const;

/** The seconds of `90s`, `15m`, `4h` or `7d`; undefined when the text is none of these. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = DURATION_PATTERN.exec(text) ?? [];
  if (count === undefined || !(unit === 's' || unit === 'm' || unit === 'h' || unit === 'd')) return undefined;
  return Number(count) * SECONDS[unit];
}

/** Whole seconds in the largest unit that says them exactly: 604800 is `7d`, 5400 is `90m`, 0 is `0s`. */
export function formatDuration(seconds: number): string {
  if (!Number.isInteger(seconds) || seconds < 0) throw new RangeError(`not a duration in whole seconds: ${seconds}`);
  if (seconds === 0) return '0s';
  for (const unit of ['d', 'h', 'm'] as const) {
    if (seconds % SECONDS[unit] === 0) return `${seconds / SECONDS[unit]}${unit}`;
  }
  return `${seconds}s`;
}
