/** The demo's own world in a console of its own, told step by step: what the browser tests and the screenshots look at. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext } from '../../src/cli/context.ts';
import { planFor, scan } from '../../src/cli/demo/acts.ts';
import { withDemoConsole } from '../../src/cli/demo/console.ts';
import { DAYS_BETWEEN, PRODUCTION, STAGING } from '../../src/cli/demo/story.ts';
import { type DemoWorld, makeWorld } from '../../src/cli/demo/world.ts';
import type { RunView } from '../../src/orchestrator/runs/view.ts';

export interface Told {
  url: string;
  world: DemoWorld;
  /** Begins the run on staging, or that on production three days later; gives its id. */
  begin(environment: 'staging' | 'production'): Promise<string>;
  /** Resolves with the run as it ended. */
  ended(id: string): Promise<RunView>;
}

const WHERE = { staging: STAGING, production: PRODUCTION };

/** Hands `work` the demo and its console while its time goes `speed` times as fast as real. */
export async function withDemo<T>(speed: number, work: (told: Told) => Promise<T>): Promise<T> {
  const stateDir = mkdtempSync(join(tmpdir(), 'drydock-console-'));
  const world = await makeWorld({ speed, instances: 6, seed: 1, stateDir });
  const context = createContext(() => ({ stateDir, color: false }));
  const { clock, cloud, embedded } = world;
  const { runs } = embedded;
  try {
    return await withDemoConsole(world, stateDir, context, (url) =>
      clock.run(
        work({
          url,
          world,
          begin: async (environment) => {
            if (environment === 'production') world.leap(DAYS_BETWEEN * 86_400_000 + 3_600_000);
            const groupName = WHERE[environment];
            await scan(cloud, clock, groupName);
            return runs.start(await planFor(cloud, runs, clock, { groupName, environment }), {
              kind: 'person',
              by: 'ann',
            });
          },
          ended: (id) => runs.follow(id),
        }),
      ),
    );
  } finally {
    await world.close();
    rmSync(stateDir, { recursive: true, force: true });
  }
}
