/** npm run screenshots: what each page of the console looks like on the demo, into docs/images. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { startChromium } from './chromium.ts';
import { finishedDemo } from './demo.ts';

const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));

const server = await startChromium();
const browser = await chromium.connect(server.wsEndpoint());

async function shot(name: string, url: string, { dark = false, wide = 1280, high = 860, until = 'main h1' } = {}) {
  const context = await browser.newContext({
    viewport: { width: wide, height: high },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
  });
  const page: Page = await context.newPage();
  await page.goto(url);
  await page.locator(until).first().waitFor();
  await page.waitForTimeout(1500);
  await page.screenshot({ path: `${FOLDER}${name}.png` });
  await context.close();
  console.log(`docs/images/${name}.png`);
}

mkdirSync(FOLDER, { recursive: true });
const { url, source, staging, production: run, ...demo } = await finishedDemo();
try {
  const { instances } = await source.run(run);
  const broken = instances.find(({ outcome }) => outcome === 'rolled-back')?.instanceId ?? '';
  await shot('runs', url, { high: 520 });
  await shot('run', `${url}/runs/${run}`, { high: 1100 });
  await shot('run-dark', `${url}/runs/${run}`, { high: 1100, dark: true });
  await shot('run-phone', `${url}/runs/${run}`, { wide: 390, high: 844 });
  await shot('instance', `${url}/runs/${run}/instances/${broken}`, { high: 1100 });
  await shot('graph', `${url}/runs/${run}/graph?machine=patch-instance`, { high: 900 });
  await shot('exposure', `${url}/exposure`, { high: 900 });
  await shot('policy', `${url}/policy`, { high: 800 });
} finally {
  await demo.close();
  await browser.close();
  await server.close();
}
