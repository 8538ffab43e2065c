/** Times on the page: in the reader's zone, with UTC on hover. */
import { exactTime, fromNow, shortTime, utcTime } from './format.ts';

export interface TimeProps {
  /** ISO 8601. */
  at: string;
  /** The time by which it is short or relative, in ms since 1970; absent: the reader's clock. */
  now?: number | undefined;
  /** `exact` unless said otherwise. */
  as?: 'exact' | 'short' | 'from now';
}

/** A point in time. */
export function Time({ at, now = Date.now(), as = 'exact' }: TimeProps) {
  const ms = Date.parse(at);
  const words = { exact: exactTime(ms), short: shortTime(ms, now), 'from now': fromNow(ms, now) }[as];
  const hover = as === 'from now' ? `${exactTime(ms)} · ${utcTime(ms)}` : utcTime(ms);
  return (
    <time dateTime={at} title={hover}>
      {words}
    </time>
  );
}
