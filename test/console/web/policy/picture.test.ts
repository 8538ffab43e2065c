import { describe, expect, it } from 'vitest';
import {
  type Entry,
  goesOut,
  openingsOf,
  partsOf,
  placeOf,
  spanOf,
  weeksOf,
} from '../../../../src/console/web/pages/policy/picture.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-23T12:00:00Z');
const span = { from: NOW - 10 * DAY, to: NOW + 10 * DAY };

const day = (days: number) => new Date(NOW + days * DAY).toISOString();
const entry = (facts: Partial<Entry>): Entry => ({
  ...{ environment: 'production', missing: 3, state: 'held', at: null, due: null, waitsFor: 'something' },
  ...facts,
});
const parts = (releasedAt: string | null, facts: Partial<Entry>) =>
  partsOf({ releasedAt }, entry(facts), span).map(({ kind, left, width }) => [kind, left, width]);

describe('the bar of a patch in an environment', () => {
  it('is held from its release to its approval, and approved from then on', () => {
    expect(parts(day(-5), { state: 'approved', at: day(-1), due: day(-1) })).toEqual([
      ['held', 25, 20],
      ['approved', 45, 55],
    ]);
  });

  it('is approved from its release on where the rule does not wait', () => {
    expect(parts(day(-5), { state: 'approved', at: day(-5), due: day(-5) })).toEqual([['approved', 25, 75]]);
  });

  it('is held until a day to come', () => {
    expect(parts(day(-5), { at: day(5), due: day(2) })).toEqual([
      ['held', 25, 50],
      ['approved', 75, 25],
    ]);
  });

  it('is open from the day on which its delay is over, where nobody knows when the gate opens', () => {
    expect(parts(day(-5), { due: day(0) })).toEqual([
      ['held', 25, 25],
      ['open', 50, 50],
    ]);
  });

  it('begins with the picture where the release is older, or not known', () => {
    expect(parts(day(-50), { at: day(0) })[0]).toEqual(['held', 0, 50]);
    expect(parts(null, { due: null })).toEqual([['open', 0, 100]]);
  });

  it('is never approved from its release to the end', () => {
    expect(parts(day(-5), { state: 'never' })).toEqual([['never', 25, 75]]);
  });
});

describe('the span of the picture', () => {
  const patch = (releasedAt: string | null, at: string | null) => ({
    ...{ id: 'a', title: 'a', severity: '', classification: '', cves: [], rule: null },
    releasedAt,
    in: [entry({ at })],
  });

  it('has all that the patches speak of, and a little more', () => {
    expect(spanOf({ patches: [patch(day(-20), day(30))] }, NOW)).toEqual({ from: NOW - 22 * DAY, to: NOW + 32 * DAY });
  });

  it('is wide enough for a look around without patches, and no wider than a season', () => {
    expect(spanOf({ patches: [] }, NOW)).toEqual({ from: NOW - 7 * DAY, to: NOW + 14 * DAY });
    expect(spanOf({ patches: [patch(day(-900), day(300))] }, NOW)).toEqual({
      from: NOW - 35 * DAY,
      to: NOW + 60 * DAY,
    });
  });

  it('has the ends for what is beyond them', () => {
    expect([placeOf(NOW - 99 * DAY, span), placeOf(NOW, span), placeOf(NOW + 99 * DAY, span)]).toEqual([0, 50, 100]);
  });

  it('is ruled by weeks that begin on Monday', () => {
    expect(weeksOf(span).map((week) => new Date(week).getDay())).toEqual([1, 1, 1]);
  });
});

describe('the windows', () => {
  const openings = [
    { from: day(-12), to: day(-11.8) },
    { from: day(-0.1), to: day(0.1) },
    { from: day(4), to: day(4.2) },
  ];

  it('are drawn where they are in the picture, none so thin that it is not seen', () => {
    expect(openingsOf({ openings }, span).map(({ width }) => width)).toEqual([1, 1]);
    expect(openingsOf({ openings: [{ from: day(1), to: day(1.001) }] }, span)[0]?.width).toBeGreaterThan(0.3);
  });

  it.each([
    ['in the one that is open, once it is approved', { state: 'approved', at: day(-3) } as const, 0],
    ['in the first after its approval', { at: day(2) }, 4],
  ])('let a patch out %s', (_, facts, days) => {
    expect(goesOut({ openings }, entry(facts), NOW)).toBe(NOW + days * DAY);
  });

  it.each([
    ['whose approval nobody knows', { at: null }],
    ['that no instance misses', { at: day(-3), missing: 0 }],
    ['that is approved after all that is known of', { at: day(9) }],
  ])('let no patch out %s', (_, facts) => {
    expect(goesOut({ openings }, entry(facts), NOW)).toBeUndefined();
  });
});
