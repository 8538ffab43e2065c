import { describe, expect, it } from 'vitest';
import { nextOpening, openingsOf } from '../../../src/console/look/openings.ts';
import type { Schedule } from '../../../src/policies/policy.ts';

const HOUR = 3600;

function schedule(cron: string, timezone = 'UTC', hours = 4, cutoff = 1): Schedule {
  return { environment: 'production', cron, timezone, durationSeconds: hours * HOUR, cutoffSeconds: cutoff * HOUR };
}

function next(cron: string, now: string, timezone = 'UTC'): string | undefined {
  const at = nextOpening(schedule(cron, timezone), Date.parse(now));
  return at === undefined ? undefined : new Date(at).toISOString().replace('.000Z', 'Z');
}

describe('the next opening of a maintenance window', () => {
  it.each([
    // A Tuesday at 2 in Tokyo is a Monday at 17 in UTC.
    ['cron(0 2 ? * TUE *)', 'Asia/Tokyo', '2026-03-01T00:00:00Z', '2026-03-02T17:00:00Z'],
    ['cron(0 2 ? * tue *)', 'UTC', '2026-03-01T00:00:00Z', '2026-03-03T02:00:00Z'],
    // Sunday is 1 at AWS.
    ['cron(0 2 ? * 1 *)', 'UTC', '2026-03-02T00:00:00Z', '2026-03-08T02:00:00Z'],
    ['cron(0 2 ? * 7 *)', 'UTC', '2026-03-02T00:00:00Z', '2026-03-07T02:00:00Z'],
    ['cron(0 2 ? * MON-FRI *)', 'UTC', '2026-03-07T00:00:00Z', '2026-03-09T02:00:00Z'],
    ['cron(0 2 ? * MON,WED *)', 'UTC', '2026-03-03T00:00:00Z', '2026-03-04T02:00:00Z'],
    // The second Tuesday, on which Microsoft publishes.
    ['cron(0 2 ? * TUE#2 *)', 'UTC', '2026-03-01T00:00:00Z', '2026-03-10T02:00:00Z'],
    ['cron(0 2 ? * 3#2 *)', 'UTC', '2026-03-11T00:00:00Z', '2026-04-14T02:00:00Z'],
    ['cron(0 2 ? * 5L *)', 'UTC', '2026-03-01T00:00:00Z', '2026-03-26T02:00:00Z'],
    ['cron(0 2 ? * FRIL *)', 'UTC', '2026-03-01T00:00:00Z', '2026-03-27T02:00:00Z'],
    ['cron(0 2 ? * L *)', 'UTC', '2026-03-01T00:00:00Z', '2026-03-07T02:00:00Z'],
    ['cron(0 2 L * ? *)', 'UTC', '2026-02-01T00:00:00Z', '2026-02-28T02:00:00Z'],
    ['cron(0 2 LW * ? *)', 'UTC', '2026-05-01T00:00:00Z', '2026-05-29T02:00:00Z'],
    ['cron(0 2 15W * ? *)', 'UTC', '2026-03-01T00:00:00Z', '2026-03-16T02:00:00Z'],
    ['cron(5/15 2 * * ? *)', 'UTC', '2026-03-01T12:00:00Z', '2026-03-02T02:05:00Z'],
    ['cron(0 2 1 JAN,JUL ? *)', 'UTC', '2026-03-01T00:00:00Z', '2026-07-01T02:00:00Z'],
    ['cron(0 2 1 * ? 2027)', 'UTC', '2026-03-01T00:00:00Z', '2027-01-01T02:00:00Z'],
    ['at(2026-11-24T02:00:00)', 'Asia/Tokyo', '2026-03-01T00:00:00Z', '2026-11-23T17:00:00Z'],
  ])('of %s in %s after %s is %s', (cron, timezone, now, expected) => {
    expect(next(cron, now, timezone)).toBe(expected);
  });

  it.each([
    // Clocks go from 2 to 3 on 29 March, and from 3 back to 2 on 25 October.
    [
      'keeps to the clocks of its zone when they go forward',
      '0 4 * * ? *',
      '2026-03-28T10:00:00Z',
      '2026-03-29T02:00:00Z',
    ],
    [
      'keeps to the clocks of its zone when they go back',
      '0 4 * * ? *',
      '2026-10-24T10:00:00Z',
      '2026-10-25T03:00:00Z',
    ],
    [
      'is as soon as there is such a time when the hour is left out',
      '30 2 * * ? *',
      '2026-03-28T10:00:00Z',
      '2026-03-29T01:00:00Z',
    ],
    [
      'is at the first of both when the hour comes twice',
      '30 2 * * ? *',
      '2026-10-24T10:00:00Z',
      '2026-10-25T00:30:00Z',
    ],
  ])('%s', (_, cron, now, expected) => {
    expect(next(`cron(${cron})`, now, 'Europe/Berlin')).toBe(expected);
  });

  it.each([
    ['never comes again', 'at(2026-01-01T02:00:00)'],
    ['never comes', 'cron(0 2 31 2 ? *)'],
    ['is over', 'cron(0 2 1 * ? 2020)'],
    ['AWS counts from when the window was made', 'rate(7 days)'],
    ['ends before it begins', 'cron(0 2 ? * 7-2 *)'],
  ])('is not known when it %s', (_, cron) => {
    expect(next(cron, '2026-03-01T00:00:00Z')).toBeUndefined();
  });

  it('is the one under way until no run may begin in it any more', () => {
    const opens = '2026-03-03T02:00:00Z';
    expect(next('cron(0 2 ? * TUE *)', '2026-03-03T04:59:00Z')).toBe(opens);
    expect(next('cron(0 2 ? * TUE *)', '2026-03-03T05:00:00Z')).toBe('2026-03-10T02:00:00Z');
  });
});

describe('the openings between two times', () => {
  const between = (from: string, to: string, cron = 'cron(0 2 ? * TUE *)') =>
    openingsOf(schedule(cron), Date.parse(from), Date.parse(to)).map(({ from, to }) =>
      [from, to].map((time) => new Date(time).toISOString().slice(0, 16)),
    );

  it('are as long as the window is open', () => {
    expect(between('2026-03-01T00:00:00Z', '2026-03-15T00:00:00Z')).toEqual([
      ['2026-03-03T02:00', '2026-03-03T06:00'],
      ['2026-03-10T02:00', '2026-03-10T06:00'],
    ]);
  });

  it('have the one with them that began before', () => {
    expect(between('2026-03-03T05:00:00Z', '2026-03-04T00:00:00Z')).toEqual([['2026-03-03T02:00', '2026-03-03T06:00']]);
    expect(between('2026-03-03T06:00:00Z', '2026-03-04T00:00:00Z')).toEqual([]);
  });

  it('have the one of at(…) with them, past or to come', () => {
    const once = 'at(2026-03-03T02:00:00)';
    expect(between('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z', once)).toHaveLength(1);
    expect(between('2026-03-04T00:00:00Z', '2026-04-01T00:00:00Z', once)).toHaveLength(0);
  });

  it('are not without end', () => {
    expect(between('2026-03-01T00:00:00Z', '2026-06-01T00:00:00Z', 'cron(* * * * ? *)').length).toBeLessThanOrEqual(
      400,
    );
  });
});
