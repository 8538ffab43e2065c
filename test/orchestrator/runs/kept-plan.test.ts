import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/orchestrator/engine/database.ts';
import { planItems } from '../../../src/orchestrator/runs/kept-plan.ts';
import { runRecords } from '../../../src/orchestrator/runs/records.ts';
import { itemTable } from '../../../src/orchestrator/table/table.ts';
import { planOf } from './plan-of.ts';

/** As random as real ids are: what compresses well here would not there. */
function idsOf(count: number): string[] {
  let seed = 7;
  const digit = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return ((seed >> 16) & 15).toString(16);
  };
  return Array.from({ length: count }, () => `i-${Array.from({ length: 17 }, digit).join('')}`);
}

describe('a plan that is kept', () => {
  it.each([1, 100, 2_000, 20_000])('comes back as it was, with %i instances', async (count) => {
    const plan = planOf([idsOf(count)]);
    const records = runRecords(itemTable(openDatabase({})), 'drydock-standard');
    await records.keepPlan('r', plan);
    expect(await records.plan('r')).toEqual(plan);
    expect(await records.plan('another')).toBeUndefined();
  });

  it('is readable as it is while it is small', () => {
    const [item, ...more] = planItems('r', planOf([['i-1']]));
    expect(more).toEqual([]);
    expect(item).toMatchObject({ pk: { S: 'plan#r' }, plan: { S: expect.stringContaining('"i-1"') } });
  });

  it('never takes an item larger than DynamoDB does, whatever the size of the fleet', () => {
    const items = planItems('r', planOf([idsOf(30_000)]));
    expect(items.length).toBeGreaterThan(1);
    for (const item of items) expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(400_000);
    expect(items.at(-1)).toMatchObject({ pk: { S: 'plan#r' }, parts: { N: String(items.length) } });
  });
});
