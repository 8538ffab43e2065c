import { describe, expect, it } from 'vitest';
import type { Timeline } from '../../../../src/console/api/shapes.ts';
import { chartOf, rowAt, rowsBetween, rowsOf } from '../../../../src/console/web/pages/run/timeline/chart.ts';

const time = (minute: number) => new Date(Date.UTC(2026, 10, 28, 16, minute)).toISOString();
const lane = (instanceId: string, wave: number, minute?: number): Timeline['lanes'][number] => ({
  instanceId,
  wave,
  az: 'eu-west-1a',
  outcome: 'patched',
  segments: minute === undefined ? [] : [{ step: 'patch', label: '', from: time(minute), to: time(minute + 1) }],
});
const told = (changes: Partial<Timeline>): Timeline => ({
  from: time(0),
  to: null,
  now: time(30),
  lanes: [],
  marks: [],
  capacity: [],
  desired: 6,
  floor: 5,
  ...changes,
});

describe('a timeline read for drawing', () => {
  it('has its lanes wave by wave, in each the first begun first, and those not begun last', () => {
    const lanes = [lane('i-late', 2, 9), lane('i-never', 2), lane('i-soon', 2, 5), lane('i-canary', 1, 1)];
    expect(chartOf(told({ lanes })).lanes.map(({ instanceId }) => instanceId)).toEqual([
      'i-canary',
      'i-soon',
      'i-late',
      'i-never',
    ]);
  });

  it('puts marks that overlap on rows of their own', () => {
    const mark = (kind: 'bake' | 'pause' | 'guard', from: number, to: number | null) => ({
      kind,
      label: '',
      from: time(from),
      to: to === null ? null : time(to),
    });
    const { marks } = chartOf(told({ marks: [mark('bake', 5, 10), mark('pause', 7, null), mark('guard', 10, 11)] }));
    expect(marks.map(({ kind, row }) => `${kind} ${row}`)).toEqual(['bake 0', 'pause 1', 'guard 0']);
  });
});

describe('the rows of a timeline', () => {
  const count = 1000;
  const lanes = chartOf(
    told({ lanes: Array.from({ length: count }, (_, at) => lane(`i-${at}`, at === 0 ? 1 : 2 + Math.floor(at / 100))) }),
  ).lanes;
  const waves = [{ number: 1, kind: 'canary' as const, concurrency: 1 }];
  const { rows, height } = rowsOf(lanes, waves, { wave: 30, lane: 20 });

  it('are one for each wave and each lane', () => {
    expect(rows.filter(({ is }) => is === 'wave')).toHaveLength(11);
    expect(rows.filter(({ is }) => is === 'lane')).toHaveLength(count);
    expect(height).toBe(11 * 30 + count * 20);
    expect(rows[0]).toMatchObject({ is: 'wave', wave: 1, canary: true });
  });

  it('are drawn where they are in sight, and a little beyond', () => {
    const shown = rowsBetween(rows, 5000, 5400, 100);
    expect(shown.length).toBeLessThan(40);
    expect(shown[0]?.top).toBeLessThanOrEqual(4900);
    expect(shown.at(-1)?.top).toBeGreaterThan(5400);
  });

  it('are all drawn where they fit', () => {
    const few = rowsOf(lanes.slice(0, 3), waves, { wave: 30, lane: 20 });
    expect(rowsBetween(few.rows, 0, 400)).toEqual(few.rows);
    expect(rowsBetween([], 0, 400)).toEqual([]);
  });

  it('are found by their height', () => {
    expect(rowAt(rows, 0)).toMatchObject({ is: 'wave', wave: 1 });
    expect(rowAt(rows, 31)).toMatchObject({ is: 'lane', index: 0 });
    expect(rowAt(rows, height - 1)).toMatchObject({ is: 'lane', index: count - 1 });
  });
});
