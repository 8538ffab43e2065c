/** The console on the demo: its runs, its simulated fleet, and its own engine, which carries out what is asked from there. */
import type { ConsoleServer } from '../../console/server/serve.ts';
import type { ConsoleSource } from '../../console/server/source.ts';
import { DrydockError } from '../../orchestrator/errors.ts';
import { beginRollback } from '../../orchestrator/runs/begin-rollback.ts';
import { trigger } from '../carry-out.ts';
import { DEFAULT_PORT, listen } from '../console/listen.ts';
import { type ConsoleParts, withSource } from '../console/source.ts';
import type { Context } from '../context.ts';
import { demoPolicy } from './story.ts';
import { type DemoWorld, REGION } from './world.ts';

/** Shows the demo in the console while `work`, which is told the address, goes on. */
export async function withDemoConsole<T>(
  world: DemoWorld,
  stateDir: string,
  context: Context,
  work: (url: string) => Promise<T>,
): Promise<T> {
  return withSource(demoParts(world, stateDir), async (source) => {
    const server = await listenSomewhere(source, context);
    try {
      return await work(server.url);
    } finally {
      await server.close();
    }
  });
}

/** On the console's own port, or where that is taken on any other. */
async function listenSomewhere(source: ConsoleSource, context: Context): Promise<ConsoleServer> {
  try {
    return await listen(source, { port: DEFAULT_PORT }, context);
  } catch (error) {
    if (!(error instanceof DrydockError)) throw error;
    return listen(source, { port: 0 }, context);
  }
}

/** What the console shows of the demo, and how it is rolled back: by its own engine. */
export function demoParts({ cloud, clock, embedded: { store, runs } }: DemoWorld, stateDir: string): ConsoleParts {
  return {
    ...{ stateDir, store, runs },
    deployments: [],
    policy: () => ({ policy: demoPolicy(), file: 'demo policy' }),
    cloudAtHand: async () => ({ cloud, region: REGION, withFirstSeen: async (fleet) => fleet }),
    rollBack: { embedded: (id, of) => beginRollback(id, of, cloud, trigger()) },
    now: () => clock.now(),
  };
}
