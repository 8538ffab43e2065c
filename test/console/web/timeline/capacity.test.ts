import { describe, expect, it } from 'vitest';
import {
  below,
  capacityRange,
  levelAt,
  levelsIn,
  stepPath,
} from '../../../../src/console/web/pages/run/timeline/capacity.ts';

const levels = [
  { at: 0, inService: 6 },
  { at: 100, inService: 5 },
  { at: 200, inService: 6 },
];

describe('capacity over time', () => {
  it('is what it was since it last changed', () => {
    expect(levelAt(levels, 150)).toBe(5);
    expect(levelAt(levels, 100)).toBe(5);
    expect(levelAt(levels, -1)).toBeUndefined();
  });

  it('is drawn in steps, from edge to edge of the view', () => {
    const shown = levelsIn(levels, { from: 50, to: 250 }, 230);
    expect(shown).toEqual([
      { at: 50, inService: 6 },
      { at: 100, inService: 5 },
      { at: 200, inService: 6 },
      { at: 230, inService: 6 },
    ]);
    expect(stepPath(shown, { from: 50, to: 250 }, 200, (count) => 10 - count)).toBe('M0 4H50V5H150V4H180V4');
  });

  it('leaves room to tell floor and desired apart in a large group', () => {
    const { low, high } = capacityRange([{ at: 0, inService: 1000 }], 1000, 980);
    expect(high).toBe(1000);
    expect((1000 - 980) / (high - low)).toBeGreaterThan(0.5);
  });

  it('never reaches below nothing', () => {
    expect(capacityRange([{ at: 0, inService: 1 }], 1, 0).low).toBe(0);
    expect(capacityRange([], 0, 0)).toEqual({ low: 0, high: 1 });
  });

  it('names the times below the floor', () => {
    expect(below(levels, 6)).toEqual([{ from: 100, to: 200 }]);
    expect(below(levels, 5)).toEqual([]);
  });
});
