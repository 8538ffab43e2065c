import { describe, expect, it } from 'vitest';
import type { Exposure } from '../../../../src/console/api/shapes.ts';
import { monthsOf, pieces, roundUp, trendsOf } from '../../../../src/console/web/pages/exposure/trend.ts';

type Latency = Exposure['latency'][number];

const took = (month: string, medianDays: number | null, facts: Partial<Latency> = {}): Latency => ({
  ...{ month, environment: 'production', severity: 'Critical', patches: 4, medianDays, longestDays: medianDays },
  ...facts,
});

describe('the months of the axis', () => {
  it('are all from the first to the last, over the end of a year', () => {
    expect(monthsOf([took('2027-02', 1), took('2026-11', 1)])).toEqual(['2026-11', '2026-12', '2027-01', '2027-02']);
  });

  it('are none where there is nothing', () => {
    expect(monthsOf([])).toEqual([]);
  });
});

describe('the plots', () => {
  it('are one a severity, in the order that is asked for, with a line an environment', () => {
    const latency = [
      took('2026-10', 3),
      took('2026-10', 1, { environment: 'staging' }),
      took('2026-11', 9, { severity: 'Low' }),
    ];
    const [low, critical] = trendsOf(latency, ['Low', 'Critical']);
    expect(low).toMatchObject({
      severity: 'Low',
      most: 10,
      lines: [{ environment: 'production', dots: [{ at: 1, median: 9 }] }],
    });
    expect(critical?.lines.map(({ environment }) => environment)).toEqual(['production', 'staging']);
  });

  it('leave out what has no known release', () => {
    expect(trendsOf([took('2026-10', null)], ['Critical'])).toEqual([]);
  });

  it('draw no line over a month of which nothing is known', () => {
    const [plot] = trendsOf([took('2026-08', 1), took('2026-09', 2), took('2026-11', 3)], ['Critical']);
    expect(pieces(plot?.lines[0]?.dots ?? []).map((dots) => dots.map(({ month }) => month))).toEqual([
      ['2026-08', '2026-09'],
      ['2026-11'],
    ]);
  });
});

it.each([
  [0, 1],
  [1, 1],
  [3.4, 5],
  [11, 14],
  [61, 90],
  [366, 400],
])('ends the axis of up to %d days at %d', (value, expected) => {
  expect(roundUp(value)).toBe(expected);
});
