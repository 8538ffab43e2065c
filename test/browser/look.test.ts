import { expect, it } from 'vitest';
import type { Calendar, Exposure, Graph, InstanceDocument } from '../../src/console/api/shapes.ts';
import { pagesBundle } from '../../src/console/server/bundle.ts';
import type { ConsoleSource } from '../../src/console/server/source.ts';
import { DrydockError, EXIT } from '../../src/orchestrator/errors.ts';
import { HALTED, HOSTILE, memorySource, RUNNING } from '../console/memory-source.ts';
import { served } from '../console/server/served.ts';
import { withDemo } from './demo.ts';
import { inBrowser, opens } from './page.ts';

const bundle = await pagesBundle();
const LIMIT = { timeout: 90_000 };

async function shows(own: Partial<ConsoleSource>): Promise<string> {
  return (await served({ source: memorySource(own), bundle })).url;
}

inBrowser('the exposure of the demo', () => {
  it('leads from a number to the patches behind it, which stand in the address', LIMIT, async () => {
    await withDemo(300, async ({ url, begin, ended }) => {
      await ended(await begin('staging'));
      const page = await opens(`${url}/exposure`);
      const rows = page.locator('.exposure-list tbody tr');
      await rows.nth(1).waitFor();
      const all = await rows.count();
      await page.getByRole('link', { name: /Critical in production/ }).click();
      await expect.poll(() => rows.count()).toBeLessThan(all);
      await expect.poll(() => new URL(page.url()).search).toBe('?environment=production&severity=Critical');
      await page.goBack();
      await expect.poll(() => rows.count()).toBe(all);
      await page.getByText(/from 1 run of/).waitFor();
      const file = page.waitForEvent('download');
      await page.getByRole('link', { name: 'CSV' }).click();
      expect((await file).suggestedFilename()).toBe('exposure.csv');
    });
  });

  it('shows in the calendar what waits for what, opened by the keys', LIMIT, async () => {
    await withDemo(300, async ({ url }) => {
      const page = await opens(`${url}/policy`);
      const patch = page.locator('.calendar-patch', { hasText: 'curl' });
      await patch.locator('summary').first().focus();
      await page.keyboard.press('Enter');
      await patch.getByText(/no run of policy shop has succeeded in staging with it yet/).waitFor();
    });
  });
});

inBrowser('the state graph', () => {
  it('is walked around in: by its machines, a search, a state, and closer', LIMIT, async () => {
    await withDemo(600, async ({ url, begin, ended }) => {
      const id = await begin('staging');
      await ended(id);
      const page = await opens(`${url}/runs/${id}/graph`);
      await page.getByRole('link', { name: 'Each instance' }).click();
      await page.getByText(/from \d+ instances/).waitFor();
      await page.getByRole('button', { name: 'Detach', exact: true }).click();
      const details = page.getByRole('complementary', { name: 'State Detach' });
      await details.getByText('Leads to').waitFor();
      await expect.poll(() => new URL(page.url()).searchParams.get('state')).toBe('Detach');
      await details.getByRole('button', { name: 'WaitForDrain' }).click();
      await page.getByRole('complementary', { name: 'State WaitForDrain' }).waitFor();

      await page.getByLabel('Search states').fill('HookFailed');
      await expect.poll(() => page.locator('.graph-list tbody tr').count()).toBe(1);
      await page.locator('.graph-state:not([data-faint=true])', { hasText: 'HookFailed' }).waitFor();

      const width = async () => Number(await page.locator('.graph-picture').getAttribute('width'));
      const before = await width();
      await page.getByRole('button', { name: 'Larger' }).click();
      await expect.poll(width).toBeGreaterThan(before);
      await page.getByRole('region', { name: 'Picture of the state machine' }).focus();
      await page.keyboard.press('-');
      await expect.poll(async () => Math.round(await width())).toBe(Math.round(before));
    });
  });

  it('moves where executions are now, unless the reader wants nothing to move', async () => {
    const url = await shows({ graph: async (_, machine) => graphOf(machine) });
    const animation = async (reducedMotion: 'reduce' | 'no-preference') => {
      const page = await opens(`${url}/runs/${RUNNING}/graph`, { reducedMotion });
      await page.locator('.graph-pulse').waitFor();
      return page.evaluate("getComputedStyle(document.querySelector('.graph-pulse')).animationName");
    };
    expect(await animation('no-preference')).toBe('breathe');
    expect(await animation('reduce')).toBe('none');
  });

  it('reads on while there are executions that were not read yet', async () => {
    let read = 1;
    const url = await shows({
      graph: async (_, machine) => {
        read += 1;
        return { ...graphOf(machine), executions: { read: Math.min(read, 3), of: 3 } };
      },
    });
    const page = await opens(`${url}/runs/${RUNNING}/graph?machine=patch-instance`);
    await page.getByText('from 3 instances', { exact: true }).waitFor();
  });
});

inBrowser('a look at the fleets', () => {
  it('is fetched again until it is made', async () => {
    let asked = 0;
    const source = memorySource();
    const url = await shows({
      exposure: async () => {
        asked += 1;
        const made = await source.exposure();
        return asked === 1 ? { ...made, asOf: null, looking: true, patches: [] } : { ...made, rows: [ROW] };
      },
    });
    const page = await opens(`${url}/exposure`);
    await page.getByText('Nothing was looked at yet').waitFor();
    await page.getByRole('link', { name: /Critical in production: 2 patches/ }).waitFor();
  });

  it('says which groups are shown as of another time, and why', async () => {
    const stale = [
      { group: 'web', asOf: '2026-03-09T02:00:00.000Z', why: 'there is no AWS account at hand to look at it' },
    ];
    const source = memorySource();
    const url = await shows({ exposure: async () => ({ ...(await source.exposure()), stale }) });
    const page = await opens(`${url}/exposure`);
    await page.getByText('There is no AWS account at hand to look at it.').waitFor();
  });

  it('says what went wrong when it cannot be had, and what to do', async () => {
    const refuse = async () => {
      throw new DrydockError('the policy drydock.yaml has a problem', { exitCode: EXIT.badInput, next: 'Mend it.' });
    };
    const url = await shows({ calendar: refuse });
    const page = await opens(`${url}/policy`);
    await page.getByText('the policy drydock.yaml has a problem').waitFor();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
  });
});

inBrowser('a name that means harm', () => {
  it.each([
    '/exposure',
    '/policy',
    `/runs/${HALTED}/instances/i-1`,
    `/runs/${HALTED}/graph?state=${encodeURIComponent(HOSTILE)}`,
  ])('is text on %s', async (path) => {
    const url = await shows({
      exposure: async () => hostileExposure(await memorySource().exposure()),
      calendar: async () => hostileCalendar(await memorySource().calendar()),
      instance: async (id, instance) => hostileInstance(await memorySource().instance(id, instance)),
      graph: async (_, machine) => graphOf(machine, HOSTILE),
    });
    const page = await opens(`${url}${path}`);
    await page.getByText(HOSTILE).first().waitFor({ state: 'attached' });
    expect(await page.locator('img').count()).toBe(0);
  });
});

const ROW: Exposure['rows'][number] = {
  ...{ environment: 'production', severity: 'Critical', waiting: 2, approved: 1, instances: 3, oldestDays: 9 },
  approvedSince: '2026-03-01T00:00:00.000Z',
  nextWindow: null,
};

function graphOf(machine: Graph['machine'], name = 'Wave'): Graph {
  const state = { type: 'Map', part: 'wave', comment: name, x: 80, y: 60, width: 90, height: 34 };
  return {
    machine,
    startAt: name,
    width: 200,
    height: 120,
    executions: { read: 1, of: 1 },
    parts: [{ label: 'wave', y: 0, height: 120 }],
    nodes: [{ id: name, ...state, visits: 1, here: 1, failed: 0 }],
    edges: [],
  };
}

function hostileExposure(exposure: Exposure): Exposure {
  const [patch] = exposure.patches;
  if (patch === undefined) return exposure;
  const named = { ...patch, patch: HOSTILE, title: HOSTILE, group: HOSTILE, waitsFor: HOSTILE, cves: [HOSTILE] };
  return { ...exposure, rows: [{ ...ROW, environment: HOSTILE, severity: HOSTILE }], patches: [named] };
}

function hostileCalendar(calendar: Calendar): Calendar {
  const held = { environment: HOSTILE, missing: 1, state: 'held', at: null, due: null, waitsFor: HOSTILE } as const;
  const patch = { id: HOSTILE, title: HOSTILE, severity: HOSTILE, classification: HOSTILE, cves: [HOSTILE] };
  return { ...calendar, patches: [{ ...patch, releasedAt: null, rule: null, in: [held] }] };
}

function hostileInstance(document: InstanceDocument): InstanceDocument {
  const command = { id: HOSTILE, status: HOSTILE, detail: HOSTILE, tail: HOSTILE, errors: HOSTILE };
  return { ...document, instance: { ...document.instance, reason: HOSTILE, changed: HOSTILE }, command };
}
