/** An instance in a run: everything that its executions and the plan say of it. */
import { z } from 'zod';
import type { HistoryEvent } from '../../../interpreter/ports.ts';
import { DrydockError, EXIT } from '../../../orchestrator/errors.ts';
import type { Plan, PlannedInstance, PlannedPatch } from '../../../orchestrator/plan/types.ts';
import { detail } from '../../../orchestrator/runs/event-details.ts';
import { addInstance, endRun, newRunView, progress } from '../../../orchestrator/runs/progress.ts';
import type { InstanceView } from '../../../orchestrator/runs/view.ts';
import { applyOutcome, type KeptInstance } from '../../../orchestrator/step-functions/kept.ts';
import type { InstanceDocument } from '../../api/shapes.ts';
import type { ExecutedRun } from '../executions.ts';
import { awsLinks } from './aws-links.ts';
import { stepsOf } from './steps.ts';
import { toldBy } from './told.ts';

/**
 * Reads the histories of the executions that had the instance in hand, and no others. Rejects with a `DrydockError` (exit code 2) when it
 * is not part of the run.
 */
export async function instanceDocument(run: ExecutedRun, instanceId: string): Promise<InstanceDocument> {
  const { begun, plan } = run;
  const histories = await run.ofInstance(instanceId);
  const kept = await run.kept(instanceId);
  const view = viewOf(run, instanceId, histories, kept);
  const planned = plan.waves.flatMap(({ instances }) => instances).find((each) => each.instanceId === instanceId);
  const { snapshotId, command, checks, account } = toldBy(histories);
  const commandId = command?.id ?? kept?.commandId ?? null;
  const snapshot = snapshotId ?? kept?.snapshotId ?? null;
  const linked = { region: plan.region, account, instanceId, group: plan.group.name, commandId, snapshotId: snapshot };
  return {
    now: new Date(run.now()).toISOString(),
    runId: begun.runId,
    group: plan.group.name,
    environment: plan.environment,
    region: plan.region,
    instance: { ...rowOf(view), ...factsOf(planned) },
    patches: (planned?.patches ?? everyPatch(plan)).map(patchOf),
    steps: stepsOf(histories),
    checks,
    command: commandId === null ? command : { ...(command ?? KEPT_COMMAND), id: commandId },
    snapshotId: snapshot,
    links: awsLinks({ ...linked, account: account ?? accountOf(plan) }),
  };
}

/** Its history is forgotten, but not that there was one. */
const KEPT_COMMAND = { status: 'Unknown', detail: 'its output is no longer kept', tail: '', errors: '' };

function viewOf(
  { begun, plan, engine, rollout }: ExecutedRun,
  instanceId: string,
  histories: Awaited<ReturnType<ExecutedRun['ofInstance']>>,
  kept: KeptInstance | undefined,
): InstanceView {
  const run = newRunView(plan, begun, engine);
  const apply = progress(run);
  const own = histories.filter((history) => !isRecovery(history));
  for (const event of own.flat()) apply({ kind: 'instance', instanceId }, event);
  const find = () => run.instances.find((instance) => instance.instanceId === instanceId);
  if (kept !== undefined && histories.length === 0) {
    applyOutcome(find() ?? addInstance(run, instanceId, kept.wave), kept);
  }
  if (rollout?.isRunning !== true) endRun(run, 'succeeded', begun.startedAt);
  const instance = find();
  if (instance !== undefined) return instance;
  throw new DrydockError(`instance ${instanceId} is not part of run ${begun.runId}`, {
    exitCode: EXIT.badInput,
    next: `See drydock runs show ${begun.runId} for the instances that are.`,
  });
}

/** What became of it in the run is not what a recovery made of it later. */
function isRecovery([started]: readonly HistoryEvent[]): boolean {
  const input = started === undefined ? undefined : detail(started, 'input');
  return input !== undefined && recovering.safeParse(JSON.parse(input)).success;
}

const recovering = z.object({ recover: z.literal(true) });

type Row = Omit<InstanceDocument['instance'], keyof ReturnType<typeof factsOf>>;

function rowOf({ instanceId, az, wave, outcome, patches, step, ...rest }: InstanceView): Row {
  const { startedAt = null, endedAt = null, reason = '', changed } = rest;
  return {
    instanceId,
    az,
    wave,
    outcome,
    startedAt,
    endedAt,
    patches,
    ...(reason === '' ? {} : { reason }),
    ...(changed === undefined ? {} : { changed }),
    ...(step === undefined ? {} : { step }),
  };
}

function factsOf(planned: PlannedInstance | undefined) {
  const { operatingSystem = null, privateIp = null, rootVolumeId = null } = planned ?? {};
  return { operatingSystem, privateIp, rootVolumeId };
}

type Patch = InstanceDocument['patches'][number];

/** One that joined while the run went on is patched with all that the run installs. */
function everyPatch(plan: Plan): PlannedPatch[] {
  const patches = plan.waves.flatMap(({ instances }) => instances.flatMap((instance) => instance.patches));
  return [...new Map(patches.map((patch) => [patch.title, patch])).values()];
}

function patchOf({ id, title, classification, severity, cves, rule, ...dates }: PlannedPatch): Patch {
  const { releasedAt = null, approvedSince } = dates;
  return { id, title, classification, severity, cves, rule, releasedAt, approvedSince };
}

/** The account of its target groups: `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/…`. */
function accountOf({ group }: Plan): string | null {
  return group.targetGroupArns[0]?.split(':')[4] ?? null;
}
