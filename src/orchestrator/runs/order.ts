/** From a plan to the input of `statemachine/rollout.asl.json`: ids, not descriptions, so that a large run fits in it. */
import { parse } from 'yaml';
import { z } from 'zod';
import type { Json } from '../../interpreter/ports.ts';
import { installOverrideList } from '../../policies/baselines.ts';
import type { Plan, Settings } from '../plan/types.ts';

/** Who or what began a run. */
export type Trigger = { kind: 'person' | 'window' | 'api'; by?: string };

/** A trigger as people read it: `person: ann`. */
export function triggerText({ kind, by }: Trigger): string {
  return by === undefined ? kind : `${kind}: ${by}`;
}

/** What every input of a rollout says of its run: an order, and what asks the rollout to make its plan itself. */
const begun = z.object({
  runId: z.string(),
  startedAt: z.string(),
  trigger: z
    .object({ kind: z.enum(['person', 'window', 'api']), by: z.string().optional() })
    .default({ kind: 'api' })
    .transform(({ kind, by }): Trigger => (by === undefined ? { kind } : { kind, by })),
  policy: z.union([z.object({ name: z.string() }).transform(({ name }) => name), z.string()]),
  rollbackOf: z.string().optional(),
  groupName: z.string().optional(),
  group: z.string().optional(),
  environment: z.string().default(''),
});

export interface Begun {
  runId: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  trigger: Trigger;
  policy: string;
  group: string;
  environment: string;
  /** The run that is rolled back; absent: the run patches. */
  rollbackOf?: string;
}

/** Reads the input (a JSON text) that a rollout was begun with; undefined when it is not one of ours. */
export function begunWith(input: string): Begun | undefined {
  const parsed = begun.safeParse(JSON.parse(input));
  if (!parsed.success) return undefined;
  const { groupName, group, rollbackOf, ...rest } = parsed.data;
  return { ...rest, group: groupName ?? group ?? '', ...(rollbackOf === undefined ? {} : { rollbackOf }) };
}

/** The input of a rollout execution; also that of `recover`, which reads a part of it. */
export interface Order {
  runId: string;
  trigger: Trigger;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** A minute before the fleet was looked at for its plan: what was launched since may be in none of its waves. ISO 8601, UTC. */
  plannedAt?: string;
  policy: { name: string; fingerprint: string };
  environment: string;
  groupName: string;
  targetGroupArns: string[];
  maxUnavailable: number;
  /** Members that were sick or not in service when the plan was made: a wave does not wait for them. */
  untouchedSick: number;
  /** Patch Manager's snapshot of the approved set: the same for every instance of the run. A GUID. */
  patchSnapshotId: string;
  /** Every patch that the run installs somewhere; none of them may still be missing after an instance was patched. */
  pinned: string[];
  /** The list that AWS-RunPatchBaseline installs instead of what the baseline approves, and where it is put. */
  overrideList?: { bucket: string; key: string; body: Json };
  overrideListUrl?: string;
  settings: Settings;
  waves: OrderedWave[];
  /** Absent: the run patches. Otherwise it puts back what the run of that id patched. */
  rollbackOf?: string;
  /** The maintenance window that the run is in; absent: none, and nothing closes. */
  window?: OpenWindow;
}

/** A maintenance window that is open. */
export interface OpenWindow {
  /** `mw-…`. */
  id: string;
  executionId: string;
  /** Its cutoff: what would end later is not begun. Seconds since 1970. */
  closesAt: number;
  /** How long an instance is expected to take. */
  instanceSeconds: number;
}

export interface OrderedWave {
  number: number;
  concurrency: number;
  count: number;
  instances: string[];
  /** Its instances do not serve: nobody waits for the group to be whole before it. */
  sick?: true;
}

/** A fleet is looked at with many calls, and an instance that was launched meanwhile may have been missed. */
const LOOKED_AT_MS = 60_000;

/**
 * The order to carry out `plan` as run `runId`. `snapshotId` is a fresh GUID, `startedAt` ISO 8601 UTC.
 */
export function order(
  plan: Plan,
  run: { runId: string; trigger: Trigger; startedAt: string; snapshotId: string; window?: OpenWindow },
): Order {
  const patches = new Map(
    plan.waves.flatMap((wave) => wave.instances.flatMap((i) => i.patches.map((patch) => [patch.id, patch] as const))),
  );
  return {
    runId: run.runId,
    trigger: run.trigger,
    startedAt: run.startedAt,
    plannedAt: new Date(Date.parse(plan.madeAt) - LOOKED_AT_MS).toISOString(),
    policy: plan.policy,
    environment: plan.environment,
    groupName: plan.group.name,
    targetGroupArns: plan.group.targetGroupArns,
    maxUnavailable: plan.capacity.maxUnavailable,
    untouchedSick: Math.max(0, plan.group.desired - plan.capacity.inService),
    patchSnapshotId: run.snapshotId,
    pinned: [...patches.keys()].sort(),
    ...placeOverrideList(plan, run.runId, [...patches.values()]),
    settings: plan.settings,
    waves: plan.waves.map((wave) => ({
      number: wave.number,
      concurrency: wave.concurrency,
      count: wave.instances.length,
      instances: wave.instances.map((instance) => instance.instanceId),
    })),
    ...(run.window === undefined ? {} : { window: run.window }),
  };
}

/** A wave whose instances lie in S3, as a JSON array of their ids. */
export interface StoredWave extends Omit<OrderedWave, 'instances'> {
  stored: { bucket: string; key: string };
}

/** An order as Step Functions is given it. */
export type StoredOrder = Omit<Order, 'waves'> & { waves: (OrderedWave | StoredWave)[] };

/** Step Functions takes 262,144 bytes; what states add on the way has to fit beside the order. */
const MOST_BYTES = 240_000;

/**
 * The order small enough for the input of an execution, and the objects that have to lie in `bucket` before it is begun. The largest waves
 * go there first, and only as many as must. `name` is what their objects are called.
 */
export function storedOrder(
  order: Order,
  bucket: string,
  name = 'wave',
): { order: StoredOrder; objects: { bucket: string; key: string; body: string }[] } {
  const objects: { bucket: string; key: string; body: string }[] = [];
  const stored: StoredOrder = { ...order, waves: [...order.waves] };
  const bySize = order.waves.map(({ instances }, at) => ({ at, size: instances.length }));
  for (const { at } of bySize.sort((a, b) => b.size - a.size)) {
    if (fitsInput(stored)) break;
    const wave = order.waves[at];
    if (wave === undefined) break;
    const { instances, ...rest } = wave;
    const key = `runs/${order.runId}/${name}-${wave.number}.json`;
    objects.push({ bucket, key, body: JSON.stringify(instances) });
    stored.waves[at] = { ...rest, stored: { bucket, key } };
  }
  return { order: stored, objects };
}

/** Whether an execution can be begun with the order as it is. */
export function fitsInput(order: StoredOrder): boolean {
  return Buffer.byteLength(JSON.stringify(order)) <= MOST_BYTES;
}

function placeOverrideList(plan: Plan, runId: string, patches: { id: string; title: string }[]) {
  const place = /^s3:\/\/([^/]+)\/?(.*)$/.exec(plan.settings.overrideList ?? '');
  const [, bucket, prefix] = place ?? [];
  if (bucket === undefined || patches.length === 0) return {};
  const folder = prefix === undefined || prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`;
  const key = `${folder}${runId}.yaml`;
  return {
    // As an object: Step Functions stores its JSON, which is YAML, as it is; a string it would store in quotes.
    overrideList: { bucket, key, body: parse(installOverrideList(patches)) },
    overrideListUrl: `s3://${bucket}/${key}`,
  };
}

/** A run's id from its start (ISO 8601, UTC) and a few random letters: sorts by time, fits an execution's name. */
export function runId(startedAt: string, random: string): string {
  const [date = '', time = ''] = startedAt.split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${random}`;
}
