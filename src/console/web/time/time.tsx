/** Times on the page: in the reader's zone, with UTC on hover. */
import { clockTime, exactTime, fineTime, fromNow, shortTime, utcTime } from './format.ts';

export interface TimeProps {
  /** ISO 8601, or ms since 1970. */
  at: string | number;
  /** The time by which it is short or relative, in ms since 1970; absent: the reader's clock. */
  now?: number | undefined;
  /** `exact` unless said otherwise. */
  as?: 'exact' | 'fine' | 'clock' | 'short' | 'from now';
}

/** A point in time. */
export function Time({ at, now = Date.now(), as = 'exact' }: TimeProps) {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  const words = {
    exact: exactTime(ms),
    fine: fineTime(ms),
    clock: clockTime(ms),
    short: shortTime(ms, now),
    'from now': fromNow(ms, now),
  }[as];
  const hover = as === 'from now' ? `${exactTime(ms)} · ${utcTime(ms)}` : utcTime(ms);
  return (
    <time dateTime={new Date(ms).toISOString()} title={hover}>
      {words}
    </time>
  );
}

/** How long ago a time is; nothing where it is still to come, as of a run by a clock that was ahead. */
export function Ago({ at, now }: { at: string; now: number }) {
  return Date.parse(at) > now ? null : <Time at={at} now={now} as="from now" />;
}
