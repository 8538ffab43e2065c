import { expect, it } from 'vitest';
import { pagesBundle } from '../../src/console/server/bundle.ts';
import { HOSTILE, memorySource } from '../console/memory-source.ts';
import { served } from '../console/server/served.ts';
import { inBrowser, opens } from './page.ts';

inBrowser('a name that means harm', () => {
  it('is text in the list of runs', async () => {
    const { url } = await served({ source: memorySource(), bundle: await pagesBundle() });
    const page = await opens(url);
    await page.locator('[data-row]', { hasText: HOSTILE }).first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
  });
});
