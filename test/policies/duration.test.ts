import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/policies/duration.ts';

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['0d', 0],
    ['90s', 90],
    ['15m', 900],
    ['4h', 14_400],
    ['7d', 604_800],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '7', 'd', '-1d', '+1d', '1.5h', '1h30m', '7 d', ' 7d', '7d\n', '7D', '7w', '1e3s', '999999999s', '٣d'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it.each([
    [0, '0s'],
    [59, '59s'],
    [90, '90s'],
    [5400, '90m'],
    [86_400, '1d'],
    [90_000, '25h'],
  ])('%d seconds are written %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('reads back as it was written', () => {
    fc.assert(
      fc.property(fc.nat(99_999_999), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused', (seconds) => {
    expect(() => formatDuration(seconds)).toThrow(RangeError);
  });
});
