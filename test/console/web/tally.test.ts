import { describe, expect, it } from 'vitest';
import { outcomeShares, tallyOf, tallyWords } from '../../../src/console/web/status/tally.ts';

describe('the bar of outcomes', () => {
  it('has a part for each outcome that some had, what went well first', () => {
    const shares = outcomeShares({ skipped: 5, 'rolled-back': 1, patched: 4, failed: 0 });
    expect(shares).toEqual([
      { outcome: 'patched', count: 4, share: 0.4 },
      { outcome: 'rolled-back', count: 1, share: 0.1 },
      { outcome: 'skipped', count: 5, share: 0.5 },
    ]);
  });

  it('says the same in words', () => {
    expect(tallyWords({ 'rolled-back': 1, patched: 3 })).toBe('3 patched, 1 rolled back of 4');
  });

  it('of a run without instances has no part and says so', () => {
    expect(outcomeShares({})).toEqual([]);
    expect(tallyWords({})).toBe('no instances');
  });

  it('counts instances by their outcome', () => {
    const instances = [{ outcome: 'patched' as const }, { outcome: 'gone' as const }, { outcome: 'patched' as const }];
    expect(tallyOf(instances)).toEqual({ patched: 2, gone: 1 });
  });
});
