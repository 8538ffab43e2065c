/** Beginning the rollback of a run: for that the group is looked at. */
import type { Cloud } from '../aws/cloud.ts';
import { explained } from '../aws/explain.ts';
import { lookHandler } from '../lambda/look.ts';
import type { Trigger } from './order.ts';
import type { Rollback, Runs } from './runs.ts';

/** The instances of a rollback that do not serve. They are put back first: they may be why somebody rolls back. */
export async function notServing({ order, patched }: Rollback, cloud: Cloud): Promise<string[]> {
  const instances = patched.map(({ instanceId }) => instanceId);
  const { groupName, targetGroupArns } = order;
  const look = { groupName, targetGroupArns, wave: { instances }, patched: '1'.repeat(instances.length) };
  return (await explained(lookHandler(cloud)(look))).sick;
}

/** Begins the rollback of a run that is over, and gives the id of the run that does it. Rejects with a `DrydockError` (exit code 2) when there is nothing to roll back. */
export async function beginRollback(id: string, runs: Runs, cloud: Cloud, trigger: Trigger): Promise<string> {
  const rollback = await runs.rollbackOf(id);
  return runs.rollBack(rollback, await notServing(rollback, cloud), trigger);
}
