/**
 * A run's view, kept up to date by the events of its executions: live from the engine, or afterwards from history.
 * The one place that knows how the state machines' events read as a run.
 */
import { z } from 'zod';
import type { Plan } from '../plan/types.ts';
import { assigned, assignedText, detail, stateName, type ToldEvent } from './event-details.ts';
import { type Order, triggerText } from './order.ts';
import { plainState, stepOf } from './steps.ts';
import { type InstanceView, OUTCOMES, type Outcome, type RunStatus, type RunView } from './view.ts';

/** Whose events they are: the rollout's own, or those of the execution that has one instance in hand. */
export type EventSource = { kind: 'rollout' } | { kind: 'instance'; instanceId: string };

/** The view of a run that has just been ordered: nothing has happened yet. */
export function newRunView(
  plan: Plan,
  order: Pick<Order, 'runId' | 'startedAt' | 'trigger' | 'rollbackOf'>,
  engine: RunView['engine'],
): RunView {
  return {
    runId: order.runId,
    policy: plan.policy,
    group: plan.group.name,
    environment: plan.environment,
    engine,
    status: 'running',
    startedAt: order.startedAt,
    trigger: triggerText(order.trigger),
    ...(order.rollbackOf === undefined ? {} : { rollbackOf: order.rollbackOf }),
    capacity: {
      desired: plan.group.desired,
      floor: plan.capacity.floor,
      inService: plan.capacity.inService,
    },
    waves: plan.waves.map(({ number, kind, concurrency }) => ({ number, kind, concurrency })),
    instances: plan.waves.flatMap((wave) =>
      wave.instances.map((instance) => ({
        instanceId: instance.instanceId,
        az: instance.az,
        wave: wave.number,
        outcome: 'pending' as const,
        patches: instance.patches.map(({ id, cves, rule }) => ({ id, cves, rule })),
      })),
    ),
    bakeSeconds: plan.settings.bakeSeconds,
    estimateSeconds: plan.estimate.seconds,
  };
}

/** Hears of an event of a run, and whose it is. */
export type Hear = (source: EventSource, event: ToldEvent) => void;

/**
 * Gives a function that changes `view` by one event, and tells `hear` of it then. Events of one source must come in their order; sources
 * may interleave freely. An instance that the plan did not have joins the view with the first event of its execution.
 */
export function progress(view: RunView, hear: Hear = () => {}): Hear {
  const instances = new Map(view.instances.map((instance) => [instance.instanceId, instance]));
  return (source, event) => {
    if (source.kind === 'rollout') applyRolloutEvent(view, event);
    else {
      const instance = instances.get(source.instanceId) ?? join(view, source.instanceId, event);
      if (instance === undefined) return;
      instances.set(source.instanceId, instance);
      applyInstanceEvent(view, instance, event);
    }
    hear(source, event);
  };
}

const childInput = z.object({ wave: z.number() });

function join(view: RunView, instanceId: string, event: ToldEvent): InstanceView | undefined {
  const input = detail(event, 'input');
  if (event.type !== 'ExecutionStarted' || input === undefined) return undefined;
  const { data } = childInput.safeParse(JSON.parse(input));
  return data === undefined ? undefined : addInstance(view, instanceId, data.wave);
}

/** Adds an instance that the plan did not know: launched while the run went on, and patched in its last sweep with all that the run installs. */
export function addInstance(view: RunView, instanceId: string, wave: number): InstanceView {
  const patches = new Map(view.instances.flatMap((instance) => instance.patches.map((patch) => [patch.id, patch])));
  const instance: InstanceView = { instanceId, az: '', wave, outcome: 'pending', patches: [...patches.values()] };
  view.instances.push(instance);
  if (view.waves.every(({ number }) => number !== wave))
    view.waves.push({ number: wave, kind: 'wave', concurrency: 1 });
  return instance;
}

function applyRolloutEvent(view: RunView, event: ToldEvent): void {
  if (event.type === 'WaitStateEntered' && stateName(event) === 'BakeWave') view.bakeUntil ??= bakeEnd(view, event);
  else if (event.type === 'TaskStateEntered' && stateName(event) === 'LookAfterWave') delete view.bakeUntil;
  else if (event.type === 'WaitStateEntered' && stateName(event) === 'WaitWhileHeld') view.status = 'paused';
  else if (event.type === 'WaitStateExited' && stateName(event) === 'WaitWhileHeld') view.status = 'running';
  else if (event.type === 'WaitStateEntered' && stateName(event) === 'WaitForApproval') view.awaitsApproval = true;
  else if (event.type === 'MapStateEntered') delete view.awaitsApproval;
  else if (event.type === 'TaskStateExited') noteUndelivered(view, event);
  else if (event.type === 'ExecutionSucceeded') endRun(view, 'succeeded', timeOf(event));
  else if (/^Execution(Failed|TimedOut|Aborted)$/.test(event.type)) fail(view, event);
}

/** Whom a notification did not reach stands in a variable of the rollout, or of the instance that told of a pause in its wave. */
function noteUndelivered(view: RunView, event: ToldEvent): void {
  const json = assigned(event, 'undelivered');
  if (json === undefined) return;
  const undelivered = z.array(z.string()).safeParse(JSON.parse(json)).data ?? [];
  if (undelivered.length > 0) view.undelivered = [...new Set([...(view.undelivered ?? []), ...undelivered])];
}

function bakeEnd(view: RunView, event: ToldEvent): string {
  return new Date(event.timestamp + view.bakeSeconds * 1000).toISOString();
}

function fail(view: RunView, event: ToldEvent): void {
  const at = timeOf(event);
  const error = detail(event, 'error');
  const reason = detail(event, 'cause') ?? error ?? event.type;
  view.error = error ?? event.type;
  if (error === 'Drydock.Halted') {
    endRun(view, 'halted', at);
    view.halted = { reason, wave: reachedWave(view) };
  } else if (error === 'Drydock.Aborted') endRun(view, 'aborted', at);
  else {
    endRun(view, event.type === 'ExecutionAborted' ? 'aborted' : 'failed', at);
    view.halted = { reason, wave: reachedWave(view) };
    if (error === 'Drydock.NotWhole' || event.type !== 'ExecutionFailed') view.notWhole = reason;
  }
}

/** Ends the view at that time (ISO 8601, UTC): whoever was not begun by then never will be. */
export function endRun(view: RunView, status: RunStatus, at: string): void {
  view.status = status;
  view.endedAt = at;
  delete view.bakeUntil;
  delete view.awaitsApproval;
  delete view.aborting;
  for (const instance of view.instances) {
    if (instance.outcome !== 'pending') continue;
    instance.outcome = 'skipped';
    instance.reason = 'the run ended before it was begun';
  }
}

/** The wave that the run came to; 0 when it began with none. */
export function reachedWave(view: RunView): number {
  return Math.max(0, ...view.instances.filter((instance) => instance.startedAt !== undefined).map(({ wave }) => wave));
}

const outcome = z.enum(OUTCOMES);

/** What became of an instance when it was in hand before. */
const before = new WeakMap<InstanceView, Outcome>();

function applyInstanceEvent(view: RunView, instance: InstanceView, event: ToldEvent): void {
  if (event.type.endsWith('StateEntered')) enter(view, instance, plainState(stateName(event) ?? ''), event);
  else if (event.type.endsWith('StateExited')) {
    noteVariables(instance, event);
    if (assignedText(event, 'place') === 'afterAttach' && instance.outOfService === true) bringBack(view, instance);
    noteUndelivered(view, event);
  } else if (event.type === 'ExecutionSucceeded') {
    const ended = outcome.safeParse(JSON.parse(detail(event, 'output') ?? 'null')).data ?? 'failed';
    // Its own run meant to take it once more, and did not come to it: it is as it was.
    const stays = ended === 'skipped' ? before.get(instance) : undefined;
    close(instance, stays === undefined ? timeOf(event) : (instance.endedAt ?? timeOf(event)));
    instance.outcome = stays ?? ended;
    if (instance.outcome !== 'skipped') before.set(instance, instance.outcome);
  } else if (/^Execution(Failed|TimedOut|Aborted)$/.test(event.type)) {
    close(instance, timeOf(event));
    instance.outcome = 'failed';
    instance.reason = detail(event, 'cause') ?? detail(event, 'error') ?? 'its execution ended without an outcome';
  }
}

/** Why something becomes of an instance stands in a variable of its execution, which the exit of each state that sets it tells. */
function noteVariables(instance: InstanceView, event: ToldEvent): void {
  const reason = assignedText(event, 'reason');
  if (reason !== undefined) instance.reason = reason;
  const changed = assignedText(event, 'changed');
  if (changed !== undefined) instance.changed = changed;
}

/** When an instance's patch was begun, in ISO 8601. */
const patchingSince = new WeakMap<InstanceView, string>();

function enter(view: RunView, instance: InstanceView, state: string, event: ToldEvent): void {
  const step = stepOf(state);
  if (step === undefined) return;
  if (step !== instance.step) {
    // A look that finds the command still at work is a part of the patching.
    const goesOn = step === 'patching' && instance.step === 'verifying' ? patchingSince.get(instance) : undefined;
    instance.step = step;
    instance.stepSince = goesOn ?? timeOf(event);
    if (step === 'patching') patchingSince.set(instance, instance.stepSince);
  }
  if (state === 'TagInstance') {
    instance.startedAt ??= timeOf(event);
    instance.outcome = 'patching';
  }
  // Entered only once the state before it has succeeded, so these say what is so.
  if (state === 'WaitForDrain' && instance.outOfService !== true) takeOut(view, instance);
  if (SERVES_AGAIN.has(state) && instance.outOfService === true) bringBack(view, instance);
}

/** The instance itself, unless its hooks come first, or what replaces it: only then the broken one is let go. */
const SERVES_AGAIN = new Set(['Protect', 'LeaveStandby', 'TagReplaced', 'TerminateBroken', 'Quarantine', 'Untag']);

function takeOut(view: RunView, instance: InstanceView): void {
  instance.outOfService = true;
  if (view.capacity.inService !== undefined) view.capacity.inService -= 1;
}

function bringBack(view: RunView, instance: InstanceView): void {
  instance.outOfService = false;
  if (view.capacity.inService !== undefined) view.capacity.inService += 1;
}

function close(instance: InstanceView, at: string): void {
  delete instance.step;
  delete instance.stepSince;
  if (instance.startedAt !== undefined) instance.endedAt = at;
}

function timeOf(event: ToldEvent): string {
  return new Date(event.timestamp).toISOString();
}
