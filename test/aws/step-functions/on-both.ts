/** A suite on both engines: finds Moto, starts it for the suite, and says what is missing when there is none. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, vi } from 'vitest';
import { findMoto } from '../moto.ts';
import { type BothEngines, startBoth } from './both-engines.ts';

/** A case takes seconds. */
export const CASE = { timeout: 60_000 };

/** Defines the tests of a suite; `engines` are there while one of them runs. */
export async function onBothEngines(name: string, define: (engines: () => BothEngines) => void): Promise<void> {
  // The executor is mended within its process: a Moto that runs already will not do.
  const source = await findMoto({ ...process.env, MOTO_URL: '' });
  if ('missing' in source)
    console.warn(`${source.missing}\nA Moto at MOTO_URL does not serve test/aws/step-functions.`);

  describe.skipIf('missing' in source)(name, () => {
    let started: BothEngines | undefined;
    beforeAll(async () => {
      if (!('python' in source)) throw new Error('there is no Python with Moto');
      started = await startBoth(source.python);
    }, CASE.timeout);
    afterAll(() => started?.[Symbol.asyncDispose]());

    /** The SDK reads the environment; what the machine has there is none of our business. */
    beforeEach(() => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    });
    afterEach(() => vi.unstubAllEnvs());

    define(() => {
      if (started === undefined) throw new Error('the engines run only while a test does');
      return started;
    });
  });
}
