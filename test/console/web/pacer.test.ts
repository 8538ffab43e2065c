import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pace } from '../../../src/console/web/data/pacer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that takes so long, and when it began. */
function worker(tookMs: number) {
  const begun: number[] = [];
  const start = Date.now();
  const work = () => {
    begun.push(Date.now() - start);
    return new Promise<void>((resolve) => setTimeout(resolve, tookMs));
  };
  return { begun, work };
}

describe('paced work', () => {
  it('begins at once, and then at most once in the time between', async () => {
    const { begun, work } = worker(10);
    const { ask } = pace(work, 1000);
    for (let asked = 0; asked < 28; asked += 1) {
      ask();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(begun).toEqual([0, 1000, 2000]);
  });

  it('is done once more when it was asked for while it went on', async () => {
    const { begun, work } = worker(300);
    const { ask } = pace(work, 1000);
    ask();
    await vi.advanceTimersByTimeAsync(100);
    ask();
    await vi.advanceTimersByTimeAsync(5000);
    expect(begun).toEqual([0, 1000]);
  });

  it('takes at most a third of the time when it is slow', async () => {
    const { begun, work } = worker(2000);
    const { ask } = pace(work, 1000);
    for (let asked = 0; asked < 200; asked += 1) {
      ask();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(begun).toEqual([0, 6000, 12_000, 18_000]);
  });

  it('is not begun any more once it was ended', async () => {
    const { begun, work } = worker(300);
    const { ask, end } = pace(work, 1000);
    ask();
    await vi.advanceTimersByTimeAsync(100);
    ask();
    end();
    ask();
    await vi.advanceTimersByTimeAsync(5000);
    expect(begun).toEqual([0]);
  });
});
