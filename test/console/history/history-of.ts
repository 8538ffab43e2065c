/** Run history of the simulated cloud's runs, as the console has it. */
import { dirname } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Deployment } from '../../../src/console/history/deployments.ts';
import { type HistoryOptions, historySource } from '../../../src/console/history/source.ts';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { openDatabase } from '../../../src/orchestrator/engine/database.ts';
import { stepFunctionsHistory } from '../../../src/orchestrator/step-functions/history.ts';
import { type Followed, followed } from '../../orchestrator/step-functions/followed.ts';
import { DEPLOYED } from '../../orchestrator/step-functions/served.ts';
import type { RolloutWorld, WorldOptions } from '../../rollout/world.ts';

/** The source over a world's runs. A durable world's file is read by a connection of its own, as the console does. */
export function historyOf(world: RolloutWorld, more: Partial<HistoryOptions> = {}) {
  const { path } = world.store.database;
  const database = path === ':memory:' ? world.store.database : openDatabase({ stateDir: dirname(path) });
  if (database !== world.store.database) onTestFinished(() => database.close());
  const clock = virtualClock(Date.parse('2027-01-01T00:00:00Z'));
  const source = historySource({
    database,
    runs: world.runs,
    deployments: [],
    rollBack: {},
    now: () => world.clock.now(),
    clock,
    ...more,
  });
  return { source, clock };
}

/** A deployment whose runs are those of a world of its own. */
export function deploymentOf(options: WorldOptions = {}): Followed & { deployment: Deployment } {
  const there = followed({ seed: 11, ...options });
  const deployment = { deployed: DEPLOYED, runs: there.runs, history: stepFunctionsHistory(there.served) };
  return { ...there, deployment };
}

/** A world without runs here, for what is all about runs elsewhere. */
export { makeWorld } from '../../rollout/world.ts';
