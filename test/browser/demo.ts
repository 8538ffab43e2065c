/** The demo's world with the console open on it, driven by the test instead of by the story. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withSource } from '../../src/cli/console/source.ts';
import { planFor, scan } from '../../src/cli/demo/acts.ts';
import { demoParts } from '../../src/cli/demo/console.ts';
import { DAYS_BETWEEN, PRODUCTION, STAGING } from '../../src/cli/demo/story.ts';
import { type DemoWorld, makeWorld, type WorldOptions } from '../../src/cli/demo/world.ts';
import { pagesBundle } from '../../src/console/server/bundle.ts';
import { type ConsoleServer, serveConsole } from '../../src/console/server/serve.ts';
import type { ConsoleSource } from '../../src/console/server/source.ts';
import type { RunView } from '../../src/orchestrator/runs/view.ts';

const DAY_MS = 86_400_000;

export interface Demo {
  world: DemoWorld;
  source: ConsoleSource;
  url: string;
  /** Begins the run on staging, or that on production three days later, when a patch is out that breaks the application. Gives its id. */
  begin(environment: 'staging' | 'production'): Promise<string>;
  /** Resolves with the run as it ended. */
  ended(runId: string): Promise<RunView>;
  /** Another server for the same runs, showing what `shown` makes of them; closed with the demo. */
  serve(shown: ConsoleSource): Promise<ConsoleServer>;
  close(): Promise<void>;
}

const GROUPS = { staging: STAGING, production: PRODUCTION };

/** Time passes, `speed` times as fast as real, until it is closed. */
export async function openDemo(options: Partial<WorldOptions> = {}): Promise<Demo> {
  const stateDir = mkdtempSync(join(tmpdir(), 'drydock-browser-'));
  const world = await makeWorld({ speed: 600, instances: 6, seed: 1, ...options, stateDir });
  const { cloud, clock, embedded } = world;
  const servers: ConsoleServer[] = [];
  const serve = async (source: ConsoleSource) => {
    const server = await serveConsole({
      source,
      bundle: await pagesBundle(),
      port: 0,
      onError: (error) => process.stderr.write(`${error}\n`),
    });
    servers.push(server);
    return server;
  };
  const closed = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<ConsoleSource>();
  const driven = clock.run(closed.promise);
  const held = withSource(demoParts(world, stateDir), async (source) => {
    opened.resolve(source);
    await closed.promise;
    for (const server of servers) await server.close();
  });
  const source = await opened.promise;
  const { url } = await serve(source);
  return {
    ...{ world, source, url, serve },
    begin: async (environment) => {
      if (environment === 'production') world.leap(DAYS_BETWEEN * DAY_MS + 3_600_000);
      const groupName = GROUPS[environment];
      await scan(cloud, clock, groupName);
      const plan = await planFor(cloud, embedded.runs, clock, { groupName, environment });
      return embedded.runs.start(plan, { kind: 'person', by: 'anna' });
    },
    ended: (runId) => embedded.runs.follow(runId),
    close: async () => {
      closed.resolve();
      await held;
      await driven;
      await world.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Hands `work` the demo while its time goes `speed` times as fast as real. */
export async function withDemo<T>(speed: number, work: (demo: Demo) => Promise<T>): Promise<T> {
  const demo = await openDemo({ speed });
  try {
    return await work(demo);
  } finally {
    await demo.close();
  }
}

/** The whole story, as it stands when it is over: staging patched, production halted at the bad patch. */
export async function finishedDemo(): Promise<Demo & { staging: string; production: string }> {
  const demo = await openDemo({ speed: 3000 });
  const staging = await demo.begin('staging');
  await demo.ended(staging);
  const production = await demo.begin('production');
  await demo.ended(production);
  return { ...demo, staging, production };
}
