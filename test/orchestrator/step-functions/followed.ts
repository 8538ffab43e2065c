/** Rollouts on the simulated fleet, looked at as if Step Functions carried them out. */
import { randomUUID } from 'node:crypto';
import { runRecords } from '../../../src/orchestrator/runs/records.ts';
import type { Runs } from '../../../src/orchestrator/runs/runs.ts';
import { stepFunctionsRuns } from '../../../src/orchestrator/step-functions/runs.ts';
import { attributeValue, type Item } from '../../../src/orchestrator/table/attributes.ts';
import type { RunItems } from '../../../src/orchestrator/table/run-items.ts';
import { itemTable } from '../../../src/orchestrator/table/table.ts';
import { makeWorld, type RolloutWorld, type WorldOptions } from '../../rollout/world.ts';
import { DEPLOYED, type Served, type Serving, serve } from './served.ts';

export interface Followed {
  world: RolloutWorld;
  served: Served;
  /** The same runs, as Step Functions would show them. */
  runs: Runs;
  /** What was put beside orders that exceed an execution's input. */
  objects: { bucket: string; key: string; body: string }[];
}

/** `engine` hides the world's own where a test wants to see another. */
export function followed(options: WorldOptions = {}, engine?: Serving): Followed {
  const world = makeWorld(options);
  const served = serve(engine ?? world.engine);
  const objects: Followed['objects'] = [];
  const table = itemTable(world.store.database);
  const runs = stepFunctionsRuns({
    deployed: DEPLOYED,
    calls: served,
    records: runRecords(table),
    items: indexes(world),
    recordItem: async (id) => table.getItem({ TableName: 'drydock', Key: { pk: { S: `run#${id}` } } }).Item,
    orders: { bucket: async () => 'orders', put: async (object) => void objects.push(object) },
    clock: world.clock,
    uuid: randomUUID,
    random: () => 0.5,
  });
  return { world, served, runs, objects };
}

/** The two indexes of the table, over the items in a file. */
export function indexes({ store }: Pick<RolloutWorld, 'store'>): RunItems {
  const all = store.database.prepare('SELECT item FROM items WHERE table_name = ? ORDER BY pk');
  const items = () =>
    all.all('drydock').map((row): Item => {
      const parsed: Record<string, unknown> = JSON.parse(String(row.item));
      return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, attributeValue.parse(value)]));
    });
  const text = (item: Item, name: string) => {
    const value = item[name];
    return value !== undefined && 'S' in value ? value.S : '';
  };
  return {
    runs: async function* (since = '') {
      const runs = items().filter((item) => text(item, 'kind') === 'run' && text(item, 'startedAt') >= since);
      yield* runs.sort((a, b) => (text(a, 'startedAt') < text(b, 'startedAt') ? 1 : -1));
    },
    instances: async function* (runId) {
      yield* items().filter((item) => text(item, 'pk').startsWith('instance#') && text(item, 'runId') === runId);
    },
  };
}
