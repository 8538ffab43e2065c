/** Chromium for the browser tests: one process for all of them. Where there is none they are skipped with a word; with CI=true they fail. */
import { existsSync } from 'node:fs';
import { type BrowserServer, chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the browser is reached; undefined: there is none. */
    browser: string | undefined;
  }
}

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export const NO_BROWSER =
  'There is no Chromium here. On Debian and Ubuntu: apt-get update && apt-get install -y chromium. Elsewhere: name one in CHROMIUM.';

/** Only what it is asked for: no updates, no account, no look at the outside. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium of this computer, or the one that CHROMIUM names; undefined when there is none. */
export function chromiumPath(): string | undefined {
  return [process.env.CHROMIUM, ...PLACES].find((path) => path !== undefined && path !== '' && existsSync(path));
}

/** Starts it, listening for those who drive it. Throws when there is none. */
export function startChromium(): Promise<BrowserServer> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error(NO_BROWSER);
  return chromium.launchServer({ executablePath, args: ARGUMENTS });
}

/** Before the tests: starts the browser, and gives what ends it. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (chromiumPath() === undefined && process.env.CI !== 'true') {
    process.stderr.write(`\nThe browser tests are skipped. ${NO_BROWSER}\n\n`);
    project.provide('browser', undefined);
    return undefined;
  }
  const server = await startChromium();
  project.provide('browser', server.wsEndpoint());
  return () => server.close();
}
