import { describe, expect, it } from 'vitest';
import { clockAt, readClock } from '../../../src/console/web/time/clock.ts';

const HERE = 1_000_000;
const THERE = 9_000_000;

describe('the clock that runs go by', () => {
  it('goes as fast as the reader’s until more is known', () => {
    const reading = readClock(undefined, THERE, HERE);
    expect(clockAt(reading, HERE + 700)).toBe(THERE + 700);
  });

  it('is learnt to be fast from two answers', () => {
    const first = readClock(undefined, THERE, HERE);
    const second = readClock(first, THERE + 60_000, HERE + 1000);
    expect(clockAt(second, HERE + 2000)).toBe(THERE + 120_000);
  });

  it('is not thought fast because one answer took longer than the other', () => {
    const first = readClock(undefined, THERE, HERE);
    const second = readClock(first, THERE + 5050, HERE + 5000);
    expect(clockAt(second, HERE + 6000)).toBe(THERE + 5050 + 1000);
  });

  it('keeps its rate when two answers come too close together to tell', () => {
    const first = readClock(undefined, THERE, HERE);
    const second = readClock(first, THERE + 60_000, HERE + 1000);
    const third = readClock(second, THERE + 60_001, HERE + 1100);
    expect(third.rate).toBe(60);
  });

  it('never runs backwards', () => {
    const first = readClock(undefined, THERE, HERE);
    const second = readClock(first, THERE - 5000, HERE + 1000);
    expect(clockAt(second, HERE + 3000)).toBe(THERE - 5000);
  });
});
