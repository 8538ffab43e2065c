import { describe, expect, it } from 'vitest';
import { list, positiveNumber, since, time, wholeNumber } from '../../src/cli/arguments.ts';

describe('values of flags', () => {
  it('takes whole numbers in their range', () => {
    expect(wholeNumber(1, 10)('10')).toBe(10);
    for (const wrong of ['0', '11', '1.5', '-1', '1e3', '', 'x', ' 1'])
      expect(() => wholeNumber(1, 10)(wrong)).toThrow('1 to 10');
    expect(() => wholeNumber(1)('0')).toThrow('1 or more');
  });

  it('takes positive numbers', () => {
    expect(positiveNumber('0.5')).toBe(0.5);
    for (const wrong of ['0', '-1', 'x', '', 'Infinity']) expect(() => positiveNumber(wrong)).toThrow('greater than 0');
  });

  it('takes days and times, in UTC unless they say otherwise', () => {
    expect(time('2026-03-10').toISOString()).toBe('2026-03-10T00:00:00.000Z');
    expect(time('2026-03-10T02:00').toISOString()).toBe('2026-03-10T02:00:00.000Z');
    expect(time('2026-03-10T02:00:00+09:00').toISOString()).toBe('2026-03-09T17:00:00.000Z');
    for (const wrong of [
      '2026',
      '2026-02-30',
      '2026-13-01',
      '10.3.2026',
      'tomorrow',
      '',
      '2026-03-10T25:00',
      '2026-02-30T01:00',
    ]) {
      expect(() => time(wrong), wrong).toThrow('2026-03-10');
    }
  });

  it('takes how long ago', () => {
    const before = Date.now();
    const ago = since('7d').getTime();
    expect(ago).toBeGreaterThanOrEqual(before - 7 * 86_400_000);
    expect(ago).toBeLessThanOrEqual(Date.now() - 7 * 86_400_000);
    expect(since('2026-03-10')).toEqual(time('2026-03-10'));
    expect(() => since('7w')).toThrow('2026-03-10');
  });

  it('collects names', () => {
    expect(list('a', undefined)).toEqual(['a']);
    expect(list('b,c', ['a'])).toEqual(['a', 'b', 'c']);
    expect(() => list('a,', [])).toThrow('a name');
  });
});
