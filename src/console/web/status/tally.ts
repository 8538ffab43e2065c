/** Outcomes counted: what a bar shows, and the same in words. */
import type { RunRow } from '../../api/shapes.ts';
import { keysOf, OUTCOME_LOOKS, type Outcome } from './looks.ts';

export type Tally = RunRow['tally'];

export interface Share {
  outcome: Outcome;
  count: number;
  /** Its part of the whole: 0 to 1. */
  share: number;
}

/** The parts of a bar, in the order of `OUTCOME_LOOKS`; outcomes that none had are left out. */
export function outcomeShares(tally: Tally): Share[] {
  const each = keysOf(OUTCOME_LOOKS).map((outcome) => ({ outcome, count: tally[outcome] ?? 0 }));
  const all = each.reduce((sum, { count }) => sum + count, 0);
  return each.filter(({ count }) => count > 0).map((one) => ({ ...one, share: one.count / all }));
}

/** `3 patched, 1 rolled back of 9`; `no instances` where there are none. */
export function tallyWords(tally: Tally): string {
  const shares = outcomeShares(tally);
  if (shares.length === 0) return 'no instances';
  const all = shares.reduce((sum, { count }) => sum + count, 0);
  return `${shares.map(({ outcome, count }) => `${counted(count)} ${OUTCOME_LOOKS[outcome].word}`).join(', ')} of ${counted(all)}`;
}

/** How many instances had each outcome. */
export function tallyOf(instances: { outcome: Outcome }[]): Tally {
  const tally: Tally = {};
  for (const { outcome } of instances) tally[outcome] = (tally[outcome] ?? 0) + 1;
  return tally;
}

/** `1,000`. */
export const counted = (count: number) => count.toLocaleString('en');
