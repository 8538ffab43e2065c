/** What the console shows, put together: runs of this computer and of AWS, and whatever cloud is at hand. */
import { randomUUID } from 'node:crypto';
import type { Deployment } from '../../console/history/deployments.ts';
import { historySource } from '../../console/history/source.ts';
import type { RollBack } from '../../console/history/steering.ts';
import { embeddedRuns } from '../../console/look/embedded.ts';
import type { ExecutedRun } from '../../console/look/executions.ts';
import { createLook, type LookOptions } from '../../console/look/look.ts';
import { pastRunsIn } from '../../console/look/past.ts';
import { deployedRuns } from '../../console/look/step-functions.ts';
import type { ConsoleSource } from '../../console/server/source.ts';
import { realClock } from '../../orchestrator/engine/clock.ts';
import { openDatabase } from '../../orchestrator/engine/database.ts';
import { createEngine } from '../../orchestrator/engine/engine.ts';
import { openStore, type Store } from '../../orchestrator/engine/store.ts';
import { withFirstSeen } from '../../orchestrator/fleet/first-seen.ts';
import { beginRollback } from '../../orchestrator/runs/begin-rollback.ts';
import { runRecords, TABLE } from '../../orchestrator/runs/records.ts';
import { createRuns, type Runs } from '../../orchestrator/runs/runs.ts';
import { type Deployed, deployedName } from '../../orchestrator/step-functions/deployed.ts';
import { type OpenDeployment, openDeployment } from '../../orchestrator/step-functions/open.ts';
import { localRunItems } from '../../orchestrator/table/run-items.ts';
import { itemTable } from '../../orchestrator/table/table.ts';
import { trigger } from '../carry-out.ts';
import type { Context } from '../context.ts';
import { knownDeployments } from '../deployments.ts';
import { currentPolicy } from '../policy-file.ts';
import { reachCloud, reachOptions } from '../reach.ts';

/** Where everything comes from. */
export interface ConsoleParts extends Pick<LookOptions, 'policy' | 'cloudAtHand'> {
  stateDir: string;
  /** Of that directory, and the runs that are kept in it. */
  store: Store;
  runs: Runs;
  deployments: (Deployment & OpenDeployment)[];
  rollBack: RollBack;
  /** Milliseconds since 1970, by the clock that runs go by. */
  now: () => number;
}

/** Hands `work` the runs of the state directory, and those on AWS that it knows of. What is shown can be steered, and what is on AWS rolled back. */
export async function withConsoleSource<T>(context: Context, work: (source: ConsoleSource) => Promise<T>): Promise<T> {
  const { stateDir } = context.flags;
  const clock = realClock();
  const store = openStore({ stateDir, nowMs: clock.now() });
  const engine = createEngine({
    store,
    clock,
    region: 'local',
    runTask: () => Promise.reject(new Error('the console was asked to carry a run out')),
  });
  const records = runRecords(itemTable(store.database));
  const runs = createRuns({ engine, records, database: store.database, now: clock.now, uuid: randomUUID });
  const deployments = await Promise.all(knownDeployments(stateDir).map((deployed) => opened(deployed, context)));
  const parts: ConsoleParts = {
    stateDir,
    store,
    runs,
    deployments,
    policy: () => currentPolicy(context),
    cloudAtHand: async () => ({
      ...(await reachCloud(context)),
      withFirstSeen: (fleet) => withFirstSeen(fleet, itemTable(store.database)),
    }),
    now: clock.now,
    // Step Functions carries it out. A run of this computer needs a process that does.
    rollBack: {
      'step-functions': async (id, of) => beginRollback(id, of, (await reachCloud(context)).cloud, trigger()),
    },
  };
  try {
    return await withSource(parts, work);
  } finally {
    await engine.close();
    store.close();
  }
}

/** Hands `work` what the console shows of these parts. */
export async function withSource<T>(parts: ConsoleParts, work: (source: ConsoleSource) => Promise<T>): Promise<T> {
  const { stateDir, store, runs, deployments, now, policy, cloudAtHand, rollBack } = parts;
  // Only what others have written through another connection shows as a change. A list of 100,000 runs is searched in memory.
  const database = openDatabase({ stateDir, cacheMiB: 32 });
  const history = historySource({
    ...{ database, runs, deployments, rollBack, now },
    clock: realClock(),
  });
  const table = itemTable(store.database);
  const records = runRecords(table);
  const look = createLook({
    policy,
    now,
    past: {
      runs: history.runs,
      read: pastRunsIn([
        { tableName: TABLE, table, records, items: localRunItems(store.database, TABLE) },
        ...deployments.map((each) => ({ ...each, tableName: deployedName(each.deployed.policy) })),
      ]),
    },
    find: foundIn([embeddedRuns(store, records, now), ...deployments.map((each) => deployedRuns({ ...each, now }))]),
    ...(cloudAtHand === undefined ? {} : { cloudAtHand }),
  });
  try {
    return await work({ ...history, ...look });
  } finally {
    database.close();
  }
}

async function opened(deployed: Deployed, context: Context): Promise<Deployment & OpenDeployment> {
  const { region: _, ...options } = reachOptions(context);
  return { deployed, ...(await openDeployment(deployed, options)) };
}

function foundIn(places: ((id: string) => Promise<ExecutedRun | undefined>)[]) {
  return async (id: string): Promise<ExecutedRun | undefined> => {
    for (const find of places) {
      const found = await find(id);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
