/** A plan as items of the table. DynamoDB takes items of up to 400 KB; the plan of a large fleet is longer, even compressed. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Plan } from '../plan/types.ts';
import type { Item } from '../table/attributes.ts';

/** Leaves room for the key and for what else an item may come to hold. */
const MOST_BYTES = 300_000;

const planItem = z.object({
  plan: z.object({ S: z.string() }).optional(),
  planGz: z.object({ S: z.string() }).optional(),
  parts: z.object({ N: z.coerce.number().int() }).optional(),
});

/** The items to keep, the one that says how many there are last: once it is there, all are. */
export function planItems(runId: string, plan: Plan): Item[] {
  const text = JSON.stringify(plan);
  if (Buffer.byteLength(text) <= MOST_BYTES) return [{ pk: { S: planKey(runId, 1) }, plan: { S: text } }];
  const packed = gzipSync(text).toString('base64');
  const parts = Array.from({ length: Math.ceil(packed.length / MOST_BYTES) }, (_, at) =>
    packed.slice(at * MOST_BYTES, (at + 1) * MOST_BYTES),
  );
  const items = parts.map((part, at) => ({ pk: { S: planKey(runId, at + 1) }, planGz: { S: part } }));
  return items.map((item, at) => (at === 0 ? { ...item, parts: { N: String(parts.length) } } : item)).reverse();
}

/** The plan that was kept; undefined when there is none. `get` gives the item with that key. */
export async function keptPlan(
  runId: string,
  get: (pk: string) => Promise<Item | undefined>,
): Promise<Plan | undefined> {
  const { plan, planGz, parts } = planItem.parse((await get(planKey(runId, 1))) ?? {});
  // Written by planItems alone.
  if (plan !== undefined) return JSON.parse(plan.S) as Plan;
  if (planGz === undefined) return undefined;
  const packed = [planGz.S];
  for (let part = 2; part <= (parts?.N ?? 1); part += 1) {
    packed.push(planItem.parse((await get(planKey(runId, part))) ?? {}).planGz?.S ?? '');
  }
  return JSON.parse(gunzipSync(Buffer.from(packed.join(''), 'base64')).toString('utf8')) as Plan;
}

function planKey(runId: string, part: number): string {
  return part === 1 ? `plan#${runId}` : `plan#${runId}#${part}`;
}
