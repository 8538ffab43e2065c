import { expect, it } from 'vitest';
import { withDemo } from './demo.ts';
import { inBrowser, opens } from './page.ts';

/** Times are those of the browser's own waits: what is looked at goes on in real time. */
const LIMIT = { timeout: 90_000 };
const SPEED = 300;

inBrowser('the demo', () => {
  it(
    'is watched live, from the start of a run to its halt, and its instance and its permalinks are there afterwards',
    LIMIT,
    async () => {
      await withDemo(SPEED, async ({ url, begin, ended }) => {
        const page = await opens(url);
        await page.getByText('Live', { exact: true }).waitFor();
        await page.getByText('No run yet').first().waitFor();
        await ended(await begin('staging'));
        await page.locator('[data-row]', { hasText: 'shop-staging' }).waitFor();

        const id = await begin('production');
        const row = page.locator('[data-row]', { hasText: 'shop-production' });
        await row.waitFor();
        await row.click();
        await page.getByRole('heading', { name: /shop-production/ }).waitFor();
        // Nothing is loaded again: the page hears of it.
        await page.getByText(/It halted in the canary/).waitFor({ timeout: 60_000 });
        const halted = await ended(id);
        expect(halted.status).toBe('halted');
        const broken = halted.instances.find(({ outcome }) => outcome === 'rolled-back')?.instanceId ?? '';
        await page.getByText('rolled back', { exact: false }).first().waitFor();
        await page.getByRole('link', { name: broken }).first().click();
        await page.getByRole('heading', { name: new RegExp(broken) }).waitFor();

        const fresh = await opens(`${url}/runs/${id}?view=patches`);
        await fresh.getByText('CVE-2026-41877').first().waitFor();
      });
    },
  );

  it('is found by its filters and its search, which stand in the address', LIMIT, async () => {
    await withDemo(SPEED, async ({ url, begin, ended }) => {
      await ended(await begin('staging'));
      await ended(await begin('production'));
      const page = await opens(url);
      const rows = page.locator('[data-row]');
      await rows.nth(1).waitFor();
      await page.getByLabel('Status').selectOption('halted');
      await expect.poll(() => rows.count()).toBe(1);
      expect(new URL(page.url()).searchParams.get('status')).toBe('halted');
      await page.goBack();
      await expect.poll(() => rows.count()).toBe(2);
      await page.keyboard.press('/');
      await page.keyboard.type('staging');
      await expect.poll(() => rows.count()).toBe(1);
      const shared = await opens(page.url());
      await expect.poll(() => shared.locator('[data-row]').count()).toBe(1);
    });
  });

  it('is gone through by the keyboard alone', LIMIT, async () => {
    await withDemo(SPEED, async ({ url, begin, ended }) => {
      await ended(await begin('staging'));
      const page = await opens(url);
      await page.locator('[data-row]').first().waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: /shop-staging/ }).waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    });
  });

  it('is aborted from its page, which says what will happen before it does', LIMIT, async () => {
    await withDemo(60, async ({ url, begin, ended }) => {
      const id = await begin('staging');
      const page = await opens(`${url}/runs/${id}`);
      await page.getByRole('button', { name: 'Abort' }).click();
      const dialog = page.getByRole('dialog');
      expect(await dialog.textContent()).toMatch(/instance/);
      await dialog.getByRole('button', { name: 'Abort the run' }).click();
      await page.getByText(/Asked to abort/).waitFor();
      expect((await ended(id)).status).toBe('aborted');
      await page.getByText('aborted').first().waitFor();
    });
  });
});
