/** Staying with a run that goes on elsewhere: looking again and again, more seldom while nothing happens. */
import type { Clock } from '../../interpreter/ports.ts';
import { isPassing } from '../aws/explain.ts';
import type { RunView } from '../runs/view.ts';

const SHORTEST_MS = 3_000;
const LONGEST_MS = 15_000;
const GROWTH = 1.5;
/** A wait for the network or for AWS to let calls through again; with the longest waits, some five minutes. */
const FAILURES_IN_A_ROW = 20;

export interface FollowOptions {
  clock: Clock;
  /** 0 or more, and below 1. */
  random: () => number;
  onChange: (view: RunView) => void;
  /** Aborted: nobody looks any more. */
  signal: AbortSignal | undefined;
}

/**
 * Resolves with the view when the run has ended. `refresh` brings the view up to date and gives whether it changed. Rejects with the
 * signal's reason when that is aborted: the run goes on.
 */
export async function follow(
  view: RunView,
  refresh: () => Promise<boolean>,
  { clock, random, onChange, signal }: FollowOptions,
): Promise<RunView> {
  let wait = SHORTEST_MS;
  let failures = 0;
  for (let isFirst = true; ; isFirst = false) {
    signal?.throwIfAborted();
    let hasMoved = false;
    try {
      hasMoved = await refresh();
      failures = 0;
    } catch (error) {
      failures += 1;
      // Somebody may watch for hours: what passes by itself does not end that.
      if (!isPassing(error) || failures >= FAILURES_IN_A_ROW) throw error;
    }
    if (hasMoved || isFirst) onChange(view);
    if (view.endedAt !== undefined) return view;
    wait = hasMoved ? SHORTEST_MS : Math.min(wait * GROWTH, LONGEST_MS);
    // Several who watch from one account do not ask all at once.
    await clock.sleep(wait * (0.75 + random() / 4), signal);
  }
}
