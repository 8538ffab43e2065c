/** A run as people and programs see it: what `runs show`, the live progress and the console are made from. */
import type { Plan } from '../plan/types.ts';

export const RUN_STATUSES = ['running', 'paused', 'succeeded', 'halted', 'aborted', 'failed'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const OUTCOMES = [
  'pending',
  'patching',
  'patched',
  'skipped',
  'gone',
  'rolled-back',
  'replaced',
  'quarantined',
  'failed',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** An instance in a run. Times are ISO 8601, UTC. */
export interface InstanceView {
  instanceId: string;
  az: string;
  wave: number;
  outcome: Outcome;
  /** What is being done to it, and since when; only while it is in hand. */
  step?: string;
  stepSince?: string;
  startedAt?: string;
  endedAt?: string;
  /** Whether it is out of its group, or in standby, right now. */
  outOfService?: boolean;
  patches: { id: string; cves: string[]; rule: string }[];
  reason?: string;
  /** What its patch had installed by the time that it was rolled back: titles, or `nothing`. */
  changed?: string;
}

export interface RunView {
  runId: string;
  policy: { name: string; fingerprint: string };
  group: string;
  environment: string;
  engine: 'embedded' | 'step-functions';
  status: RunStatus;
  startedAt: string;
  endedAt?: string;
  trigger: string;
  /** The run that this one rolls back; absent: it patches. */
  rollbackOf?: string;
  capacity: { desired: number; floor: number; inService?: number };
  waves: { number: number; kind: 'canary' | 'wave'; concurrency: number }[];
  instances: InstanceView[];
  bakeSeconds: number;
  /** While a wave bakes: until when. */
  bakeUntil?: string;
  /** The canary is through, and a person has to approve the rest. */
  awaitsApproval?: true;
  /** Somebody has asked it to end, and it is not over yet. */
  aborting?: true;
  estimateSeconds?: number;
  halted?: { reason: string; wave: number };
  /** The error that it ended with, by the name that `rollout.asl.json` or Step Functions gives it. */
  error?: string;
  /** Set when something could not be made whole: a person is needed. */
  notWhole?: string;
  /** Notifications that did not arrive, and why. */
  undelivered?: string[];
}

/** The document that `run --json` and `runs show --json` print: its keys are part of the command line's contract. */
export function toContractJson(view: RunView, plan: unknown) {
  return {
    runId: view.runId,
    policy: view.policy,
    group: view.group,
    environment: view.environment,
    engine: view.engine,
    status: view.status,
    startedAt: view.startedAt,
    endedAt: view.endedAt ?? null,
    trigger: view.trigger,
    ...(view.rollbackOf === undefined ? {} : { rollbackOf: view.rollbackOf }),
    plan,
    instances: view.instances.map(
      ({ instanceId, az, wave, outcome, startedAt, endedAt, patches, reason, changed }) => ({
        instanceId,
        az,
        wave,
        outcome,
        startedAt: startedAt ?? null,
        endedAt: endedAt ?? null,
        patches,
        ...(reason === undefined || reason === '' ? {} : { reason }),
        ...(changed === undefined ? {} : { changed }),
      }),
    ),
    ...(view.halted === undefined ? {} : { halted: view.halted }),
    ...(view.notWhole === undefined ? {} : { notWhole: view.notWhole }),
    ...(view.undelivered === undefined ? {} : { undelivered: view.undelivered }),
  };
}

/** The same document for a plan without work: no run was begun. */
export function nothingToDoJson(plan: Plan, engine: RunView['engine']) {
  return {
    runId: null,
    policy: plan.policy,
    group: plan.group.name,
    environment: plan.environment,
    engine,
    status: 'succeeded',
    startedAt: null,
    endedAt: null,
    trigger: null,
    plan,
    instances: [],
  };
}
