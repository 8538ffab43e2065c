import { describe, expect, it } from 'vitest';
import type { ExecutedRun } from '../../../src/console/look/executions.ts';
import { createGraphs } from '../../../src/console/look/graph/graph.ts';
import { instanceDocument } from '../../../src/console/look/instance/document.ts';
import { deployedRuns } from '../../../src/console/look/step-functions.ts';
import { runRecords } from '../../../src/orchestrator/runs/records.ts';
import { stepFunctionsHistory } from '../../../src/orchestrator/step-functions/history.ts';
import { itemTable } from '../../../src/orchestrator/table/table.ts';
import { DEPLOYED, type Served, type Serving, serve } from '../../orchestrator/step-functions/served.ts';
import { makeWorld, type RolloutWorld } from '../../rollout/world.ts';
import { executed } from './looked.ts';

type Find = (id: string) => Promise<ExecutedRun | undefined>;

function deployed(world: RolloutWorld, engine: Serving = world.engine): { served: Served; find: Find } {
  const served = serve(engine);
  const table = itemTable(world.store.database);
  const find = deployedRuns({
    deployed: DEPLOYED,
    history: stepFunctionsHistory(served),
    records: runRecords(table),
    table: { getItem: ({ Key }) => table.getItem({ TableName: 'drydock', Key }) },
    now: () => world.clock.now(),
  });
  return { served, find };
}

/** A whole run, as Step Functions shows it. */
async function ran(world: RolloutWorld) {
  const { runId, instances } = await world.run();
  const { served, find } = deployed(world);
  const run = await find(runId);
  if (run === undefined) throw new Error('the run is not there');
  return { run, served, runId, instances: instances.map(({ instanceId }) => instanceId) };
}

describe('a run that Step Functions carried out', () => {
  it('looks as one that was carried out here', async () => {
    const world = makeWorld({ rollout: { maxUnavailable: 2 } });
    world.fault('patch-breaks-app');
    const { run, runId, instances } = await ran(world);
    const here = await executed(world, runId);
    for (const machine of ['rollout', 'patch-instance'] as const) {
      expect(await createGraphs().graph(run, machine)).toEqual(await createGraphs().graph(here, machine));
    }
    for (const id of instances) expect(await instanceDocument(run, id)).toEqual(await instanceDocument(here, id));
  });

  it('looks as one here while it goes on', async () => {
    const world = makeWorld({ rollout: { maxUnavailable: 2 } });
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.filter(({ step }) => step === 'patching').length === 2);
    const run = await deployed(world).find(id);
    const here = await executed(world, id);
    if (run === undefined) throw new Error('the run is not there');
    expect(await createGraphs().graph(run, 'patch-instance')).toEqual(
      await createGraphs().graph(here, 'patch-instance'),
    );
    for (const instance of world.ids) {
      expect(await instanceDocument(run, instance)).toEqual(await instanceDocument(here, instance));
    }
    await world.follow(id);
  });

  it('is read in few calls: an instance is found by the times that are kept of it', async () => {
    const { run, served, instances } = await ran(makeWorld({ group: { size: 12, min: 10, max: 13 } }));
    await run.instances();
    const before = served.made.getExecutionHistory ?? 0;
    await instanceDocument(run, instances[7] ?? '');
    // As many as are tried at most, and the one whole history.
    expect((served.made.getExecutionHistory ?? 0) - before).toBeLessThanOrEqual(13);
  });

  it('is told of from the table when its executions are forgotten', async () => {
    const world = makeWorld();
    const { runId, instances } = await ran(world);
    const gone = Object.assign(new Error('gone'), { error: 'ExecutionDoesNotExist' });
    const run = await deployed(world, { ...world.engine, describeExecution: () => Promise.reject(gone) }).find(runId);
    if (run === undefined) throw new Error('the run is not there');
    expect((await createGraphs().graph(run, 'patch-instance')).executions).toEqual({ read: 0, of: 0 });
    expect(await instanceDocument(run, instances[0] ?? '')).toMatchObject({
      instance: { outcome: 'patched' },
      steps: [],
    });
  });

  it('is not there when it never had a plan', async () => {
    expect(await deployed(makeWorld()).find('20260302-020000-00000')).toBeUndefined();
  });
});
