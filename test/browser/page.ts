/** Pages in the browser, watched: whatever a test is about, no page may call another site, break its own rules, or throw. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterEach, describe, expect, inject } from 'vitest';

const endpoint = inject('browser');
let connected: Promise<Browser> | undefined;
const opened: { page: Page; wrongs: string[] }[] = [];

/** Like `describe`, where there is a browser. */
export const inBrowser = describe.skipIf(endpoint === undefined);

/** What pages log that is no fault of theirs: a stream or a question that the test cut off. */
const EXPECTED =
  /net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)|status of (404|409)/;

/** Opens `url` in a fresh browser, as somebody who follows a link would. */
export async function opens(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  connected ??= chromium.connect(endpoint ?? '');
  const context = await (await connected).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const wrongs: string[] = [];
  opened.push({ page, wrongs });
  const { origin } = new URL(url);
  context.on('request', (request) => {
    const to = request.url();
    if (!to.startsWith(`${origin}/`) && !to.startsWith('data:')) wrongs.push(`it called ${to}`);
  });
  context.on('weberror', (error) => wrongs.push(`it threw ${error.error().stack}`));
  context.on('dialog', (dialog) => {
    wrongs.push(`it opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) wrongs.push(`it logged ${message.text()}`);
  });
  await page.goto(url);
  return page;
}

afterEach(async () => {
  const watched = opened.splice(0);
  for (const { page } of watched) await page.context().close();
  expect(watched.flatMap(({ wrongs }) => wrongs)).toEqual([]);
});
