import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishedDemo } from './demo.ts';
import { inBrowser, opens, settled, stands } from './page.ts';

inBrowser('the page of a run', () => {
  let demo: Awaited<ReturnType<typeof finishedDemo>>;
  let address: string;
  beforeAll(async () => {
    demo = await finishedDemo();
    address = `${demo.url}/runs/${demo.production}`;
  }, 60_000);
  afterAll(() => demo.close());

  it('is opened fresh by its link: how it stands, why, and what to do next', async () => {
    const page = await opens(address);
    await stands(page, 'shop-production', 'halted');
    const told = await page.locator('.notice').first().textContent();
    expect(told).toMatch(/unhealthy after the patch.*503.*Everything is whole.*drydock run --group shop-production/s);
    expect(await page.title()).toMatch(/^shop-production, halted/);
  });

  it('keeps the view below in its address, filters included', async () => {
    const page = await opens(`${address}?view=events&of=rollout&q=lock`);
    await settled(page);
    const rows = page.locator('table.events tbody tr');
    const all = await rows.allTextContents();
    expect(all.length).toBeGreaterThan(1);
    expect(all.filter((row) => !/rollout.*lock/i.test(row))).toEqual([]);
    await page.getByRole('link', { name: /^Patches/ }).click();
    await page.getByText('CVE-2026-41877').first().waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get('view')).toBe('patches');
    await page.goBack();
    await rows.first().waitFor();
  });

  it('gives the events that are shown as a file, one a line', async () => {
    const page = await opens(`${address}?view=events&of=rollout`);
    await settled(page);
    const started = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    const download = await started;
    expect(download.suggestedFilename()).toBe(`${demo.production}-events.ndjson`);
    const lines = (await text(await download.createReadStream())).trim().split('\n');
    const { events } = await demo.source.events(demo.production, { of: 'rollout', limit: 1000 });
    expect(lines.map((line) => JSON.parse(line))).toEqual(events);
  });

  it('names the patches with their CVEs and the rule that approved each, and what was held and why', async () => {
    const page = await opens(`${address}?view=patches`);
    await page.getByText('CVE-2026-41877').first().waitFor();
    await page.getByText('critical-security').first().waitFor();
    await page.getByRole('link', { name: /^Held/ }).click();
    await page.getByText('curl.x86_64').first().waitFor();
  });

  it('shows its timeline as a table of exact times to whoever cannot see it', async () => {
    const page = await opens(address);
    await settled(page);
    await page.getByRole('button', { name: 'As a table' }).click();
    const table = page.getByRole('region', { name: 'Timeline as a table' });
    const rows = await table.getByRole('row').allTextContents();
    expect(rows.filter((row) => /i-\w+.*roll/.test(row))).toHaveLength(1);
    expect(rows[1]).toMatch(/\d\d:\d\d:\d\d/);
  });

  it('comes closer in its timeline by keys, and shows all of it again', async () => {
    const page = await opens(address);
    await settled(page);
    const ticks = page.locator('.figure-head .tick-label');
    await page.getByRole('application').focus();
    const before = await ticks.allTextContents();
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('+');
    expect(await ticks.allTextContents()).not.toEqual(before);
    await page.keyboard.press('0');
    expect(await ticks.allTextContents()).toEqual(before);
  });

  it('reads out what its timeline is at, step by step', async () => {
    const page = await opens(address);
    await settled(page);
    await page.getByRole('application').focus();
    const told = new Set<string | null>();
    for (let step = 0; step < 6; step += 1) {
      await page.keyboard.press('ArrowRight');
      told.add(await page.locator('.figure [role=status]').textContent());
    }
    expect(told.size).toBeGreaterThan(3);
    expect([...told].at(-1)).toMatch(/\d\d:\d\d:\d\d/);
  });

  it('says so where there is no such run', async () => {
    const page = await opens(`${demo.url}/runs/20260101-000000-fffff`);
    await page.getByText(/there is no run 20260101-000000-fffff/).waitFor();
  });

  it('shows more of its events on request', async () => {
    const page = await opens(`${address}?view=events`);
    await settled(page);
    const rows = page.locator('table.events tbody tr');
    const first = await rows.count();
    await page.getByRole('button', { name: 'Load more' }).click();
    await rows.nth(first).waitFor();
  });
});
