import { describe, expect, it } from 'vitest';
import { duration, exactTime, fromNow, shortTime, utcTime } from '../../../src/console/web/time/format.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-11-28T16:13:21.519Z');

describe('a span', () => {
  it.each([
    [-5, '0s'],
    [999, '0s'],
    [59 * SECOND, '59s'],
    [MINUTE, '1m 00s'],
    [8 * MINUTE + 21 * SECOND, '8m 21s'],
    [HOUR + 5 * MINUTE + 59 * SECOND, '1h 05m'],
    [76 * HOUR, '3d 04h'],
  ])('of %i ms is %s', (span, words) => {
    expect(duration(span)).toBe(words);
  });
});

describe('a time', () => {
  it('is told in the zone of the reader, and beside it in UTC', () => {
    expect(exactTime(NOW, 'Asia/Tokyo')).toBe('29 Nov 2026, 01:13:21');
    expect(utcTime(NOW)).toBe('2026-11-28 16:13:21 UTC');
  });

  it('is short on the same day of the reader, who may have another day than UTC', () => {
    const before = NOW - 2 * HOUR;
    expect(shortTime(before, NOW, 'UTC')).toBe('14:13');
    expect(shortTime(before, NOW, 'Asia/Tokyo')).toBe('28 Nov, 23:13');
  });

  it('names its year once that is another', () => {
    expect(shortTime(Date.parse('2025-03-01T08:00:00Z'), NOW, 'UTC')).toBe('1 Mar 2025, 08:00');
  });

  it('at midnight is hour 0 of the day that begins', () => {
    expect(exactTime(Date.parse('2026-11-28T00:00:00Z'), 'UTC')).toBe('28 Nov 2026, 00:00:00');
  });
});

describe('how far off a time is', () => {
  it.each([
    [-10 * SECOND, 'just now'],
    [10 * SECOND, 'in a moment'],
    [-3 * MINUTE, '3 min ago'],
    [-59 * MINUTE - 40 * SECOND, '1 h ago'],
    [-26 * HOUR, '26 h ago'],
    [3 * HOUR, 'in 3 h'],
    [-5 * 24 * HOUR, '5 days ago'],
  ])('%i ms from now is %s', (away, words) => {
    expect(fromNow(NOW + away, NOW)).toBe(words);
  });
});
