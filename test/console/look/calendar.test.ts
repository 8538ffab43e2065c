import { describe, expect, it } from 'vitest';
import { type Calendar, calendar as shape } from '../../../src/console/api/shapes.ts';
import { calendarOf } from '../../../src/console/look/calendar/calendar.ts';
import type { FleetLook } from '../../../src/console/look/fleets/look.ts';
import type { FinishedRun } from '../../../src/orchestrator/plan/types.ts';
import type { Policy } from '../../../src/policies/policy.ts';
import { bugfix, DAY_MS, openFleets, patch, policyOf, START } from './fleets.ts';

const openssl = patch('openssl', 1);
const curl = patch('curl', 2, bugfix);

const inEnvironment = ({ patches }: Calendar, id: string, environment: string) => {
  const found = patches.find((each) => each.id === `${id}.x86_64`);
  return found?.in.find((each) => each.environment === environment);
};

describe('the calendar of the policy', () => {
  it('has its environments in the order of their gates, its windows, and its rules in words', async () => {
    const calendar = await openFleets({ patches: [] }).open().calendar();
    expect(shape.parse(calendar)).toEqual(calendar);
    expect(calendar.policy).toMatchObject({ name: 'shop', file: 'drydock.yaml' });
    const [staging, production] = calendar.environments;
    expect(staging).toMatchObject({
      name: 'staging',
      after: null,
      words: 'Each patch 3d before the delay of its rule is over, never before its release.',
      windows: ['cron(0 2 ? * TUE *) in Europe/Berlin, open for 4h; no run begins in its last 1h'],
      nextWindow: '2026-03-03T01:00:00.000Z',
    });
    expect(production).toMatchObject({
      name: 'production',
      after: 'staging',
      words:
        'Each patch once the delay of its rule is over, and only once a run in staging has succeeded with it at least 3d ago.',
    });
    expect(staging?.openings.length).toBeGreaterThan(8);
    expect(staging?.openings.at(0)).toEqual({ from: '2026-01-27T01:00:00.000Z', to: '2026-01-27T05:00:00.000Z' });
    expect(calendar.rules).toEqual([
      {
        name: 'critical-security',
        match: 'class Security, and severity Critical',
        approveAfter: '0s',
        in: [
          { environment: 'staging', after: '0s', soaks: false },
          { environment: 'production', after: '0s', soaks: false },
        ],
      },
      {
        name: 'everything-else',
        match: 'every other patch',
        approveAfter: '7d',
        in: [
          { environment: 'staging', after: '4d', soaks: false },
          { environment: 'production', after: '7d', soaks: true },
        ],
      },
    ]);
  });

  it('has each missing patch once, with how many instances miss it where', async () => {
    const { patches } = await openFleets({ patches: [curl, openssl] })
      .open()
      .calendar();
    expect(patches.map(({ id, in: where }) => [id, where.map(({ missing }) => missing)])).toEqual([
      ['openssl.x86_64', [2, 3]],
      ['curl.x86_64', [2, 3]],
    ]);
  });

  it('says of each environment when the patch is approved there, and what it waits for', async () => {
    const calendar = await openFleets({ patches: [openssl, curl] })
      .open()
      .calendar();
    expect(inEnvironment(calendar, 'openssl', 'production')).toEqual({
      ...{ environment: 'production', missing: 3, state: 'approved', waitsFor: null },
      at: openssl.releasedAt,
      due: openssl.releasedAt,
    });
    expect(inEnvironment(calendar, 'curl', 'staging')).toMatchObject({
      state: 'held',
      at: '2026-03-05T00:00:00.000Z',
      due: '2026-03-05T00:00:00.000Z',
      waitsFor: expect.stringContaining('everything-else approves it in staging at 2026-03-05'),
    });
    // When the gate opens nobody knows before a run in staging.
    expect(inEnvironment(calendar, 'curl', 'production')).toMatchObject({
      ...{ state: 'held', at: null, due: '2026-03-08T00:00:00.000Z' },
      waitsFor: expect.stringContaining('no run of policy shop has succeeded in staging with it yet'),
    });
  });

  it('knows when the gate opens once a run has succeeded before it', async () => {
    const fleets = openFleets({ patches: [openssl, curl] });
    await fleets.sleep(4 * DAY_MS);
    await fleets.run('staging');
    const calendar = await fleets.open().calendar();
    const { state, at, waitsFor } = inEnvironment(calendar, 'curl', 'production') ?? {};
    expect(state).toBe('held');
    expect(at).toMatch(/^2026-03-09T02:/);
    expect(waitsFor).toContain('succeeded in staging with it');
    // It is missing there no more, and stands in the calendar all the same.
    expect(inEnvironment(calendar, 'curl', 'staging')).toMatchObject({ missing: 0, state: 'approved' });
  });

  it('says that a patch is never approved that no rule matches', async () => {
    const text = `
version: 1
name: shop
patches: { rules: [{ name: security, match: { classification: [Security] }, approveAfter: 0d }] }
environments: { staging: {}, production: {} }
`;
    const calendar = await openFleets({ patches: [curl], policy: policyOf(text) })
      .open()
      .calendar();
    expect(calendar.rules[0]?.match).toBe('class Security');
    expect(calendar.patches[0]?.rule).toBeNull();
    expect(inEnvironment(calendar, 'curl', 'staging')).toMatchObject({
      ...{ state: 'never', at: null, due: null, waitsFor: 'no rule of policy shop matches it' },
    });
  });
});

describe('a patch without a release date', () => {
  const pinned = policyOf(`
version: 1
name: shop
patches: { unsupportedDelays: pin, overrideList: "s3://lists/shop", rules: [{ name: later, approveAfter: 2d }] }
environments: { staging: {}, production: {} }
`);
  const undated = { id: 'bash', title: 'bash:amd64:5.1', classification: 'Updates', severity: 'Important', cves: [] };

  it('is counted from the day on which it was first seen', () => {
    const seen = { ...undated, firstSeenAt: '2026-03-01T12:00:00.000Z' };
    const calendar = calendarWith(pinned, { missing: [{ patch: seen, instanceIds: ['i-1'] }] });
    expect(calendar.patches[0]?.in[0]).toMatchObject({
      state: 'held',
      at: '2026-03-04T00:00:00.000Z',
      due: '2026-03-04T00:00:00.000Z',
    });
  });

  it('stands as the last plan decided, where nobody can tell any more when it was first seen', () => {
    const decided = { approved: true, rule: 'later', since: '2026-02-20T00:00:00.000Z' } as const;
    const calendar = calendarWith(pinned, { missing: [{ patch: undated, instanceIds: ['i-1'], decided }] });
    expect(calendar.patches[0]?.in[0]).toMatchObject({ state: 'approved', at: '2026-02-20T00:00:00.000Z', due: null });
  });
});

it('is the policy alone before anything was looked at', () => {
  const calendar = calendarOf({
    policy: policyOf(),
    file: null,
    look: undefined,
    working: true,
    finished: [],
    now: Date.parse(START),
  });
  expect(shape.parse(calendar)).toEqual(calendar);
  expect(calendar).toMatchObject({ asOf: null, looking: true, patches: [] });
  expect(calendar.environments).toHaveLength(2);
});

function calendarWith(
  policy: Policy,
  group: Pick<FleetLook['groups'][number], 'missing'>,
  finished: FinishedRun[] = [],
) {
  const groups = [{ group: 'shop-staging', environment: 'staging', asOf: START, ...group }];
  const look: FleetLook = { policy, groups, unknown: [], at: Date.parse(START) };
  return calendarOf({ policy, file: null, look, working: false, finished, now: Date.parse(START) });
}
