/** Runs of the simulated cloud, as the pictures of the console are made from them. */
import { embeddedRuns } from '../../../src/console/look/embedded.ts';
import type { ExecutedRun } from '../../../src/console/look/executions.ts';
import { runRecords } from '../../../src/orchestrator/runs/records.ts';
import { itemTable } from '../../../src/orchestrator/table/table.ts';
import type { RolloutWorld } from '../../rollout/world.ts';

/** The run of that id, by its executions. */
export async function executed(world: RolloutWorld, id: string): Promise<ExecutedRun> {
  const records = runRecords(itemTable(world.store.database));
  const run = await embeddedRuns(world.store, records, () => world.clock.now())(id);
  if (run === undefined) throw new Error(`there is no run ${id}`);
  return run;
}
