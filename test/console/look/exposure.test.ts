import { describe, expect, it } from 'vitest';
import { type Exposure, exposure as shape } from '../../../src/console/api/shapes.ts';
import { bugfix, DAY_MS, openFleets, patch, START } from './fleets.ts';

const openssl = patch('openssl', 1);
const curl = patch('curl', 2, bugfix);

const row = ({ rows }: Exposure, environment: string, severity: string) =>
  rows.find((each) => each.environment === environment && each.severity === severity);

describe('the exposure of the fleets', () => {
  it('counts by environment and severity the patches that wait, the instances that miss them, and what is approved', async () => {
    const fleets = openFleets({ patches: [openssl, patch('kernel', 3), curl] });
    const exposure = await fleets.open().exposure();
    expect(shape.parse(exposure)).toEqual(exposure);
    expect(exposure.asOf).toMatch(/^2026-03-02T02:00:00/);
    expect(exposure.stale).toEqual([]);
    expect(exposure.rows).toHaveLength(4);
    expect(row(exposure, 'production', 'Critical')).toEqual({
      ...{ environment: 'production', severity: 'Critical', waiting: 2, approved: 2, instances: 3, oldestDays: 3 },
      approvedSince: '2026-02-27T02:00:00.000Z',
      // A Thursday at 2 in Berlin, before its clocks go forward.
      nextWindow: '2026-03-05T01:00:00.000Z',
    });
    expect(row(exposure, 'staging', 'Medium')).toEqual({
      ...{ environment: 'staging', severity: 'Medium', waiting: 1, approved: 0, instances: 2, oldestDays: 2 },
      approvedSince: null,
      nextWindow: '2026-03-03T01:00:00.000Z',
    });
  });

  it('lists each patch of each group, the gravest and oldest first, with what it waits for', async () => {
    const fleets = openFleets({ patches: [curl, openssl] });
    const { patches } = await fleets.open().exposure();
    expect(patches.map(({ group, patch }) => [group, patch])).toEqual([
      ['shop-production', 'openssl.x86_64'],
      ['shop-staging', 'openssl.x86_64'],
      ['shop-production', 'curl.x86_64'],
      ['shop-staging', 'curl.x86_64'],
    ]);
    expect(patches[1]).toMatchObject({ rule: 'critical-security', approvedSince: openssl.releasedAt, waitsFor: null });
    expect(patches[3]).toMatchObject({
      rule: 'everything-else',
      approvedSince: null,
      heldUntil: '2026-03-05T00:00:00.000Z',
      waitsFor: expect.stringContaining('everything-else approves it in staging at 2026-03-05'),
    });
    expect(patches[2]?.waitsFor).toContain('no run of policy shop has succeeded in staging with it yet');
  });

  it('counts an instance that no run would touch: it misses its patches all the same', async () => {
    const fleets = openFleets({ patches: [openssl] });
    const [sick] = fleets.cloud.world.groups.get('shop-production')?.members.values() ?? [];
    if (sick !== undefined) sick.healthStatus = 'Unhealthy';
    expect(row(await fleets.open().exposure(), 'production', 'Critical')?.instances).toBe(3);
  });

  it('has none of what a run installed, once the groups are looked at again', async () => {
    const fleets = openFleets({ patches: [openssl, curl] });
    expect(row(await fleets.open().exposure(), 'staging', 'Critical')?.waiting).toBe(1);
    await fleets.run('staging');
    const again = await fleets.open().exposure();
    expect(row(again, 'staging', 'Critical')).toMatchObject({ waiting: 0, instances: 0, oldestDays: null });
    expect(row(again, 'staging', 'Medium')?.waiting).toBe(1);
  });

  it('has a row for each environment also when nothing is missing, in the order of their gates', async () => {
    const exposure = await openFleets({ patches: [] }).open().exposure();
    expect(exposure.rows.map(({ environment, severity, waiting }) => [environment, severity, waiting])).toEqual([
      ['staging', 'Critical', 0],
      ['production', 'Critical', 0],
    ]);
    expect(exposure.patches).toEqual([]);
  });
});

describe('without a cloud at hand', () => {
  it('shows the groups as their last runs left them, and says so', async () => {
    const fleets = openFleets({ patches: [openssl, curl] });
    await fleets.run('staging');
    await fleets.sleep(DAY_MS);
    const exposure = await fleets.open('without cloud').exposure();
    expect(exposure.stale).toEqual([
      { group: 'shop-staging', asOf: START, why: 'there is no AWS account at hand to look at it' },
    ]);
    // Patched since that plan was made; the other is held.
    expect(row(exposure, 'staging', 'Critical')?.waiting).toBe(0);
    expect(row(exposure, 'staging', 'Medium')).toMatchObject({ waiting: 1, instances: 2, oldestDays: 3 });
    expect(exposure.patches.map(({ group }) => group)).toEqual(['shop-staging']);
  });

  it('says why, where there is one that refuses', async () => {
    const fleets = openFleets({ patches: [openssl] });
    await fleets.run('staging');
    const { stale } = await fleets.open('without access').exposure();
    expect(stale[0]?.why).toBe('it could not be looked at: the session has expired');
  });

  it('decides over them as of now, not as of the plan', async () => {
    const fleets = openFleets({ patches: [openssl, curl] });
    await fleets.run('staging');
    await fleets.sleep(4 * DAY_MS);
    const exposure = await fleets.open('without cloud').exposure();
    expect(row(exposure, 'staging', 'Medium')).toMatchObject({
      approved: 1,
      approvedSince: '2026-03-05T00:00:00.000Z',
    });
  });

  it('is empty when nothing ever ran', async () => {
    const exposure = await openFleets({ patches: [openssl] })
      .open('without cloud')
      .exposure();
    expect(exposure).toMatchObject({ patches: [], stale: [], looking: false });
  });
});

describe('days from release to patched', () => {
  it('are told by the month in which a patch was installed, environment and severity', async () => {
    const fleets = openFleets({ patches: [openssl, patch('kernel', 3)] });
    await fleets.run('staging');
    const { latency, history } = await fleets.open().exposure();
    expect(history).toEqual({ read: 1, of: 1 });
    expect(latency).toEqual([
      { month: '2026-03', environment: 'staging', severity: 'Critical', patches: 4, medianDays: 3, longestDays: 3 },
    ]);
  });

  it('count a run once, however often they are looked at, and what came since', async () => {
    const fleets = openFleets({ patches: [openssl] });
    await fleets.run('staging');
    const console = fleets.open();
    const first = await console.exposure();
    expect((await console.exposure()).latency).toEqual(first.latency);
    await fleets.run('production');
    expect((await fleets.open().exposure()).latency.map(({ environment, patches }) => [environment, patches])).toEqual([
      ['production', 3],
      ['staging', 2],
    ]);
  });

  it('do not count what a rollback took back', async () => {
    const fleets = openFleets({ patches: [openssl] });
    const id = await fleets.run('staging');
    await fleets.rollBack(id);
    const exposure = await fleets.open().exposure();
    expect(exposure.history).toEqual({ read: 2, of: 2 });
    expect(exposure.latency).toEqual([]);
  });
});
