/** Takes seeds, and draws and simulates rollouts by each; told by `soak.ts`. */
import { parentPort } from 'node:worker_threads';
import { draw } from './draw.ts';

parentPort?.on('message', async ({ seed, runs }: { seed: number; runs: number }) => {
  let since = 0;
  const drawn = await draw(seed, runs, () => {
    since += 1;
    if (since % 20 === 0) parentPort?.postMessage({ ran: 20 });
  });
  parentPort?.postMessage({ ran: since % 20, drawn });
});
