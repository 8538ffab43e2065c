/** Runs that make their plan themselves, and plans that lie elsewhere. */

import { runRecords } from '../../../../src/orchestrator/runs/records.ts';
import { itemTable } from '../../../../src/orchestrator/table/table.ts';
import { GROUP, type RolloutWorld } from '../../../rollout/open-world.ts';
import { begun, ended, type Situation, WEBHOOK } from './situation.ts';

/** An execution that is told no more than whom it is about. */
async function byItself(world: RolloutWorld, group: string): Promise<unknown> {
  const runId = `by-itself-${group}`;
  await runRecords(itemTable(world.store.database)).keepPlaces(runId, world.policy.notify);
  return ended(world, runId, { policy: 'test', group, runId, startedAt: world.now() });
}

/** A run whose last wave lies in S3. */
async function storedRun(world: RolloutWorld, key = 'there'): Promise<unknown> {
  const Body = JSON.stringify(world.ids.slice(1));
  await world.clock.run(world.cloud.s3.putObject({ Bucket: 'lists', Key: 'there', Body }));
  const stored = { number: 2, concurrency: 1, count: 3, stored: { bucket: 'lists', key } };
  return begun(world, (made) => ({ ...made, waves: [...made.waves.slice(0, 1), stored] }));
}

export const PLANNING_SITUATIONS: Record<string, Situation> = {
  'a run makes its plan itself': { options: { notify: [WEBHOOK] }, run: (world) => byItself(world, GROUP) },
  'a run makes its plan itself, and nothing is missing': {
    options: { notify: [WEBHOOK] },
    run: async (world) => {
      await world.run();
      return byItself(world, GROUP);
    },
  },
  'a run cannot be planned': { options: { notify: [WEBHOOK] }, run: (world) => byItself(world, 'nobody') },
  'a wave lies in S3': { run: (world) => storedRun(world) },
  'a wave that lies in S3 is gone': { run: (world) => storedRun(world, 'gone') },
};
