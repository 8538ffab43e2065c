/** Data that is still being made: fetched again until it is whole. */
import { useEffect } from 'preact/hooks';
import type { Loaded } from './use-data.ts';

const EVERY_MS = 2000;

/** Fetches `loaded` again every other second for as long as `isMade` says no. */
export function useAgainUntil<T>(loaded: Loaded<T>, isMade: (data: T) => boolean): void {
  const { data, again } = loaded;
  const waits = data !== undefined && !isMade(data);
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(again, EVERY_MS);
    return () => clearInterval(timer);
  }, [waits, again]);
}
