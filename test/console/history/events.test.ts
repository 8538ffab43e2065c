/** The events of a run, a page at a time: whatever the pages are asked by, none is left out and none is shown twice. */
import { describe, expect, test } from 'vitest';
import { type EventQuery, eventPage, eventQuery, type RunEvent } from '../../../src/console/api/shapes.ts';
import { type EventStream, merged } from '../../../src/console/history/events/merge.ts';
import type { ConsoleSource } from '../../../src/console/server/source.ts';
import { EXIT } from '../../../src/orchestrator/errors.ts';
import { makeWorld, type RolloutWorld } from '../../rollout/world.ts';
import { deploymentOf, historyOf } from './history-of.ts';

type Source = Pick<ConsoleSource, 'events'>;

/** All pages behind one another. */
async function all(source: Source, id: string, query: Partial<EventQuery> = {}): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for (let after: string | undefined; ; ) {
    const asked = eventQuery.parse({ ...query, ...(after === undefined ? {} : { after }) });
    const page = eventPage.parse(await source.events(id, asked));
    expect(page.events.length).toBeLessThanOrEqual(asked.limit);
    events.push(...page.events);
    if (page.next === null) return events;
    after = page.next;
  }
}

const keys = (events: RunEvent[]) => events.map(({ of, id, timestamp, type }) => `${timestamp} ${of} ${id} ${type}`);

/** Every event of the file's executions, whatever their order. */
function kept({ store }: RolloutWorld): string[] {
  const rows = store.database
    .prepare(
      `SELECT coalesce(input ->> '$.instanceId', 'rollout') AS of, events.id, at, type FROM events
       JOIN executions ON executions.id = execution WHERE state_machine_arn LIKE '%:rollout%'`,
    )
    .all();
  return rows.map(({ of, id, at, type }) => `${new Date(Number(at)).toISOString()} ${of} ${id} ${type}`).sort();
}

async function finished() {
  const world = makeWorld({ rollout: { maxUnavailable: 2 }, group: { size: 6, min: 3, max: 8 } });
  const { runId } = await world.run();
  return { world, runId, ...historyOf(world) };
}

describe('the events of a run', () => {
  test.each([1, 7, 200, 1000])('are all there in order of time, by pages of %i', async (limit) => {
    const { world, runId, source } = await finished();
    const events = await all(source, runId, { limit });
    const times = events.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted());
    expect(keys(events).sort()).toEqual(kept(world));
  });

  test('say whose they are, of which state, and what they tell', async () => {
    const { world, runId, source } = await finished();
    const events = await all(source, runId);
    expect(events[0]).toMatchObject({ of: 'rollout', id: 1, type: 'ExecutionStarted', state: null });
    expect(new Set(events.map(({ of }) => of))).toEqual(new Set(['rollout', ...world.ids]));
    expect(events.find(({ state }) => state === 'SendPatchCommand')).toMatchObject({
      type: 'TaskStateEntered',
      details: { name: 'SendPatchCommand' },
    });
  });

  test('are those of the rollout, or of an instance, where one is asked for', async () => {
    const { world, runId, source } = await finished();
    const [id = ''] = world.ids;
    const events = await all(source, runId);
    expect(await all(source, runId, { of: id, limit: 50 })).toEqual(events.filter(({ of }) => of === id));
    expect(await all(source, runId, { of: 'rollout', limit: 50 })).toEqual(events.filter(({ of }) => of === 'rollout'));
    expect(await all(source, runId, { of: 'i-0' })).toEqual([]);
  });

  test('are those of a type, and those that tell of something, in any case and without the escapes of nested JSON', async () => {
    const { world, runId, source } = await finished();
    const events = await all(source, runId);
    const [id = ''] = world.ids;
    const type = 'TaskScheduled';
    const scheduled = events.filter((event) => event.type === type);
    expect(await all(source, runId, { type, limit: 9 })).toEqual(scheduled);
    const detached = await all(source, runId, { q: 'DETACHINSTANCES', type, of: id });
    expect(detached).toMatchObject([{ details: { resource: 'detachInstances' } }]);
    expect(await all(source, runId, { q: `"InstanceIds":["${id}"]`, type, limit: 3 })).toEqual(
      scheduled.filter(({ details }) =>
        JSON.stringify(details).replaceAll('\\', '').includes(`"InstanceIds":["${id}"]`),
      ),
    );
    expect(await all(source, runId, { q: 'nowhere to be found' })).toEqual([]);
  });

  test('grow behind the last page while the run goes on', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'draining'));
    const { source } = historyOf(world);
    const before = await all(source, id, { limit: 50 });
    await world.follow(id);
    const after = await all(source, id, { limit: 50 });
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.length).toBeGreaterThan(before.length);
  });

  test('refuse a place that is none', async () => {
    const { runId, source } = await finished();
    await expect(source.events(runId, { limit: 5, after: 'x' })).rejects.toMatchObject({ exitCode: EXIT.badInput });
  });

  test('are read from AWS as from here', async () => {
    const there = deploymentOf();
    const { runId } = await there.world.run();
    const { source } = historyOf(makeWorld(), { deployments: [there.deployment] });
    const here = historyOf(there.world).source;
    const events = await all(source, runId, { limit: 100 });
    expect(keys(events).sort()).toEqual(keys(await all(here, runId)).sort());
    const [id = ''] = there.world.ids;
    expect(keys(await all(source, runId, { of: id, limit: 90 }))).toEqual(keys(await all(here, runId, { of: id })));
    expect(keys(await all(source, runId, { q: 'detachinstances' })).sort()).toEqual(
      keys(await all(here, runId, { q: 'detachinstances' })).sort(),
    );
  });
});

describe('executions whose clock was set back', () => {
  /** An execution with an event at each of these times. */
  const stream = (order: number, times: number[]): EventStream => {
    const events = times.map((timestamp, at) => ({ id: at + 1, previousEventId: at, timestamp, type: 'x' }));
    return {
      of: async () => String(order),
      order,
      from: times[0] ?? 0,
      until: Math.max(...times),
      seek: async (at, where) =>
        events.find(({ timestamp }) => (where === 'at' ? timestamp >= at : timestamp > at))?.id,
      read: async (after) => events.filter(({ id }) => id > after).slice(0, 2),
    };
  };

  test('have each event on some page, in the order of its execution', async () => {
    const streams = [stream(1, [1, 5, 2, 3, 9]), stream(2, [2, 2, 8, 4, 4]), stream(3, [6, 1])];
    const seen: string[] = [];
    for (let after: Parameters<typeof merged>[1]; ; ) {
      const next = await merged(streams, after).next();
      if (next.done === true) break;
      seen.push(`${next.value.of}.${next.value.event.id}`);
      after = next.value.place;
    }
    expect(seen).toHaveLength(12);
    expect(new Set(seen).size).toBe(12);
    for (const of of ['1', '2', '3'])
      expect(seen.filter((key) => key.startsWith(`${of}.`))).toEqual(
        seen.filter((key) => key.startsWith(`${of}.`)).toSorted(),
      );
  });
});
