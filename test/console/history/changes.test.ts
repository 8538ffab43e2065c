/** The stream of changes: what others write is told of, at most once a second a run, and goes on where it broke off. */
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunChange } from '../../../src/console/server/source.ts';
import { openDatabase } from '../../../src/orchestrator/engine/database.ts';
import { EXIT } from '../../../src/orchestrator/errors.ts';
import { runRecords } from '../../../src/orchestrator/runs/records.ts';
import { itemTable } from '../../../src/orchestrator/table/table.ts';
import { makeWorld, type RolloutWorld } from '../../rollout/world.ts';
import { deploymentOf, historyOf } from './history-of.ts';

/** Listens until the test is over; `pass` lets time go by on the clock of the listener. */
function listen({ source, clock }: ReturnType<typeof historyOf>, after?: string) {
  const heard: RunChange[] = [];
  const stop = new AbortController();
  const listening = (async () => {
    for await (const change of source.changes(after, stop.signal)) heard.push(change);
  })();
  onTestFinished(async () => {
    stop.abort();
    await listening;
  });
  const pass = async (ms: number) => {
    await clock.run(clock.sleep(ms));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { heard, pass, stop: () => stop.abort(), listening };
}

const ids = (changes: RunChange[]) => changes.map(({ runId }) => runId);

async function running(options: Parameters<typeof makeWorld>[0] = {}) {
  const world = makeWorld({ durable: true, ...options });
  const id = await world.start();
  await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'draining'));
  // The events of this turn are written together at its end: before anybody listens.
  await world.store.database.durable();
  return { world, id };
}

/** As another process asks for it. */
async function pauseElsewhere({ store }: RolloutWorld, id: string) {
  const database = openDatabase({ stateDir: dirname(store.database.path) });
  await runRecords(itemTable(database)).wish(id, 'pause');
  database.close();
}

describe('the stream of changes', () => {
  test('is still while nothing is written', async () => {
    const { world } = await running();
    const { heard, pass } = listen(historyOf(world));
    await pass(10_000);
    expect(heard).toEqual([]);
  });

  test('tells within a second of what another process has asked', async () => {
    const { world, id } = await running();
    const { heard, pass } = listen(historyOf(world));
    await pass(600);
    await pauseElsewhere(world, id);
    await pass(600);
    expect(ids(heard)).toEqual([id]);
  });

  test('tells of a run that goes on whenever an event is written, once a second', async () => {
    const { world, id } = await running();
    const { heard, pass } = listen(historyOf(world));
    await pass(100);
    for (let half = 0; half < 10; half += 1) {
      await world.sleep(20);
      await pass(500);
    }
    expect(new Set(ids(heard))).toEqual(new Set([id]));
    expect(heard.length).toBeGreaterThanOrEqual(4);
    expect(heard.length).toBeLessThanOrEqual(6);
  });

  test('tells of the end of a run, and of none that did not change', async () => {
    const world = makeWorld({ durable: true });
    await world.run();
    const { heard, pass } = listen(historyOf(world));
    const id = await world.start();
    await world.follow(id);
    await pass(2_000);
    expect(new Set(ids(heard))).toEqual(new Set([id]));
  });

  test('goes on behind the place where it broke off, with what came meanwhile', async () => {
    const world = makeWorld({ durable: true });
    const first = listen(historyOf(world));
    const before = await world.start();
    await world.follow(before);
    await first.pass(2_000);
    first.stop();
    await first.listening;
    const last = first.heard.at(-1)?.id;
    const meanwhile = await world.start();
    await world.follow(meanwhile);
    const again = listen(historyOf(world), last);
    await again.pass(100);
    expect(ids(again.heard)).toEqual([meanwhile]);
    const fresh = listen(historyOf(world));
    await fresh.pass(2_000);
    expect(fresh.heard).toEqual([]);
  });

  test('names no place that would leave out what was not told yet', async () => {
    const world = makeWorld({ durable: true });
    const history = historyOf(world);
    const { heard, pass } = listen(history);
    await pass(600);
    const one = await world.start();
    await world.follow(one);
    const two = await world.start();
    await world.follow(two);
    await pass(600);
    expect(ids(heard)).toEqual([one, two]);
    const again = listen(history, heard[0]?.id);
    await again.pass(100);
    expect(ids(again.heard)).toContain(two);
  });

  test('refuses a place that is none, and ends without a word', async () => {
    const world = makeWorld({ durable: true });
    const { source } = historyOf(world);
    const asked = source.changes('x', new AbortController().signal)[Symbol.asyncIterator]().next();
    await expect(asked).rejects.toMatchObject({ exitCode: EXIT.badInput });
    const { stop, listening } = listen(historyOf(world));
    stop();
    await listening;
  });

  test('asks AWS now and then, only while somebody listens, and once for all who do', async () => {
    const there = deploymentOf();
    const id = await there.world.start();
    let asked = 0;
    const list: typeof there.runs.list = (filter) => {
      asked += 1;
      return there.runs.list(filter);
    };
    const history = historyOf(makeWorld({ durable: true }), {
      deployments: [{ ...there.deployment, runs: { ...there.runs, list } }],
    });
    const [one, two] = [listen(history), listen(history)];
    await one.pass(31_000);
    expect(asked).toBe(3);
    await there.world.follow(id);
    one.heard.length = 0;
    await one.pass(15_000);
    expect(ids(one.heard)).toEqual([id]);
    expect(ids(two.heard)).toContain(id);
    for (const each of [one, two]) {
      each.stop();
      await each.listening;
    }
    const before = asked;
    await history.clock.run(history.clock.sleep(60_000));
    expect(asked).toBe(before);
  });
});
