/**
 * How long a run of a thousand instances takes to open in a browser: `node bench/console-store.ts FOLDER`, then
 * `node bench/console-page.ts FOLDER`. Each time by a console that was opened just now, after the list and after the policy were looked at.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { z } from 'zod';
import { openDatabase } from '../src/orchestrator/engine/database.ts';
import { startChromium } from '../test/browser/chromium.ts';

const DRYDOCK = fileURLToPath(new URL('../bin/drydock.js', import.meta.url));
const TIMES = 5;

const [stateDir] = process.argv.slice(2);
if (stateDir === undefined) {
  console.error('Name the folder of a store that bench/console-store.ts has made.');
  process.exit(2);
}
const id = largestRun(stateDir);
const server = await startChromium();
const browser = await chromium.connect(server.wsEndpoint());
for (const before of ['/', '/policy']) {
  const took: number[] = [];
  for (let time = 0; time < TIMES; time += 1) took.push(await opened(browser, stateDir, before));
  const [median = 0] = took.sort((a, b) => a - b).slice(Math.floor(TIMES / 2));
  console.log(`opened from ${before.padEnd(8)} ${median.toFixed(0).padStart(5)} ms, median of ${TIMES}`);
}
await browser.close();
await server.close();

function largestRun(folder: string): string {
  const database = openDatabase({ stateDir: folder });
  const row = database.prepare('SELECT run_id FROM runs ORDER BY total DESC LIMIT 1').get();
  database.close();
  return String(row?.run_id);
}

/** Milliseconds until the run's timeline and its table of instances are there. */
async function opened(browser: Browser, folder: string, before: string): Promise<number> {
  const served = spawn(process.execPath, [DRYDOCK, 'console', '--state-dir', folder, '--port', '0', '--json']);
  const [line] = await once(served.stdout, 'data');
  const { url } = z.object({ url: z.string() }).parse(JSON.parse(String(line)));
  const page = await browser.newPage();
  await page.goto(`${url}${before}`);
  await page.locator('main h1').first().waitFor();
  await page.waitForTimeout(1500);
  const since = performance.now();
  await page.goto(`${url}/runs/${id}`, { waitUntil: 'commit' });
  await page.locator('svg text').first().waitFor();
  await page.locator('table a[href*="/instances/"]').first().waitFor();
  const took = performance.now() - since;
  await page.close();
  served.kill('SIGINT');
  await once(served, 'exit');
  return took;
}
