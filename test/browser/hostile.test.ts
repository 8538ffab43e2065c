import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ConsoleSource } from '../../src/console/server/source.ts';
import { HOSTILE } from '../console/memory-source.ts';
import { finishedDemo } from './demo.ts';
import { inBrowser, opens, settled } from './page.ts';
import { everyPage } from './places.ts';

/** What others have a say in: names, tags, reasons, output, comments. Ids lead to pages, and are left. */
const FREE = new Set([
  ...['group', 'name', 'reason', 'changed', 'trigger', 'what', 'next', 'title', 'rule', 'label', 'waitsFor', 'cves'],
  ...[
    'comment',
    'state',
    'detail',
    'tail',
    'errors',
    'lastReason',
    'url',
    'words',
    'match',
    'az',
    'step',
    'file',
    'why',
  ],
  ...[
    'environment',
    'groups',
    'environments',
    'policies',
    'operatingSystem',
    'privateIp',
    'details',
    'cause',
    'output',
  ],
]);

/** The same answer with harm behind every text that others have a say in. */
function poisoned<T>(value: T, isFree?: boolean): T;
function poisoned(value: unknown, isFree = false): unknown {
  if (typeof value === 'string') return isFree ? `${value} ${HOSTILE}` : value;
  if (Array.isArray(value)) return value.map((each) => poisoned(each, isFree));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, poisoned(each, FREE.has(key))]));
}

inBrowser('names and texts that mean harm', () => {
  let demo: Awaited<ReturnType<typeof finishedDemo>>;
  beforeAll(async () => {
    demo = await finishedDemo();
  }, 60_000);
  afterAll(() => demo.close());

  it('are text on every page', { timeout: 60_000 }, async () => {
    const { source } = demo;
    const shown: ConsoleSource = {
      ...source,
      runs: async (query) => poisoned(await source.runs(query)),
      run: async (id) => poisoned(await source.run(id)),
      timeline: async (id) => {
        const { lanes, ...rest } = await source.timeline(id);
        // What a step is, is one of a few words.
        const named = lanes.map((lane) => ({
          ...lane,
          segments: lane.segments.map(({ step, ...each }) => ({ ...poisoned(each), step })),
        }));
        return { ...poisoned(rest), lanes: named };
      },
      events: async (id, query) => poisoned(await source.events(id, query)),
      instance: async (id, instanceId) => poisoned(await source.instance(id, instanceId)),
      graph: async (id, machine) => poisoned(await source.graph(id, machine)),
      exposure: async () => poisoned(await source.exposure()),
      calendar: async () => poisoned(await source.calendar()),
    };
    const { url } = await demo.serve(shown);
    const page = await opens(url);
    for (const [name, path] of await everyPage(demo)) {
      await page.goto(`${url}${path}`);
      await settled(page);
      expect(await page.locator('img, script:not([src]), iframe').count(), name).toBe(0);
      if (name.startsWith('no-')) continue;
      expect(await page.locator('body').textContent(), name).toContain(HOSTILE);
    }
  });
});
