import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishedDemo } from './demo.ts';
import { inBrowser, opens, settled } from './page.ts';
import { everyPage } from './places.ts';

/** What axe finds, told so that it can be mended. */
async function violations(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.passes.length).toBeGreaterThan(10);
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary}`),
  );
}

inBrowser('every page', () => {
  let demo: Awaited<ReturnType<typeof finishedDemo>>;
  let pages: [name: string, path: string][];
  beforeAll(async () => {
    demo = await finishedDemo();
    pages = await everyPage(demo);
  }, 60_000);
  afterAll(() => demo.close());

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 640],
    ['light', 390],
  ] as const)(
    'has nothing that axe objects to, %s, %i pixels wide',
    { timeout: 150_000 },
    async (colorScheme, width) => {
      const page = await opens(demo.url, { colorScheme, viewport: { width, height: 900 } });
      const wrong: Record<string, string[]> = {};
      for (const [name, path] of pages) {
        await page.goto(`${demo.url}${path}`);
        await settled(page);
        const found = await violations(page);
        if (found.length > 0) wrong[name] = found;
      }
      expect(wrong).toEqual({});
    },
  );

  it.each(['light', 'dark'] as const)('has nothing in its dialogs that axe objects to, %s', async (colorScheme) => {
    const page = await opens(`${demo.url}/runs/${demo.staging}`, { colorScheme });
    await page.getByRole('button', { name: 'Roll back' }).click();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    expect(await violations(page)).toEqual([]);
  });

  it.each([
    ['at 200 % zoom', 640, 450, 2],
    ['on a phone', 375, 700, 3],
    ['on the narrowest phone', 320, 568, 2],
  ])('needs no scrolling sideways %s', { timeout: 60_000 }, async (_, width, height, deviceScaleFactor) => {
    const page = await opens(demo.url, { viewport: { width, height }, deviceScaleFactor });
    const wide: Record<string, unknown> = {};
    for (const [name, path] of pages) {
      await page.goto(`${demo.url}${path}`);
      await settled(page);
      const scrolls = await page.evaluate(
        'document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth',
      );
      if (scrolls !== 0) wide[name] = scrolls;
    }
    expect(wide).toEqual({});
  });

  it('says what it is in its title and its heading', { timeout: 60_000 }, async () => {
    const page = await opens(demo.url);
    const titles = new Map<string, string>();
    for (const [, path] of pages) {
      await page.goto(`${demo.url}${path}`);
      await settled(page);
      expect(await page.locator('h1').count(), path).toBe(1);
      titles.set(new URL(page.url()).pathname, await page.title());
    }
    expect(new Set(titles.values()).size).toBe(titles.size);
  });
});
