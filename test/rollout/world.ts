/** Worlds for the length of a test. */
import { onTestFinished } from 'vitest';
import { openWorld, type RolloutWorld, type WorldOptions } from './open-world.ts';

export * from './open-world.ts';

/** `openWorld`, closed when the test is over. */
export function makeWorld(options: WorldOptions = {}): RolloutWorld {
  const world = openWorld(options);
  onTestFinished(() => world.close());
  return world;
}
