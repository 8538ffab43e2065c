import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { pagesBundle } from '../../src/console/server/bundle.ts';
import { memorySource, RUNNING } from '../console/memory-source.ts';
import { served } from '../console/server/served.ts';
import { blankPage, inBrowser } from './page.ts';

const bundle = await pagesBundle();

/** A page of somebody else, on another port of this computer: nearer than any other site can come. */
async function hostilePage(): Promise<Page> {
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Win a boat</title>'),
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const page = await blankPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return page;
}

inBrowser("another site's page", () => {
  it.each([
    [
      'a script that asks outright',
      `fetch(URL, { method: 'POST', headers: { 'content-type': 'application/json', 'x-drydock': 'console' }, body: '{}' })`,
    ],
    [
      'a script that asks so that nobody asks back',
      `fetch(URL, { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: '{}' })`,
    ],
    ['a beacon', `navigator.sendBeacon(URL, new Blob(['{}'], { type: 'text/plain' }))`],
    [
      'a form',
      `new Promise((resolve) => {
        const frame = Object.assign(document.createElement('iframe'), { name: 'aside', onload: resolve });
        const form = Object.assign(document.createElement('form'), { action: URL, method: 'post', enctype: 'text/plain', target: 'aside' });
        document.body.append(frame, form);
        form.submit();
      })`,
    ],
  ])('does not steer a run by %s', async (_, attempt) => {
    const source = memorySource();
    const { url } = await served({ source, bundle });
    const page = await hostilePage();
    const answered = page.waitForEvent('requestfinished').catch(() => undefined);
    await page.evaluate(
      `${attempt.replace('URL', JSON.stringify(`${url}/api/runs/${RUNNING}/abort`))}.then?.(() => {}, () => {})`,
    );
    await Promise.race([answered, page.waitForTimeout(500)]);
    expect(source.steered).toEqual([]);
  });

  it('reads nothing, hears nothing and frames nothing', async () => {
    const source = memorySource();
    const { url } = await served({ source, bundle });
    const page = await hostilePage();
    const read = await page.evaluate(
      `fetch('${url}/api/runs').then((answer) => answer.text(), (error) => 'refused: ' + error.name)`,
    );
    expect(read).toBe('refused: TypeError');
    const heard = await page.evaluate(`new Promise((resolve) => {
      const stream = new EventSource('${url}/api/stream');
      stream.onopen = () => resolve('open');
      stream.onerror = () => resolve('refused');
    })`);
    expect({ heard, listeners: source.listeners }).toEqual({ heard: 'refused', listeners: 0 });
    await page.evaluate(`new Promise((resolve) => {
      document.body.append(Object.assign(document.createElement('iframe'), { src: '${url}', onload: resolve }));
    })`);
    const framed = page.frames().find((frame) => frame !== page.mainFrame());
    expect(await framed?.locator('main').count()).toBe(0);
    const script = await page.evaluate(`new Promise((resolve) => {
      document.head.append(Object.assign(document.createElement('script'), {
        src: '${url}/api/runs', onload: () => resolve('loaded'), onerror: () => resolve('refused'),
      }));
    })`);
    expect(script).toBe('refused');
  });
});
