/** A run read by what tells something alone is the run that is read by all of its events. */
import { describe, expect, test } from 'vitest';
import { newRunView } from '../../../src/orchestrator/runs/progress.ts';
import { runReader } from '../../../src/orchestrator/runs/reader.ts';
import { runRecords } from '../../../src/orchestrator/runs/records.ts';
import { runIndex } from '../../../src/orchestrator/runs/run-index.ts';
import { storedReader } from '../../../src/orchestrator/runs/stored-reader.ts';
import { itemTable } from '../../../src/orchestrator/table/table.ts';
import { makeWorld, type RolloutWorld, type WorldOptions } from '../../rollout/world.ts';

async function readers(world: RolloutWorld, runId: string) {
  const { database } = world.store;
  const rollout = runIndex(database).executionOf(runId);
  const plan = await runRecords(itemTable(database)).plan(runId);
  if (rollout === undefined || plan === undefined) throw new Error(`there is no run ${runId}`);
  const { input } = await world.engine.describeExecution({ executionArn: rollout.arn });
  const view = () => newRunView(plan, JSON.parse(input), 'embedded');
  return { stored: storedReader(database, rollout, view()), whole: runReader(world.engine, rollout.arn, view()) };
}

async function expectSame(world: RolloutWorld, runId: string): Promise<void> {
  const { stored, whole } = await readers(world, runId);
  await stored.refresh();
  await whole.refresh();
  expect(stored.view).toEqual(whole.view);
  expect(stored.children).toEqual(whole.children);
}

const SITUATIONS: [string, WorldOptions, (world: RolloutWorld) => Promise<unknown>][] = [
  ['succeeds', {}, async () => {}],
  [
    'halts at a patch that breaks the application',
    {},
    async (world) => world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] }),
  ],
  [
    'replaces what it cannot restore',
    {},
    async (world) => world.fault('restore-fails', { instanceIds: [await world.firstPlanned()] }),
  ],
  [
    'rolls itself back',
    { rollout: { onFailure: 'rollback-run' } },
    async (world) => {
      const plan = await world.clock.run(world.plan());
      const last = plan.waves.flatMap(({ instances }) => instances).at(-1);
      return world.fault('patch-breaks-app', { instanceIds: [last?.instanceId ?? ''] });
    },
  ],
  [
    'reaches nobody whom it tells',
    {
      notify: ['https://hooks.example.com/x'],
      answering: async () => ({ status: 500, headers: {}, body: '', latencyMs: 1 }),
    },
    async () => {},
  ],
];

describe('reading what tells something', () => {
  test.each(SITUATIONS)('shows a run that %s as reading everything does', async (_, options, happens) => {
    const world = makeWorld(options);
    await happens(world);
    const { runId } = await world.run();
    await expectSame(world, runId);
  });

  test('shows a run that goes on as it stands, and what came since at the next look', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'patching'));
    const { stored, whole } = await readers(world, id);
    await stored.refresh();
    await whole.refresh();
    expect(stored.view).toEqual(whole.view);
    expect(await stored.refresh()).toBe(false);
    await world.follow(id);
    expect(await stored.refresh()).toBe(true);
    await whole.refresh();
    expect(stored.view).toEqual(whole.view);
  });

  test('keeps the reasons of the run itself when a recovery came after it', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'patching'));
    await world.clock.run(world.stop(id));
    await world.clock.run(world.runs.recover(id));
    await expectSame(world, id);
  });

  test('sees a pause and its end', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ outcome }) => outcome === 'patched'));
    await world.runs.steer(id, 'pause');
    await world.sleep(1800);
    await expectSame(world, id);
    await world.runs.steer(id, 'resume');
    await world.follow(id);
    await expectSame(world, id);
  });
});
