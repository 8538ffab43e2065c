/** Windows: patches are updates with KB numbers, and what no baseline on AWS approves is listed as available, not as missing. */
import { describe, expect, test } from 'vitest';
import type { Patch } from '../../src/simulator/model.ts';
import { has, instance, makeWorld, outcomes, snapshotOf, tagged, type WorldOptions } from './world.ts';

/** Released long ago; installing it reboots the machine. */
const CUMULATIVE: Patch = {
  id: 'KB5031356',
  title:
    '2026-02 Cumulative Update for Microsoft server operating system version 21H2 for x64-based Systems (KB5031356)',
  classification: 'SecurityUpdates',
  severity: 'Critical',
  cves: ['CVE-2026-20001', 'CVE-2026-20002'],
  releasedAt: '2026-02-10T18:00:00Z',
  operatingSystem: 'WINDOWS',
  needsReboot: true,
};

/** Released the day before: the policy holds it for a week. */
const FRAMEWORK: Patch = {
  ...CUMULATIVE,
  id: 'KB5033909',
  title: '2026-03 Cumulative Update for .NET Framework 3.5 and 4.8 (KB5033909)',
  classification: 'Updates',
  severity: 'Unspecified',
  cves: [],
  releasedAt: '2026-03-01T00:00:00Z',
  needsReboot: false,
};

function windowsWorld({ group, ...rest }: WorldOptions = {}) {
  return makeWorld({
    ...rest,
    group: { operatingSystem: 'WINDOWS', patches: [CUMULATIVE, FRAMEWORK], boot: 120, patch: 900, ...group },
  });
}

describe.each(['detach', 'standby'])('a rollout on Windows by %s', (isolation) => {
  test('installs exactly what the policy approves, reboots, and leaves the group as it was', async () => {
    const world = windowsWorld({ rollout: { isolation } });
    const view = await world.run();
    expect(view).toMatchObject({ status: 'succeeded' });
    expect(outcomes(view)).toEqual({ patched: 4 });
    expect(world.watched.violations).toEqual([]);
    expect(snapshotOf(world.cloud)).toEqual(world.before);
    expect(tagged(world.cloud)).toEqual({});
    for (const id of world.ids) {
      expect(has(world.cloud, id, CUMULATIVE)).toBe(true);
      expect(has(world.cloud, id, FRAMEWORK)).toBe(false);
      expect(world.cloud.machine(id).content.pendingReboot.size).toBe(0);
    }
  });
});

test('the plan names updates by their KB numbers and says what holds the others', async () => {
  const world = windowsWorld();
  const plan = await world.clock.run(world.plan());
  const [first] = plan.waves.flatMap(({ instances }) => instances);
  expect(first).toMatchObject({
    operatingSystem: 'WINDOWS',
    patches: [{ id: 'KB5031356', rule: 'critical', cves: CUMULATIVE.cves, releasedAt: '2026-02-10T18:00:00.000Z' }],
  });
  expect(plan.held).toMatchObject([{ id: 'KB5033909', rule: 'everything-else', until: '2026-03-08T00:00:00.000Z' }]);
});

test('an update that breaks the application is taken back with the root volume', async () => {
  const world = windowsWorld({ group: { patches: [{ ...CUMULATIVE, breaksApp: true }] } });
  const first = await world.firstPlanned();
  const view = await world.run();
  expect(view).toMatchObject({ status: 'halted' });
  expect(instance(view, first)).toMatchObject({ outcome: 'rolled-back' });
  expect(outcomes(view)).toEqual({ 'rolled-back': 1, skipped: 3 });
  expect(world.ids.some((id) => has(world.cloud, id, CUMULATIVE))).toBe(false);
  expect(snapshotOf(world.cloud)).toEqual(world.before);
});

test.each([
  ['approves it', undefined],
  ['does not approve it', { ApprovedPatches: [] }],
])('an update that was passed over in silence is noticed where the baseline on AWS %s', async (_, baseline) => {
  const world = windowsWorld();
  if (baseline !== undefined) world.cloud.setBaseline('WINDOWS', baseline);
  const first = await world.firstPlanned();
  world.cloud.machine(first).faults.patchIgnored = true;
  const view = await world.run();
  expect(instance(view, first)).toMatchObject({
    outcome: 'rolled-back',
    reason: expect.stringContaining('still missing after the patch: KB5031356'),
  });
  expect(snapshotOf(world.cloud)).toEqual(world.before);
});

test('updates that fail to install are taken back', async () => {
  const world = windowsWorld();
  const first = await world.firstPlanned();
  world.cloud.machine(first).faults.patchFails = true;
  const view = await world.run();
  expect(instance(view, first)).toMatchObject({
    outcome: 'rolled-back',
    reason: expect.stringContaining('1 patches failed to install'),
  });
});

test('an update without an article cannot be put on a list: it is held, and the others are installed', async () => {
  const driver = 'Intel - System - 10.1.42.5';
  const world = windowsWorld({ group: { patches: [CUMULATIVE, { ...CUMULATIVE, id: driver, title: driver }] } });
  const plan = await world.clock.run(world.plan());
  expect(plan.held).toMatchObject([{ id: driver, waitsFor: expect.stringContaining('no id') }]);
  expect(outcomes(await world.run())).toEqual({ patched: 4 });
});

test('where every update is held, nothing is done', async () => {
  const world = windowsWorld({ group: { patches: [FRAMEWORK] } });
  const plan = await world.clock.run(world.plan());
  expect(plan.waves).toEqual([]);
  expect(plan.held).toMatchObject([{ id: 'KB5033909' }]);
});
