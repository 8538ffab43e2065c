/** Opens run history in the state directory, for commands that look at runs or steer them. */

import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { realClock } from '../orchestrator/engine/clock.ts';
import { createEngine } from '../orchestrator/engine/engine.ts';
import { openStore } from '../orchestrator/engine/store.ts';
import { runRecords } from '../orchestrator/runs/records.ts';
import { createRuns, type Runs } from '../orchestrator/runs/runs.ts';
import { itemTable } from '../orchestrator/table/table.ts';
import type { Context } from './context.ts';

/**
 * Hands `work` the runs that the state directory knows. They can be read and steered, not carried out: that takes a
 * cloud. A state directory that is not there is one without runs, and is not made.
 */
export async function withRunHistory<T>(context: Context, work: (runs: Runs) => Promise<T>): Promise<T> {
  const { stateDir } = context.flags;
  const clock = realClock();
  const kept = isThere(join(stateDir, 'drydock.db')) ? { stateDir } : {};
  const store = openStore({ ...kept, nowMs: clock.now() });
  const engine = createEngine({
    store,
    clock,
    region: 'local',
    runTask: () => Promise.reject(new Error('a command that only looks at runs was asked to carry one out')),
  });
  try {
    return await work(
      createRuns({
        engine,
        records: runRecords(itemTable(store.database)),
        database: store.database,
        now: clock.now,
        uuid: randomUUID,
      }),
    );
  } finally {
    await engine.close();
    store.close();
  }
}

/** Whether there is anything to open. What cannot be looked at may well be: opening it says why it cannot. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
