import { describe, expect, it } from 'vitest';
import { parsePlanFile } from '../../../src/orchestrator/plan/made-plan.ts';
import { planOf } from '../runs/plan-of.ts';

const plan = planOf([['i-1'], ['i-2']]);

describe('a plan file', () => {
  it('holds one plan, or several', () => {
    expect(parsePlanFile(JSON.stringify(plan), 'p.json')).toMatchObject([{ fingerprint: plan.fingerprint }]);
    expect(parsePlanFile(JSON.stringify({ plans: [plan, plan] }), 'p.json')).toHaveLength(2);
  });

  it('gives nothing but what tells whether it still holds', () => {
    const [read] = parsePlanFile(JSON.stringify(plan), 'p.json');
    expect(Object.keys(read ?? {}).sort()).toEqual([
      'environment',
      'fingerprint',
      'group',
      'policy',
      'untouched',
      'version',
      'waves',
    ]);
  });

  it.each([
    ['no JSON', '{'],
    ['no plan', '{}'],
    ['no plans', '{"plans":[]}'],
    ['another version', JSON.stringify({ ...plan, version: 2 })],
  ])('is refused when it is %s', (_, text) => {
    expect(() => parsePlanFile(text, 'p.json')).toThrow('p.json is not a plan');
  });
});
