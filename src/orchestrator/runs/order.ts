/** From a plan to the input of `statemachine/rollout.asl.json`: ids, not descriptions, so that a large run fits in it. */
import { parse } from 'yaml';
import type { Json } from '../../interpreter/ports.ts';
import { installOverrideList } from '../../policies/baselines.ts';
import type { Plan, Settings } from '../plan/types.ts';

/** Who or what began a run. */
export type Trigger = { kind: 'person' | 'window' | 'api'; by?: string };

/** The input of a rollout execution; also that of `recover`, which reads a part of it. */
export interface Order {
  runId: string;
  trigger: Trigger;
  /** ISO 8601, UTC. */
  startedAt: string;
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
  waves: { number: number; concurrency: number; instances: string[] }[];
}

/**
 * The order to carry out `plan` as run `runId`. `snapshotId` is a fresh GUID, `startedAt` ISO 8601 UTC.
 */
export function order(
  plan: Plan,
  run: { runId: string; trigger: Trigger; startedAt: string; snapshotId: string },
): Order {
  const patches = new Map(
    plan.waves.flatMap((wave) => wave.instances.flatMap((i) => i.patches.map((patch) => [patch.id, patch] as const))),
  );
  return {
    runId: run.runId,
    trigger: run.trigger,
    startedAt: run.startedAt,
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
      instances: wave.instances.map((instance) => instance.instanceId),
    })),
  };
}

function placeOverrideList(plan: Plan, runId: string, patches: { id: string; title: string }[]) {
  const place = /^s3:\/\/([^/]+)\/?(.*)$/.exec(plan.settings.overrideList ?? '');
  const [, bucket, prefix] = place ?? [];
  if (bucket === undefined) return {};
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
