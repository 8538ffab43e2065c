import { describe, expect, it } from 'vitest';
import { ticks } from '../../../../src/console/web/pages/run/timeline/ticks.ts';

const at = (iso: string) => Date.parse(iso);
const labels = (from: string, to: string, width: number, zone = 'UTC') =>
  ticks({ from: at(from), to: at(to) }, width, zone).map(({ label }) => label);

describe('the times along the axis', () => {
  it('are round', () => {
    expect(labels('2026-11-28T16:13:00Z', '2026-11-28T16:31:00Z', 500)).toEqual(['16:15', '16:20', '16:25', '16:30']);
  });

  it('have seconds where they are close', () => {
    expect(labels('2026-11-28T16:13:01Z', '2026-11-28T16:13:11Z', 300)).toEqual(['16:13:05', '16:13:10']);
  });

  it('are as many as have room', () => {
    const narrow = labels('2026-11-28T10:00:00Z', '2026-11-28T18:00:00Z', 200);
    const wide = labels('2026-11-28T10:00:00Z', '2026-11-28T18:00:00Z', 1600);
    expect(narrow.length).toBeLessThanOrEqual(3);
    expect(wide.length).toBeGreaterThan(8);
  });

  it('are round in the zone of the reader, also where that is half an hour off', () => {
    expect(labels('2026-11-28T16:05:00Z', '2026-11-28T18:10:00Z', 300, 'Asia/Kolkata')).toEqual(['22:00', '23:00']);
  });

  it('name the day where it changes', () => {
    const found = labels('2026-11-28T20:00:00Z', '2026-11-29T05:00:00Z', 400);
    expect(found).toContain('29 Nov');
  });
});
