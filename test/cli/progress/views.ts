import type { InstanceView, RunView } from '../../../src/orchestrator/runs/view.ts';

export const START = Date.parse('2026-03-10T12:00:00Z');

/** An ISO time so many seconds after the run's start. */
export function secondsIn(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

export function instance(number: number, rest: Partial<InstanceView> = {}): InstanceView {
  return {
    instanceId: `i-${String(number).padStart(4, '0')}`,
    az: 'ap-northeast-1a',
    wave: number === 1 ? 1 : 2,
    outcome: 'pending',
    patches: [{ id: 'kernel.x86_64', cves: ['CVE-2026-0001'], rule: 'critical-security' }],
    ...rest,
  };
}

export function view(rest: Partial<RunView> = {}): RunView {
  return {
    runId: '20260310-120000-abcd',
    policy: { name: 'standard', fingerprint: '0123456789ab' },
    group: 'web',
    environment: 'staging',
    engine: 'embedded',
    status: 'running',
    startedAt: secondsIn(0),
    trigger: 'person',
    capacity: { desired: 4, floor: 3, inService: 4 },
    waves: [
      { number: 1, kind: 'canary', concurrency: 1 },
      { number: 2, kind: 'wave', concurrency: 1 },
    ],
    instances: [instance(1), instance(2), instance(3), instance(4)],
    bakeSeconds: 300,
    estimateSeconds: 3600,
    ...rest,
  };
}
