/** The demo's world: a simulated cloud whose machines are real servers, the engine that works on it, and a clock that can leap over days. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Embedded, openEmbedded } from '../../orchestrator/embedded.ts';
import { type EngineClock, scaledClock } from '../../orchestrator/engine/clock.ts';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import { type Loopback, serveOnLoopback } from '../../simulator/loopback.ts';
import { SimulatedCloud } from '../../simulator/simulated-cloud.ts';
import { loopbackHttpGet, simulatedHttpPost } from '../simulated-http.ts';
import { BUCKET, setUp } from './story.ts';

export const REGION = 'eu-west-1';

export interface WorldOptions {
  speed: number;
  instances: number;
  seed: number;
  fault?: string;
  /** What an earlier demo kept there is removed first: a demo tells one story. */
  stateDir: string;
}

export interface DemoWorld {
  cloud: SimulatedCloud;
  loopback: Loopback;
  /** Runs ahead of the wall clock, and stands still while nobody drives it. */
  clock: EngineClock;
  embedded: Embedded;
  /** So many milliseconds pass at once. */
  leap(ms: number): void;
  close(): Promise<void>;
}

/** What an earlier demo kept. Whatever else lies in the folder is not the demo's to delete. */
const KEPT = ['drydock.db', 'drydock.db-wal', 'drydock.db-shm', 'owners'];

function forget(stateDir: string): void {
  try {
    for (const name of KEPT) rmSync(join(stateDir, name), { recursive: true, force: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DrydockError(`what an earlier demo left in ${stateDir} cannot be removed: ${why}`, {
      exitCode: EXIT.badInput,
      next: 'Make it writable, or name another directory with --state-dir.',
      cause,
    });
  }
}

/** Makes the world as of the wall clock's now. Throws a `DrydockError` (exit code 2) when `stateDir` cannot be cleared. */
export async function makeWorld(options: WorldOptions): Promise<DemoWorld> {
  const { speed, stateDir, seed } = options;
  forget(stateDir);
  const startMs = Date.now();
  const clock = scaledClock(startMs, speed);
  const cloud = new SimulatedCloud({ clock, seed, region: REGION, latencyMs: 60, buckets: [BUCKET] });
  setUp(cloud, startMs, options);
  const loopback = await serveOnLoopback(cloud);
  const embedded = openEmbedded({
    cloud,
    remote: false,
    clock,
    region: REGION,
    httpGet: loopbackHttpGet(loopback, clock),
    httpPost: simulatedHttpPost,
    stateDir,
    onCommandEvent: (listener) => cloud.onEvent(listener),
  });
  return {
    cloud,
    loopback,
    clock,
    embedded,
    leap: (ms) => {
      clock.leap(ms);
      cloud.settle();
    },
    close: async () => {
      await embedded.close();
      await loopback.close();
    },
  };
}
