import { describe, expect, it } from 'vitest';
import { allPages, chunks, mapLimited } from '../../../src/orchestrator/fleet/pages.ts';

describe('a paged call', () => {
  it('is made with each token until there is none', async () => {
    const pages: Record<string, { items: number[] | undefined; next: string | undefined }> = {
      first: { items: [1, 2], next: 'b' },
      b: { items: undefined, next: 'c' },
      c: { items: [3], next: '' },
    };
    const asked: (string | undefined)[] = [];
    const all = await allPages(async (token) => {
      asked.push(token);
      return pages[token ?? 'first'] ?? { items: [], next: undefined };
    });
    expect(all).toEqual([1, 2, 3]);
    expect(asked).toEqual([undefined, 'b', 'c']);
  });

  it('is not made for ever', async () => {
    let calls = 0;
    const endless = allPages(async () => {
      calls += 1;
      return { items: [], next: 'again' };
    });
    await expect(endless).rejects.toThrow('AWS still had more after 1000 pages');
    expect(calls).toBe(1000);
  });
});

describe('many calls', () => {
  it('are under way some at a time, and keep their order', async () => {
    let [under, most] = [0, 0];
    const doubled = await mapLimited([5, 1, 4, 2, 3], 2, async (turns) => {
      most = Math.max(most, ++under);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      under -= 1;
      return turns === 4 ? undefined : turns * 2;
    });
    expect(doubled).toEqual([10, 2, undefined, 4, 6]);
    expect(most).toBe(2);
  });

  it('are not begun any more once one has failed', async () => {
    const begun: number[] = [];
    const failing = mapLimited([1, 2, 3, 4, 5, 6], 2, async (item) => {
      begun.push(item);
      await Promise.resolve();
      if (item === 2) throw new Error('throttled');
    });
    await expect(failing).rejects.toThrow('throttled');
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(begun.length).toBeLessThan(5);
  });

  it('are of pieces that leave nothing out', () => {
    expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(chunks([], 2)).toEqual([]);
  });
});
