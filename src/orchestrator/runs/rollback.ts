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

/** A run, and the group that it worked on. */
export interface RunOfGroup {
  runId: string;
  group: string;
}

/** A run that was begun on the same group later, and the run that it rolls back, if it does. */
export interface LaterRun {
  runId: string;
  rollbackOf: string | undefined;
}

/**
 * What became of a run's instances in the runs that were begun on its group `since`, the newest first: those that rollbacks of the run have
 * put back, and those that others have patched and left patched, with the run that did.
 */
export async function lookSince(
  items: Pick<RunItems, 'instances'>,
  runId: string,
  since: AsyncIterable<LaterRun> | Iterable<LaterRun>,
): Promise<{ takenBack: ReadonlySet<string>; patchedSince: ReadonlyMap<string, string> }> {
  /** By the run that was rolled back. */
  const takenBack = new Map<string, Set<string>>();
  const patchedSince = new Map<string, string>();
  for await (const later of since) {
    const undone = takenBack.get(later.runId);
    for await (const item of items.instances(later.runId)) {
      const { data } = instanceItem.safeParse(item);
      if (data === undefined) continue;
      const { instanceId, outcome } = data;
      if (later.rollbackOf !== undefined && later.rollbackOf !== later.runId) {
        if (!tookBack(outcome)) continue;
        takenBack.set(later.rollbackOf, (takenBack.get(later.rollbackOf) ?? new Set()).add(instanceId));
      } else if (outcome === ('patched' satisfies Outcome) && undone?.has(instanceId) !== true) {
        if (!patchedSince.has(instanceId)) patchedSince.set(instanceId, later.runId);
      }
    }
  }
  return { takenBack: takenBack.get(runId) ?? new Set(), patchedSince };
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

/** Throws a `DrydockError` (exit code 2) when another run has patched some of them since: with the volume of before, its patches would go too. */
export function refusePatchedSince(
  { runId }: KeptOrder,
  patched: readonly PatchedInstance[],
  patchedSince: ReadonlyMap<string, string>,
): void {
  const also = patched.filter(({ instanceId }) => patchedSince.has(instanceId));
  const [first] = also;
  if (first === undefined) return;
  const later = patchedSince.get(first.instanceId) ?? '';
  throw new DrydockError(
    `run ${runId} cannot be rolled back: run ${later} has patched ${also.length} of its instances since, and would be undone with it`,
    {
      exitCode: EXIT.badInput,
      next: `Nothing was touched. Roll back the newest first: drydock runs rollback ${later}.`,
    },
  );
}
