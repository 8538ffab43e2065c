import { expect, it } from 'vitest';
import { pagesBundle } from '../../src/console/server/bundle.ts';
import { memorySource } from '../console/memory-source.ts';
import { served } from '../console/server/served.ts';
import { inBrowser, opens, settled } from './page.ts';

const TOKEN = '0123456789abcdef';
const guarded = async () => served({ source: memorySource(), bundle: await pagesBundle(), token: TOKEN });

inBrowser('a console with a token', () => {
  it('says how to come in to who comes without it', async () => {
    const { url } = await guarded();
    const page = await opens(url);
    await page.getByText('the console asks for its token').waitFor();
    await page.getByText('/?token=…').waitFor();
    expect(await page.locator('[data-row]').count()).toBe(0);
  });

  it('lets in who brings it once, takes it out of the address, and is live from then on', async () => {
    const { url } = await guarded();
    const page = await opens(`${url}/?status=running&token=${TOKEN}`);
    await settled(page);
    await expect.poll(() => page.url()).toBe(`${url}/?status=running`);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.goto(`${url}/policy`);
    await settled(page);
  });
});
