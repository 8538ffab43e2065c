import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishedDemo } from './demo.ts';
import { inBrowser, opens, rowOf, settled } from './page.ts';

inBrowser('the list of runs', () => {
  let demo: Awaited<ReturnType<typeof finishedDemo>>;
  beforeAll(async () => {
    demo = await finishedDemo();
  }, 60_000);
  afterAll(() => demo.close());

  const search = (address: string) => new URL(address).search;

  it('keeps its filters in the address: a link opened fresh shows the same', async () => {
    const page = await opens(demo.url);
    await settled(page);
    await page.getByLabel('Status').selectOption('halted');
    await rowOf(page, 'shop-staging').waitFor({ state: 'detached' });
    await rowOf(page, 'shop-production').waitFor();
    await expect.poll(() => search(page.url())).toBe('?status=halted');

    const fresh = await opens(page.url());
    await settled(fresh);
    expect(await fresh.locator('[data-row]').allTextContents()).toEqual(['shop-production']);
    expect(await fresh.getByLabel('Status').inputValue()).toBe('halted');
  });

  it('goes back to the filters before', async () => {
    const page = await opens(demo.url);
    await settled(page);
    await page.getByLabel('Environment').selectOption('staging');
    await rowOf(page, 'shop-production').waitFor({ state: 'detached' });
    await page.goBack();
    await rowOf(page, 'shop-production').waitFor();
    expect(await page.getByLabel('Environment').inputValue()).toBe('');
  });

  it('finds what was typed, in ids, groups and reasons, and says when nothing fits', async () => {
    const page = await opens(demo.url);
    await settled(page);
    const box = page.getByLabel('Search runs');
    await box.fill('UNHEALTHY after');
    await rowOf(page, 'shop-staging').waitFor({ state: 'detached' });
    await box.fill(demo.staging);
    await rowOf(page, 'shop-staging').waitFor();
    await expect.poll(() => search(page.url())).toBe(`?q=${demo.staging}`);
    await box.fill('no such thing');
    await page.getByText('No run fits these filters').waitFor();
    await page.getByRole('link', { name: 'all runs' }).click();
    await rowOf(page, 'shop-production').waitFor();
  });

  it('is walked, searched and opened by keys alone', async () => {
    const page = await opens(demo.url);
    await settled(page);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    expect(await page.locator(':focus').textContent()).toBe('shop-production');
    await page.keyboard.press('/');
    await page.keyboard.type('staging');
    await rowOf(page, 'shop-production').waitFor({ state: 'detached' });
    await page.keyboard.press('Tab');
    while ((await page.locator(':focus').getAttribute('data-row')) === null) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/runs/${demo.staging}`);
    await page.locator('h1:focus').waitFor();
  });

  it('shows its keys on ?, and gives the focus back', async () => {
    const page = await opens(demo.url);
    await settled(page);
    await page.keyboard.press('j');
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard' });
    await help.waitFor();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    expect(await page.locator(':focus').textContent()).toBe('shop-production');
  });

  it('begins with a way past the head', async () => {
    const page = await opens(demo.url);
    await settled(page);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.locator('main :focus').count()).toBe(1);
  });

  it("tells times in the reader's zone, and in UTC on hover", async () => {
    const page = await opens(demo.url, { timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
    await settled(page);
    const { runs } = await demo.source.runs({ limit: 1 });
    const began = new Date(runs[0]?.startedAt ?? '');
    const time = page.locator('.runs-started time').first();
    const inTokyo = began.toLocaleTimeString('en-GB', { timeZone: 'Asia/Tokyo', hour: '2-digit', minute: '2-digit' });
    expect(await time.textContent()).toContain(inTokyo);
    expect(await time.getAttribute('title')).toMatch(new RegExp(`${began.toISOString().slice(11, 16)}.*UTC`));
  });
});
