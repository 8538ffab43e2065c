/**
 * The clock that runs go by, as far as the page can tell between two answers. A demo's is ahead of the reader's and fast, so its
 * rate is learnt from what the answers say.
 */
export interface Reading {
  /** What the runs' clock showed, and what the reader's did, in ms since 1970. */
  now: number;
  at: number;
  /** How many ms of the runs pass in one of the reader's. */
  rate: number;
}

/** Closer together, two readings tell more of the way they took than of the clock. */
const TELLING_MS = 400;
const FASTEST = 10_000;

/** The reading after `last`, when the runs' clock shows `now` at `at`. */
export function readClock(last: Reading | undefined, now: number, at: number): Reading {
  if (last === undefined) return { now, at, rate: 1 };
  const passed = at - last.at;
  if (passed < TELLING_MS) return { now, at, rate: last.rate };
  const rate = (now - last.now) / passed;
  // Off by less than a tenth it is a real clock, seen through a network.
  if (Math.abs(rate - 1) < 0.1) return { now, at, rate: 1 };
  return { now, at, rate: Math.min(FASTEST, Math.max(0, rate)) };
}

/** What the runs' clock shows when the reader's shows `at`. */
export function clockAt(reading: Reading, at: number): number {
  return reading.now + Math.max(0, at - reading.at) * reading.rate;
}
