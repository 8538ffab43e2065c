/** The runs' clock, ticking on the page; it stands still while the page is not live. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { live } from '../data/live.ts';
import { useStore } from '../data/store.ts';
import { clockAt, type Reading, readClock } from './clock.ts';

/** What the runs' clock shows, in ms since 1970. `told` is what the last answer said it is; `everyMs`: how often it ticks. */
export function useRunClock(told: string | undefined, ticking: boolean, everyMs = 1000): number {
  const reading = useRef<Reading | undefined>(undefined);
  const heard = useRef<string | undefined>(undefined);
  const state = useStore(live);
  const [, tick] = useState(0);
  if (told !== undefined && told !== heard.current) {
    heard.current = told;
    reading.current = readClock(reading.current, Date.parse(told), Date.now());
  }
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => tick((count) => count + 1), everyMs);
    return () => clearInterval(timer);
  }, [ticking, everyMs]);
  const now = state.is === 'lost' ? state.since : Date.now();
  return reading.current === undefined ? now : clockAt(reading.current, now);
}
