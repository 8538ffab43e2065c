import { describe, expect, it } from 'vitest';
import type { EventPage, RunEvent } from '../../../src/console/api/shapes.ts';
import { readOn } from '../../../src/console/web/pages/run/events.ts';

const event = (id: number): RunEvent => ({
  of: 'rollout',
  id,
  previousEventId: id - 1,
  timestamp: '2026-03-10T12:00:00.000Z',
  type: 'TaskStateEntered',
  state: null,
  details: null,
});

/** A history that grows, three events a page. */
function history() {
  const events: RunEvent[] = [];
  const asked: (string | undefined)[] = [];
  const ask = async (after: string | undefined): Promise<EventPage> => {
    asked.push(after);
    const from = Number(after ?? 0);
    return { events: events.slice(from, from + 3), next: from + 3 < events.length ? String(from + 3) : null };
  };
  const grow = (count: number) => {
    for (let added = 0; added < count; added += 1) events.push(event(events.length + 1));
  };
  return { ask, asked, grow };
}

const idsOf = (pages: EventPage[]) => pages.flatMap(({ events }) => events.map(({ id }) => id));

describe('pages of events', () => {
  it('are as many as wanted', async () => {
    const { ask, grow } = history();
    grow(20);
    expect(idsOf(await readOn([], 2, ask))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('that are full are not asked for again; the last one is, and what came since with it', async () => {
    const { ask, asked, grow } = history();
    grow(4);
    const before = await readOn([], 5, ask);
    grow(3);
    asked.length = 0;
    expect(idsOf(await readOn(before, 5, ask))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(asked).toEqual(['3', '6']);
  });

  it('become no more than wanted when the history grows', async () => {
    const { ask, grow } = history();
    grow(2);
    const before = await readOn([], 1, ask);
    grow(8);
    const pages = await readOn(before, 1, ask);
    expect(idsOf(pages)).toEqual([1, 2, 3]);
    expect(pages.at(-1)?.next).toBe('3');
  });
});
