/** Rolling back a run that is over: which instances are still as it left them, and the order that puts each back from its kept snapshot. */
import { z } from 'zod';
import { DrydockError, EXIT } from '../errors.ts';
import type { Plan } from '../plan/types.ts';
import type { RunItems } from '../table/run-items.ts';
import type { Order, OrderedWave, Trigger } from './order.ts';
import type { Outcome } from './view.ts';

/** An instance that a run patched and left patched. */
export interface PatchedInstance {
  instanceId: string;
  /** Of the root volume before the patch; absent: none is kept. */
  snapshotId?: string;
  /** When it was back in service. ISO 8601, UTC. */
  patchedAt: string;
}

/** Whether an instance that ended so in a rollback is no longer as the run before had left it. */
export function tookBack(outcome: string): boolean {
  return (['rolled-back', 'replaced', 'quarantined'] satisfies Outcome[] as string[]).includes(outcome);
}

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const instanceItem = z.object({
  instanceId: text,
  outcome: text,
  endedAt: text,
  snapshotId: text.optional().transform((id) => (id === '' ? undefined : id)),
});

/** The instances that these rollbacks of one run have put back. */
export async function takenBackBy(
  items: Pick<RunItems, 'instances'>,
  rollbacks: AsyncIterable<string>,
): Promise<Set<string>> {
  const takenBack = new Set<string>();
  for await (const rollback of rollbacks) {
    for await (const item of items.instances(rollback)) {
      const { data } = instanceItem.safeParse(item);
      if (data !== undefined && tookBack(data.outcome)) takenBack.add(data.instanceId);
    }
  }
  return takenBack;
}

/** What a run patched, the newest first. Read from an index: on AWS that is a moment behind. */
export async function patchedBy(items: Pick<RunItems, 'instances'>, runId: string): Promise<PatchedInstance[]> {
  const patched: PatchedInstance[] = [];
  for await (const item of items.instances(runId)) {
    const { data } = instanceItem.safeParse(item);
    if (data === undefined || data.outcome !== ('patched' satisfies Outcome)) continue;
    const { instanceId, endedAt, snapshotId } = data;
    patched.push({ instanceId, patchedAt: endedAt, ...(snapshotId === undefined ? {} : { snapshotId }) });
  }
  return patched.sort((a, b) => (a.patchedAt < b.patchedAt ? 1 : a.patchedAt > b.patchedAt ? -1 : 0));
}

/**
 * The waves that roll instances back, one at a time: first those that do not serve, which nobody waits to see healthy before, then the
 * others, which leave only a group that is whole.
 */
export function rollbackWaves(patched: readonly PatchedInstance[], sick: readonly string[]): OrderedWave[] {
  const ids = patched.map(({ instanceId }) => instanceId);
  const waves = [ids.filter((id) => sick.includes(id)), ids.filter((id) => !sick.includes(id))];
  return waves
    .map((instances, at) => ({ instances, isSick: at === 0 }))
    .filter(({ instances }) => instances.length > 0)
    .map(({ instances, isSick }, at) => ({
      number: at + 1,
      concurrency: 1,
      count: instances.length,
      instances,
      ...(isSick ? { sick: true as const } : {}),
    }));
}

/** The order of a run as its record keeps it: without what may be large. */
export type KeptOrder = Omit<Order, 'waves' | 'overrideList'>;

/** The order that rolls back what `order` was carried out for, as a run of its own. `startedAt` is ISO 8601, UTC. */
export function rollbackOrder(
  order: KeptOrder,
  run: { runId: string; trigger: Trigger; startedAt: string },
  waves: OrderedWave[],
): Order {
  const { window: _, ...rest } = order;
  return { ...rest, ...run, rollbackOf: order.runId, waves };
}

/** The plan to keep beside such a run: that of the run before, with the instances that are rolled back alone. */
export function rollbackPlan(plan: Plan, waves: OrderedWave[]): Plan {
  const instances = new Map(plan.waves.flatMap((wave) => wave.instances.map((each) => [each.instanceId, each])));
  return {
    ...plan,
    waves: waves.map(({ number, concurrency, instances: ids }) => ({
      number,
      kind: 'wave',
      concurrency,
      instances: ids.flatMap((id) => instances.get(id) ?? []),
    })),
    held: [],
    untouched: [],
    problems: [],
  };
}

/** Throws a `DrydockError` (exit code 2) when there is nothing that a rollback of the run could put back. */
export function refuseEmptyRollback(
  order: KeptOrder,
  patched: readonly PatchedInstance[],
  takenBack: ReadonlySet<string>,
): void {
  const why =
    patched.length === 0
      ? takenBack.size === 0
        ? 'it left no instance patched'
        : 'what it had patched was rolled back already'
      : patched.every(({ snapshotId }) => snapshotId === undefined)
        ? `it kept no snapshots (rollback: ${order.settings.rollback})`
        : undefined;
  if (why === undefined) return;
  throw new DrydockError(`run ${order.runId} cannot be rolled back: ${why}`, {
    exitCode: EXIT.badInput,
    next:
      patched.length === 0
        ? `See drydock runs show ${order.runId}.`
        : 'Nothing was touched. An instance refresh replaces its instances with ones from the launch template.',
  });
}
