import { describe, expect, it } from 'vitest';
import type { RunPage, RunRow } from '../../../src/console/api/shapes.ts';
import { begunBy, filtersOf, firstRuns, listAddress, triggerWords } from '../../../src/console/web/pages/runs/query.ts';

const row = (runId: string): RunRow => ({
  runId,
  policy: { name: 'web', fingerprint: '0123456789ab' },
  group: 'web',
  environment: 'staging',
  engine: 'embedded',
  status: 'succeeded',
  startedAt: '2026-03-10T12:00:00.000Z',
  endedAt: '2026-03-10T12:10:00.000Z',
  trigger: 'window',
  rollbackOf: null,
  awaitsApproval: false,
  reason: null,
  tally: {},
  total: 0,
});

/** An API that holds so many runs, and remembers what it was asked. */
function api(count: number) {
  const asked: string[] = [];
  const ask = async (url: string): Promise<RunPage> => {
    asked.push(url);
    const query = new URLSearchParams(url.split('?')[1]);
    const from = Number(query.get('before') ?? 0);
    const to = Math.min(count, from + Number(query.get('limit')));
    const runs = Array.from({ length: to - from }, (_, at) => row(`run-${from + at}`));
    const rest = { groups: [], environments: [], policies: [], missing: [] };
    return { now: '2026-03-10T13:00:00.000Z', runs, next: to < count ? String(to) : null, ...rest };
  };
  return { asked, ask };
}

describe('the filters of the list', () => {
  it('stand in the address and come back from it', () => {
    const filters = { status: 'halted', q: 'a b&c', since: '7d' };
    const address = listAddress(filters);
    expect(filtersOf(new URLSearchParams(address.split('?')[1]))).toEqual(filters);
  });

  it('are none where the address says nothing of the list', () => {
    expect(filtersOf(new URLSearchParams('view=events&status=%20'))).toEqual({});
  });
});

describe('the first runs', () => {
  it('are one request while they fit one page', async () => {
    const { ask, asked } = api(300);
    expect((await firstRuns({ status: 'halted' }, 50, ask)).runs).toHaveLength(50);
    expect(asked).toEqual(['/api/runs?status=halted&limit=50']);
  });

  it('go on page by page, each behind the one before', async () => {
    const { ask } = api(1000);
    const page = await firstRuns({}, 450, ask);
    expect(page.runs.map(({ runId }) => runId)).toEqual(Array.from({ length: 450 }, (_, at) => `run-${at}`));
    expect(page.next).toBe('450');
  });

  it('are all where there are fewer', async () => {
    const { ask } = api(210);
    const page = await firstRuns({}, 400, ask);
    expect(page.runs).toHaveLength(210);
    expect(page.next).toBeNull();
  });
});

describe('who began a run', () => {
  it.each([
    ['person: anna', { who: 'anna', kind: 'person' }],
    ['person: anna: the second', { who: 'anna: the second', kind: 'person' }],
    ['window', { who: 'Window', kind: '' }],
    ['api', { who: 'API', kind: '' }],
    ['something new', { who: 'something new', kind: '' }],
  ])('%s', (trigger, words) => {
    expect(triggerWords(trigger)).toEqual(words);
  });
});

describe('who began a run, within a sentence', () => {
  it.each([
    ['person: anna', 'anna'],
    ['person', 'a person'],
    ['window', 'a maintenance window'],
    ['window: mw-1', 'window mw-1'],
    ['api: ci', 'ci through the API'],
  ])('%s', (trigger, words) => {
    expect(begunBy(trigger)).toBe(words);
  });
});
