import { describe, expect, it } from 'vitest';
import { planLines, planProblems, untouchedIn } from '../../../src/console/web/pages/run/plan.ts';

const seconds = (count: number) => `${count} s`;
const lineOf = (plan: unknown, name: string) => planLines(plan, seconds).find((line) => line.name === name)?.value;

describe('a plan in lines', () => {
  it('says how the capacity is kept', () => {
    const plan = { capacity: { inService: 6, floor: 5, maxUnavailable: 1, lowerMinTo: 5 } };
    expect(lineOf(plan, 'Capacity')).toBe(
      '6 in service, never below 5; at most 1 out at once; minimum lowered to 5 for the run',
    );
  });

  it('says how many waves there are and how many instances', () => {
    const wave = (kind: string, count: number) => ({ kind, concurrency: 2, instances: Array(count).fill({}) });
    const plan = { waves: [wave('canary', 1), wave('wave', 4), wave('wave', 3)] };
    expect(lineOf(plan, 'Waves')).toBe('a canary of 1, then 2 waves of 7 in all, 2 at a time');
  });

  it('says what halts it', () => {
    const settings = { maxFailures: 2, alarms: ['5xx'], changeCalendars: [] };
    expect(lineOf({ settings }, 'Halts')).toBe('at more than 2 failures; at an alarm of 5xx');
  });

  it('leaves out what the plan does not say', () => {
    expect(planLines({}, seconds)).toEqual([]);
    expect(planLines({ settings: { bakeSeconds: 0, suspend: [] }, waves: null }, seconds)).toEqual([]);
  });

  it('tells errors before warnings', () => {
    const problems = [
      { level: 'warning', message: 'w', remedy: '' },
      { level: 'error', message: 'e', remedy: 'r' },
    ];
    expect(planProblems({ problems }).map(({ message }) => message)).toEqual(['e', 'w']);
  });

  it('names who stays as they are, and why', () => {
    expect(untouchedIn({ untouched: [{ instanceId: 'i-1', reason: 'nothing missing' }, 7] })).toEqual([
      { instanceId: 'i-1', reason: 'nothing missing' },
      { instanceId: '', reason: '' },
    ]);
  });
});
