/** npm run screenshots: what each page of the console looks like on the demo, into docs/images. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { startChromium } from './chromium.ts';
import { withDemo } from './demo.ts';

const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const SPEED = 600;

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
try {
  await withDemo(SPEED, async ({ url, begin, ended, world }) => {
    await ended(await begin('staging'));
    const id = await begin('production');
    const halted = await ended(id);
    const broken = halted.instances.find(({ outcome }) => outcome === 'rolled-back')?.instanceId ?? '';
    await world.clock.sleep(60_000);
    await shot('runs', url, { high: 520 });
    await shot('run', `${url}/runs/${id}`, { high: 1100 });
    await shot('run-dark', `${url}/runs/${id}`, { high: 1100, dark: true });
    await shot('run-phone', `${url}/runs/${id}`, { wide: 390, high: 844 });
    await shot('instance', `${url}/runs/${id}/instances/${broken}`, { high: 1100 });
    await shot('graph', `${url}/runs/${id}/graph?machine=patch-instance`, { high: 900 });
    await shot('exposure', `${url}/exposure`, { high: 900 });
    await shot('policy', `${url}/policy`, { high: 800 });
  });
} finally {
  await browser.close();
  await server.close();
}
