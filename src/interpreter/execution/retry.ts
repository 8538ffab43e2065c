import type { MapState, ParallelState, Retrier, TaskState } from '../definition/types.ts';
import { matchesError, StateFailure } from './failure.ts';
import { payloadOf } from './payload.ts';
import type { Transition, Visit } from './visit.ts';

/**
 * Runs a state's work under its Retry and Catch. `onFailure` records what AWS records once no retry is left, before Catch is looked at.
 * Throws the StateFailure that nothing took.
 */
export async function withRetryAndCatch(
  visit: Visit,
  state: TaskState | MapState | ParallelState,
  attempt: () => Promise<Transition>,
  onFailure?: () => void,
): Promise<Transition> {
  const retries = new Map<Retrier, number>();
  for (;;) {
    try {
      return await attempt();
    } catch (failure) {
      if (!(failure instanceof StateFailure)) throw failure;
      if (await retried(visit, state.retry, failure, retries)) continue;
      onFailure?.();
      return await caught(visit, state, failure);
    }
  }
}

/** Waits as the first retrier that takes the error says, and is true; or false when none has an attempt left. */
async function retried(
  visit: Visit,
  retriers: readonly Retrier[],
  failure: StateFailure,
  retries: Map<Retrier, number>,
): Promise<boolean> {
  const retrier = retriers.find(({ errorEquals }) => matchesError(errorEquals, failure.error));
  if (retrier === undefined) return false;
  const made = retries.get(retrier) ?? 0;
  if (made >= retrier.maxAttempts) return false;
  retries.set(retrier, made + 1);
  visit.retryCount += 1;
  const { moment } = visit.strand;
  // The wait counts from the failure's own event, so one that was cut off goes on where it was.
  await visit.strand.sleepUntil(moment.now + retryDelayMs(retrier, made, () => moment.random()));
  return true;
}

/** Milliseconds before retry number `made` (from 0): the interval times the rate, capped; with full jitter anything up to that. */
export function retryDelayMs(retrier: Retrier, made: number, random: () => number): number {
  const grown = retrier.intervalSeconds * retrier.backoffRate ** made;
  const capped = Math.min(grown, retrier.maxDelaySeconds ?? Infinity);
  return Math.round(capped * 1000 * (retrier.jitter === 'FULL' ? random() : 1));
}

async function caught(
  visit: Visit,
  state: TaskState | MapState | ParallelState,
  failure: StateFailure,
): Promise<Transition> {
  const catcher = state.catch.find(({ errorEquals }) => matchesError(errorEquals, failure.error));
  if (catcher === undefined) throw failure;
  const errorOutput = { Error: failure.error ?? '', Cause: failure.cause ?? '' };
  return visit.exit(catcher.next, () => visit.produce(catcher, payloadOf(errorOutput), { errorOutput }));
}
