import { describe, expect, it } from 'vitest';
import { simulate } from '../../../src/cli/simulate/simulation.ts';
import type { FinishedRun } from '../../../src/orchestrator/plan/types.ts';
import { fleet, planFor, policy, several } from './fleets.ts';

const past = (group: string, instanceSeconds?: number[]): FinishedRun => ({
  runId: group,
  policy: 'web',
  group,
  environment: 'production',
  status: 'succeeded',
  endedAt: '2026-03-01T00:00:00.000Z',
  patches: [],
  ...(instanceSeconds === undefined ? {} : { instanceSeconds }),
});

describe('the estimate', () => {
  const seconds = (history: FinishedRun[], size = 7, rollout = {}) =>
    planFor({ history, fleet: fleet(several(size, { az: 'eu-west-1a' })), policy: policy({ rollout }) }).estimate
      .seconds;

  it('is what instances took here before, the one in the middle of them, window by window, and the bakes', () => {
    const runs = [past('web', [100, 9000]), past('web', [200]), past('other', [5, 5, 5])];
    expect(seconds(runs)).toBe(7 * 200 + 2 * 300);
    expect(seconds(runs, 7, { maxUnavailable: { count: 2 } })).toBe((1 + 3) * 200 + 2 * 300);
    expect(seconds(runs, 7, { bakeSeconds: 0 })).toBe(7 * 200);
  });

  it('is what instances took elsewhere, where there is no past here', () => {
    expect(seconds([past('web'), past('other', [60, 70, 80])])).toBe(7 * 70 + 2 * 300);
  });

  it('is draining, a guess of the patch, the way back and the checks, where there is no past', () => {
    expect(seconds([])).toBe(7 * (30 + 600 + 120 + 2 * 10) + 2 * 300);
  });

  it('costs what Step Functions asks', () => {
    const { stateTransitions, dollars } = planFor().estimate;
    expect(stateTransitions).toBeGreaterThan(0);
    expect(dollars).toBeCloseTo((stateTransitions * 0.025) / 1000, 3);
  });

  it.each([2, 10, 30, 60])(
    'is near the state transitions of a real run with patches of %i minutes',
    async (patchMinutes) => {
      const instances = 6;
      const ran = await simulate({ instances, groups: 1, maxUnavailable: '1', patchMinutes, seed: 1 });
      expect(ran.outcomes).toEqual({ patched: instances });
      const each = (ran.simulatedSeconds - 2 * 300) / instances;
      const { estimate } = planFor({ fleet: fleet(several(instances)), history: [past('web', [each])] });
      const counted = ran.stateTransitionsPerInstance * instances;
      expect(estimate.stateTransitions / counted).toBeGreaterThan(0.85);
      expect(estimate.stateTransitions / counted).toBeLessThan(1.15);
    },
  );
});
