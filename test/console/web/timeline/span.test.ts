import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boxOf,
  moved,
  showing,
  timeAt,
  whole,
  xOf,
  zoomed,
} from '../../../../src/console/web/pages/run/timeline/span.ts';

const HOUR = 3_600_000;
const BOUNDS = whole(0, HOUR);

describe('what is in view of a timeline', () => {
  it('is at first all of the run, with a little room at both ends', () => {
    expect(BOUNDS.from).toBeLessThan(0);
    expect(BOUNDS.to).toBeGreaterThan(HOUR);
  });

  it('is never nothing, also of a run that has just begun', () => {
    const { from, to } = whole(5, 5);
    expect(to - from).toBeGreaterThan(1000);
  });

  it('comes closer around the time that is meant', () => {
    const at = 0.3 * HOUR;
    const view = zoomed(BOUNDS, 0.25, at, BOUNDS);
    expect(view.to - view.from).toBeCloseTo((BOUNDS.to - BOUNDS.from) / 4);
    expect(xOf(at, view, 1000)).toBeCloseTo(xOf(at, BOUNDS, 1000));
  });

  it('never leaves its bounds, however it is zoomed and moved', () => {
    const step = fc.oneof(
      fc.record({ factor: fc.double({ min: 0.05, max: 20, noNaN: true }), at: fc.integer({ min: 0, max: HOUR }) }),
      fc.record({ share: fc.double({ min: -3, max: 3, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let view = BOUNDS;
        for (const one of steps) {
          view = 'share' in one ? moved(view, one.share, BOUNDS) : zoomed(view, one.factor, one.at, BOUNDS);
          expect(view.from).toBeGreaterThanOrEqual(BOUNDS.from - 1e-3);
          expect(view.to).toBeLessThanOrEqual(BOUNDS.to + 1e-3);
          expect(view.to - view.from).toBeGreaterThan(1999);
        }
      }),
    );
  });

  it('stays where it is when what is to be shown is in it', () => {
    const view = { from: 0, to: 1000 * 60 };
    expect(showing(view, { from: 10, to: 20 }, BOUNDS)).toBe(view);
  });

  it('moves as far as it takes to show what lies before or behind it', () => {
    const view = { from: 600_000, to: 1_200_000 };
    const before = showing(view, { from: 100_000, to: 200_000 }, BOUNDS);
    expect(before.from).toBeLessThan(100_000);
    expect(before.to - before.from).toBe(600_000);
    const behind = showing(view, { from: 2_000_000, to: 2_100_000 }, BOUNDS);
    expect(behind.to).toBeGreaterThan(2_100_000);
    expect(behind.to).toBeLessThan(2_200_000);
  });
});

describe('where a time stands', () => {
  it('and the time that stands there are one another’s answer', () => {
    const view = { from: 1000, to: 5000 };
    expect(xOf(2000, view, 800)).toBe(200);
    expect(timeAt(200, view, 800)).toBe(2000);
  });

  it('is nowhere for what is out of view', () => {
    expect(boxOf({ from: 0, to: 900 }, { from: 1000, to: 5000 }, 800)).toBeUndefined();
  });

  it('is as wide as can be seen for what took no time', () => {
    expect(boxOf({ from: 2000, to: 2000 }, { from: 1000, to: 5000 }, 800)).toEqual({ x: 200, width: 2 });
  });

  it('is cut off near the edge for what lasts beyond it', () => {
    expect(boxOf({ from: -1e12, to: 1e12 }, { from: 1000, to: 5000 }, 800)).toEqual({ x: -8, width: 816 });
  });
});
