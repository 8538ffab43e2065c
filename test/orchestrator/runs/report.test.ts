import { describe, expect, it } from 'vitest';
import { csv } from '../../../src/orchestrator/csv.ts';
import { newRunView } from '../../../src/orchestrator/runs/progress.ts';
import { installedBy, installedByAll, latencies } from '../../../src/orchestrator/runs/report.ts';
import type { Outcome } from '../../../src/orchestrator/runs/view.ts';
import { planOf } from './plan-of.ts';

const plan = planOf([['i-1'], ['i-2']]);

/** A run of two instances that ended so, half a day apart. */
function ran(...outcomes: Outcome[]) {
  const run = { runId: 'r1', startedAt: '2026-11-03T00:00:00.000Z', trigger: { kind: 'window' as const, by: 'mw-1' } };
  const view = newRunView(plan, run, 'step-functions');
  view.instances.forEach((instance, at) => {
    instance.outcome = outcomes[at] ?? 'pending';
    instance.endedAt = at === 0 ? '2026-11-03T00:00:00.000Z' : '2026-11-03T12:00:00.000Z';
  });
  return view;
}

describe('the audit report', () => {
  it('says which instance got which patch when, by which rule, policy, run and trigger', () => {
    expect(installedBy(ran('patched', 'skipped'), plan)).toEqual([
      {
        instanceId: 'i-1',
        group: 'web',
        environment: 'production',
        patch: 'openssl.x86_64',
        title: 'openssl.x86_64:0:1.2-3',
        classification: 'Security',
        severity: 'Critical',
        cves: ['CVE-2026-0001'],
        rule: 'critical-security',
        releasedAt: '2026-11-01T00:00:00Z',
        installedAt: '2026-11-03T00:00:00.000Z',
        days: 2,
        policy: { name: 'standard', fingerprint: 'abcdef012345' },
        runId: 'r1',
        engine: 'step-functions',
        trigger: 'window: mw-1',
      },
    ]);
  });

  it.each(['rolled-back', 'replaced', 'quarantined', 'failed', 'gone', 'pending', 'patching'] as const)(
    'does not say that an instance that is %s has a patch',
    (outcome) => {
      expect(installedBy(ran(outcome, outcome), plan)).toEqual([]);
    },
  );

  it('does not say that an instance has a patch that a later rollback took back', () => {
    const run = { view: ran('patched', 'patched'), plan };
    const rollback = (...outcomes: Outcome[]) => ({
      view: { ...ran(...outcomes), runId: 'r2', rollbackOf: 'r1' },
      plan,
    });
    const left = (...runs: (typeof run)[]) => installedByAll(runs).map(({ runId, instanceId }) => [runId, instanceId]);
    expect(left(run)).toHaveLength(2);
    expect(left(rollback('rolled-back', 'skipped'), run)).toEqual([['r1', 'i-2']]);
    expect(left(rollback('replaced', 'quarantined'), run)).toEqual([]);
    // One that the rollback did not come to is as it was, and was patched by the run before.
    expect(left(rollback('rolled-back', 'patched'), run)).toEqual([['r1', 'i-2']]);
    const again = { view: { ...ran('patched', 'skipped'), runId: 'r3' }, plan };
    expect(left(again, rollback('rolled-back', 'rolled-back'), run)).toEqual([['r3', 'i-1']]);
  });

  it('says how long patches took, by environment and severity', () => {
    const installed = installedBy(ran('patched', 'patched'), plan);
    expect(latencies(installed)).toEqual([
      { environment: 'production', severity: 'Critical', patches: 2, medianDays: 2.5, longestDays: 2.5 },
    ]);
    const unknown = installed.map((each) => ({ ...each, days: null }));
    expect(latencies(unknown)).toMatchObject([{ patches: 2, medianDays: null, longestDays: null }]);
  });

  it('gives spreadsheets text, whatever a name begins with', () => {
    expect(csv(['a', 'b'], [['=HYPERLINK("x")', 'one, two']])).toBe('a,b\r\n"\'=HYPERLINK(""x"")","one, two"');
    expect(csv(['a'], [[' =1'], ['＝1'], ['\n=1'], ['\ufeff=1'], ['\u001b[2J']])).toBe(
      "a\r\n' =1\r\n'＝1\r\n\\x0a=1\r\n\\ufeff=1\r\n\\x1b[2J",
    );
  });
});
