import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Demo, openDemo } from './demo.ts';
import { inBrowser, opens, rowOf, settled, stands } from './page.ts';

let demo: Demo;

beforeEach(async () => {
  demo = await openDemo({ speed: 300, instances: 4 });
});

afterEach(() => demo.close());

inBrowser('the demo, watched in the browser', () => {
  it('is seen from its start to the halt, without the page being loaded again', { timeout: 60_000 }, async () => {
    const page = await opens(demo.url);
    await settled(page);
    await page.getByText('No run yet').waitFor();
    await page.evaluate('document.body.dataset.watched = "since the start"');

    const staging = await demo.begin('staging');
    await rowOf(page, 'shop-staging').click();
    await page.waitForURL(`**/runs/${staging}`);
    await stands(page, 'shop-staging', 'running');
    await page.getByText('patching', { exact: true }).first().waitFor();
    await demo.ended(staging);
    await stands(page, 'shop-staging', 'succeeded');
    await page.getByText('2 patched').first().waitFor();

    const production = await demo.begin('production');
    await page.getByRole('link', { name: 'Runs' }).first().click();
    await rowOf(page, 'shop-production').click();
    await stands(page, 'shop-production', 'running');
    await demo.ended(production);
    await stands(page, 'shop-production', 'halted');
    const notice = page.locator('.notice').first();
    expect(await notice.textContent()).toMatch(
      /halted in the canary: i-\w+: unhealthy after the patch.*whole.*drydock run/s,
    );
    await page.getByText('1 rolled back').first().waitFor();

    expect(await page.locator('body').getAttribute('data-watched')).toBe('since the start');
  });
});

inBrowser('a run that goes on', () => {
  it('is aborted from its page, once the page has said what will happen', { timeout: 60_000 }, async () => {
    const id = await demo.begin('staging');
    // The run goes on meanwhile, and its page is a moment behind it: the dialog says one of the things that the page was told.
    const told: string[] = [];
    const { url } = await demo.serve({
      ...demo.source,
      run: async (runId) => {
        const shown = await demo.source.run(runId);
        told.push(...shown.actions.filter(({ verb }) => verb === 'abort').map(({ what }) => what));
        return shown;
      },
    });
    const page = await opens(`${url}/runs/${id}`);
    await page.getByText('draining', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Abort' }).click();
    const dialog = page.getByRole('dialog', { name: 'Abort this run?' });
    const said = (await dialog.textContent()) ?? '';
    expect(told.filter((each) => said.includes(each))).not.toEqual([]);

    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect((await demo.source.run(id)).status).toBe('running');

    await page.getByRole('button', { name: 'Abort' }).click();
    await dialog.getByRole('button', { name: 'Abort the run' }).click();
    await page.getByText(/Asked to abort at/).waitFor();
    await demo.ended(id);
    await stands(page, 'shop-staging', 'aborted');
    expect(await page.getByRole('button', { name: 'Abort' }).count()).toBe(0);
  });

  it('is paused and resumed from its page', { timeout: 60_000 }, async () => {
    const id = await demo.begin('staging');
    const page = await opens(`${demo.url}/runs/${id}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Pause the run' }).click();
    await stands(page, 'shop-staging', 'paused');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Resume the run' }).click();
    await stands(page, 'shop-staging', 'running');
    await demo.ended(id);
    expect((await demo.source.run(id)).status).toBe('succeeded');
  });

  it('is rolled back from its page when it is over, by a run of its own that the page leads to', {
    timeout: 60_000,
  }, async () => {
    const id = await demo.begin('staging');
    await demo.ended(id);
    const page = await opens(`${demo.url}/runs/${id}`);
    await page.getByRole('button', { name: 'Roll back' }).click();
    const dialog = page.getByRole('dialog', { name: 'Roll back this run?' });
    await dialog.getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('link', { name: /See run/ }).click();
    await stands(page, 'shop-staging', 'running');
    await page.getByText(`run ${id}`).waitFor();
    const begun = page.url().split('/').at(-1) ?? '';
    await demo.ended(begun);
    await stands(page, 'shop-staging', 'succeeded');
    await page.getByText('2 rolled back').first().waitFor();
  });

  it('that ended meanwhile says so when it is asked', { timeout: 60_000 }, async () => {
    const id = await demo.begin('staging');
    const page = await opens(`${demo.url}/runs/${id}`);
    await page.getByRole('button', { name: 'Abort' }).click();
    // As if somebody else had been faster: the page has the dialog open, and what it asks comes too late.
    await page.route('**/abort', async (route) => {
      await demo.ended(id);
      await route.continue();
    });
    await page.getByRole('button', { name: 'Abort the run' }).click();
    await page.getByText(/is over.*cannot be asked to abort/).waitFor();
  });
});
