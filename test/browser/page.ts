/** Pages in the browser, watched: whatever a test is about, no page may call another site, break its own rules, or throw. */
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { describe, expect, inject, onTestFinished } from 'vitest';

const endpoint = inject('browser');
let connected: Promise<Browser> | undefined;

/** Like `describe`, where there is a browser. */
export const inBrowser = describe.skipIf(endpoint === undefined);

/** What pages log that is no fault of theirs: a stream or a question that the test cut off, or that was to be refused. */
const EXPECTED =
  /net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)|status of (400|401|404|409|500)/;

/** A page that nobody watches, in a fresh browser; closed when the test is over. */
export async function blankPage(options: BrowserContextOptions = {}): Promise<Page> {
  connected ??= chromium.connect(endpoint ?? '');
  const context = await (await connected).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  onTestFinished(() => context.close());
  return context.newPage();
}

/** Opens `url` in a fresh browser, as somebody who follows a link would; closed when the test is over, which fails if the page did wrong. */
export async function opens(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await blankPage(options);
  const context = page.context();
  const wrongs: string[] = [];
  onTestFinished(() => expect(wrongs).toEqual([]));
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

/** Resolves once the page is live and shows what it was opened for. */
export async function settled(page: Page): Promise<void> {
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('.loading, [aria-busy=true]').first().waitFor({ state: 'detached' });
}

/** The link of a run in the list. */
export function rowOf(page: Page, group: string): Locator {
  return page.getByRole('link', { name: group, exact: true });
}

/** Resolves once the page of a run says that it stands so. */
export async function stands(page: Page, group: string, status: string): Promise<void> {
  await page.locator('.run-name', { hasText: group }).getByText(status, { exact: true }).waitFor();
}
