/** Policy, baseline and agent say the same of each patch, on Windows as on Linux. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decide } from '../../src/policies/approval.ts';
import { compileBaselines } from '../../src/policies/baselines.ts';
import type { OperatingSystem, Policy } from '../../src/policies/policy.ts';
import { standardPolicy } from '../../src/policies/standard.ts';
import { FILTER_WORDS } from '../../src/policies/words.ts';
import { approves } from '../../src/simulator/baseline.ts';
import { environmentOf, policyOf } from './policy-of.ts';

const RELEASED = Date.parse('2026-02-10T00:00:00Z');
const DAY = 86_400_000;
const windows = policyOf(readFileSync(new URL('../../examples/windows.yaml', import.meta.url), 'utf8'));

/** Every class and severity that the system has, as a patch of it has them. */
function patchesOf(operatingSystem: OperatingSystem) {
  const words = FILTER_WORDS[operatingSystem];
  if (words.family !== 'classified') throw new Error(`${operatingSystem} has no classes`);
  const id = operatingSystem === 'WINDOWS' ? 'KB5040000' : 'bash.x86_64';
  return words.classification.flatMap((classification) =>
    words.severity.map((severity) => ({
      id,
      title: id,
      classification,
      severity,
      cves: [],
      releasedAt: new Date(RELEASED).toISOString(),
      operatingSystem,
      needsReboot: false,
    })),
  );
}

const GIVEN: [string, Policy, string, OperatingSystem][] = [
  ['standard', standardPolicy(), 'staging', 'WINDOWS'],
  ['standard', standardPolicy(), 'production', 'WINDOWS'],
  ['windows', windows, 'staging', 'WINDOWS'],
  ['windows', windows, 'production', 'WINDOWS'],
  ['standard', standardPolicy(), 'staging', 'AMAZON_LINUX_2'],
  ['standard', standardPolicy(), 'production', 'AMAZON_LINUX_2'],
  ['standard', standardPolicy(), 'production', 'SUSE'],
];

test.each(GIVEN)(
  'the policy %s approves what its baseline does, day by day (%#)',
  (_, policy, name, operatingSystem) => {
    const { gate: __, ...environment } = environmentOf(policy, name);
    const [baseline] = compileBaselines(policy, environment, [operatingSystem]).baselines;
    // Ids that are approved at once are no filter of the baseline's rules; these patches are none of them.
    const days = Array.from({ length: 20 }, (_each, day) => day);
    const differing = patchesOf(operatingSystem).flatMap((patch) =>
      days.filter((day) => {
        const now = RELEASED + day * DAY;
        return approves(baseline, patch, now) !== decide(patch, policy, environment, [], now).approved;
      }),
    );
    expect(baseline?.ApprovalRules?.PatchRules?.length).toBeGreaterThan(0);
    expect(differing).toEqual([]);
  },
);

test('on Windows the exploited KB numbers are approved at once by baseline and policy alike', () => {
  const { gate: _, ...environment } = environmentOf(windows, 'production');
  const [baseline] = compileBaselines(
    { ...windows, patches: { ...windows.patches, overrideList: 's3://lists' } },
    environment,
    ['WINDOWS'],
  ).baselines;
  const [patch] = patchesOf('WINDOWS');
  if (patch === undefined) throw new Error('Windows has no patches');
  const exploited = { ...patch, id: 'KB5031356', classification: 'Drivers' };
  expect(baseline?.ApprovedPatches).toContain('KB5031356');
  expect(approves(baseline, exploited, RELEASED)).toBe(true);
  expect(decide(exploited, windows, environment, [], RELEASED)).toMatchObject({
    approved: true,
    rule: 'actively-exploited',
  });
  expect(approves(baseline, { ...exploited, id: 'KB5040000' }, RELEASED + 300 * DAY)).toBe(false);
});
