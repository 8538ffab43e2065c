/** Runs as the table keeps them: what is known of one when Step Functions has forgotten it, and what would take too many calls to ask it. */
import { z } from 'zod';
import { mapLimited } from '../fleet/pages.ts';
import type { FinishedRun, Plan } from '../plan/types.ts';
import { finishedRun, type RunSummary, triggerParts } from '../runs/history.ts';
import { addInstance, endRun, newRunView, reachedWave } from '../runs/progress.ts';
import type { RunRecords } from '../runs/records.ts';
import { type LaterRun, type RunOfGroup, tookBack } from '../runs/rollback.ts';
import { type InstanceView, OUTCOMES, RUN_STATUSES, type RunView } from '../runs/view.ts';
import type { Item } from '../table/attributes.ts';
import type { RunItems } from '../table/run-items.ts';

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const notEmpty = text.optional().transform((value) => (value === '' ? undefined : value));
const flag = z
  .object({ BOOL: z.boolean() })
  .optional()
  .transform((attribute) => attribute?.BOOL === true);

/** As the rollout counts: every outcome, also those that nobody had. */
const tally = z
  .partialRecord(z.enum(OUTCOMES), z.number())
  .transform((counts) => Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)));

const runItem = z.object({
  runId: text,
  policy: text,
  groupName: text,
  environment: text,
  trigger: text,
  startedAt: text,
  endedAt: notEmpty,
  status: text.pipe(z.enum(RUN_STATUSES)),
  reason: notEmpty,
  notWhole: notEmpty,
  rollbackOf: notEmpty,
  paused: flag,
  awaitsApproval: flag,
  fingerprint: notEmpty,
  tally: text.transform((json) => tally.safeParse(JSON.parse(json)).data).optional(),
});

const instanceItem = z.object({
  instanceId: text,
  outcome: text.pipe(z.enum(OUTCOMES)),
  wave: z.object({ N: z.coerce.number() }).transform(({ N }) => N),
  reason: notEmpty,
  changed: notEmpty,
  startedAt: notEmpty,
  endedAt: notEmpty,
  commandId: notEmpty,
  snapshotId: notEmpty,
});

/** What became of an instance in a run, as its execution wrote it at its end. Times are ISO 8601, UTC. */
export type KeptInstance = z.infer<typeof instanceItem>;

/** Undefined for an item that is not of an instance. */
export function keptInstance(item: Item | undefined): KeptInstance | undefined {
  return instanceItem.safeParse(item).data;
}

/** A run's record in the table. Times are ISO 8601, UTC. */
export type KeptRun = z.infer<typeof runItem>;

/** Undefined for an item that is no run's, or not one that got hold of its group. */
export function keptRun(item: Item | undefined): KeptRun | undefined {
  return runItem.safeParse(item).data;
}

/** A run in a list as the table has it. */
export function keptSummary(kept: KeptRun): RunSummary {
  const { runId, policy, groupName, environment, trigger, startedAt, endedAt, status, reason, paused } = kept;
  const { fingerprint, rollbackOf, awaitsApproval, tally } = kept;
  return {
    runId,
    policy,
    group: groupName,
    environment,
    engine: 'step-functions',
    status: status === 'running' && paused ? 'paused' : status,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...triggerParts(trigger),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    ...(reason === undefined ? {} : { reason }),
    ...(awaitsApproval && endedAt === undefined ? { awaitsApproval } : {}),
    ...(tally === undefined ? {} : { tally }),
  };
}

/** Brings `view` up to date by what is kept of its instances; gives the ids of those that something is kept of. */
export async function applyKept(view: RunView, items: Pick<RunItems, 'instances'>): Promise<string[]> {
  const instances = new Map(view.instances.map((instance) => [instance.instanceId, instance]));
  const known: string[] = [];
  for await (const item of items.instances(view.runId)) {
    const kept = keptInstance(item);
    if (kept === undefined) continue;
    const instance = instances.get(kept.instanceId) ?? addInstance(view, kept.instanceId, kept.wave);
    applyOutcome(instance, kept);
    known.push(kept.instanceId);
  }
  return known;
}

/** Sets the instance's view to what is kept of it. */
export function applyOutcome(instance: InstanceView, kept: KeptInstance): void {
  const { outcome, reason, changed, startedAt, endedAt } = kept;
  instance.outcome = outcome;
  if (reason !== undefined) instance.reason = reason;
  if (changed !== undefined) instance.changed = changed;
  // Of an instance that was passed over these say when somebody looked at it, not that it was taken in hand.
  if (outcome === 'skipped') return;
  if (startedAt !== undefined) instance.startedAt ??= startedAt;
  if (endedAt !== undefined) instance.endedAt = endedAt;
}

/** The view of a run whose executions are forgotten. */
export async function keptView(plan: Plan, kept: KeptRun, items: Pick<RunItems, 'instances'>): Promise<RunView> {
  const { runId, startedAt, endedAt, trigger, status, reason, notWhole, rollbackOf } = kept;
  const view: RunView = {
    ...newRunView(
      plan,
      { runId, startedAt, trigger: { kind: 'api' }, ...(rollbackOf === undefined ? {} : { rollbackOf }) },
      'step-functions',
    ),
    trigger,
  };
  await applyKept(view, items);
  if (status === 'running') return view;
  endRun(view, status, endedAt ?? startedAt);
  if (reason !== undefined && (status === 'halted' || status === 'failed')) {
    view.halted = { reason, wave: reachedWave(view) };
  }
  if (notWhole !== undefined) view.notWhole = notWhole;
  return view;
}

/** The runs that were begun on the group of this one since, newest first. */
export async function* keptRunsSince(
  items: RunItems,
  { runId, group }: RunOfGroup,
  since: string | undefined,
): AsyncGenerator<LaterRun> {
  for await (const item of items.runs(since)) {
    const kept = keptRun(item);
    if (kept?.groupName === group && kept.runId !== runId) yield { runId: kept.runId, rollbackOf: kept.rollbackOf };
  }
}

/** One that was cut off has counted nothing: it may have. */
function tookAnyBack({ tally }: KeptRun): boolean {
  return tally === undefined || Object.entries(tally).some(([outcome, count]) => tookBack(outcome) && count > 0);
}

/** A year of nightly runs is a thousand plans: one after the other would take as long as a plan may. */
const READ_AT_ONCE = 8;

/**
 * The runs of a policy that succeeded, from the table alone: what plan() asks of the past, on a laptop as in a function. A run whose
 * plan is not kept any more is passed over.
 */
export async function keptFinishedRuns(items: RunItems, records: RunRecords, policy: string): Promise<FinishedRun[]> {
  const succeeded: (KeptRun & { endedAt: string })[] = [];
  const rolledBack = new Set<string>();
  for await (const item of items.runs()) {
    const kept = keptRun(item);
    if (kept?.rollbackOf !== undefined && tookAnyBack(kept)) rolledBack.add(kept.rollbackOf);
    if (
      kept?.policy !== policy ||
      kept.rollbackOf !== undefined ||
      kept.status !== 'succeeded' ||
      kept.endedAt === undefined
    )
      continue;
    succeeded.push({ ...kept, endedAt: kept.endedAt });
  }
  // What was taken back has not stood the test.
  const stood = succeeded.filter(({ runId }) => !rolledBack.has(runId));
  const finished = await mapLimited(stood, READ_AT_ONCE, async (kept) => {
    const plan = await records.plan(kept.runId);
    return plan === undefined ? [] : [finishedRun(await keptView(plan, kept, items), plan, kept.endedAt)];
  });
  return finished.flat();
}
