/** Makes a plan inside an execution, for whoever starts one without: a maintenance window knows only policy and group. */
import { z } from 'zod';
import { findEnvironment, matchGroup } from '../../policies/groups.ts';
import { parsePolicy } from '../../policies/parse.ts';
import type { Environment, Policy } from '../../policies/policy.ts';
import { formatProblem } from '../../policies/problem.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { readFleet } from '../fleet/read.ts';
import { instanceSeconds } from '../plan/estimate.ts';
import { plan } from '../plan/plan.ts';
import { longestDrain } from '../plan/settings.ts';
import type { FinishedRun, Plan } from '../plan/types.ts';
import { type OpenWindow, type Order, order, type StoredOrder, storedOrder } from '../runs/order.ts';
import { type KeptOrder, type PatchedInstance, rollbackOrder, rollbackWaves } from '../runs/rollback.ts';
import { lookHandler } from './look.ts';
import { type WindowRuns, windowRuns } from './window.ts';

const windowExecution = z.object({ id: z.string(), executionId: z.string() });

/** What a maintenance window asks first: which groups it is for. */
const findEvent = z.object({
  find: z.object({ policy: z.string(), environment: z.string().optional(), group: z.string().optional() }),
  window: windowExecution,
});

const planEvent = z.object({
  /** The policy's name. */
  policy: z.string(),
  group: z.string(),
  /** Default: the one that the policy puts the group in. */
  environment: z.string().optional(),
  runId: z.string(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  trigger: z.object({ kind: z.enum(['person', 'window', 'api']), by: z.string().optional() }).default({ kind: 'api' }),
  window: windowExecution.extend({ closesAt: z.number() }).optional(),
});

/** What a rollout asks that is to roll back what it has patched. */
const rollbackEvent = z.object({
  rollback: z.object({
    /** Only the rollout itself says it: its own order, without waves. */
    order: z.custom<KeptOrder>((value) => z.object({ runId: z.string() }).safeParse(value).success),
    /** Those that do not serve. */
    first: z.array(z.string()).default([]),
    /** How many it has patched. */
    patched: z.number(),
  }),
});

export interface PlanHandlerDeps {
  cloud: Cloud;
  region: string;
  /** The document of the policy of that name, as YAML. */
  policyText: (name: string) => Promise<string>;
  /** The runs of a policy that succeeded. */
  history: (policy: string) => Promise<FinishedRun[]>;
  /** Adds when patches without a release date were first seen missing, and notes those that never were. */
  withFirstSeen: (fleet: Fleet) => Promise<Fleet>;
  /** What a run has patched, the newest first. */
  patchedBy: (runId: string) => Promise<PatchedInstance[]>;
  /** Keeps the plan beside the run, for people. */
  keepPlan: (runId: string, plan: Plan) => Promise<void>;
  /** The bucket for waves that are too large for an execution's input; absent: there is none, and nothing is too large. */
  ordersBucket?: string;
  /** A fresh GUID at each call. */
  uuid: () => string;
}

/**
 * Gives the order to carry out, the runs of a window, or the order that rolls a run back. Fails, saying all that is wrong, for a broken policy and for a plan with errors.
 */
export function planHandler(deps: PlanHandlerDeps) {
  return async (input: unknown): Promise<StoredOrder | WindowRuns> => {
    const asked = z.union([findEvent, rollbackEvent, planEvent]).parse(input);
    if ('rollback' in asked) return orderRollback(deps, asked.rollback);
    if (!('find' in asked)) return makeOrder(deps, asked);
    const { policy: name, environment, group } = asked.find;
    return windowRuns(
      deps.cloud,
      await readPolicy(deps, name),
      { ...(environment === undefined ? {} : { environment }), ...(group === undefined ? {} : { groups: [group] }) },
      asked.window,
    );
  };
}

async function makeOrder(deps: PlanHandlerDeps, asked: z.infer<typeof planEvent>): Promise<StoredOrder> {
  const { cloud, region, keepPlan, uuid } = deps;
  const { group, runId, startedAt, trigger } = asked;
  const policy = await readPolicy(deps, asked.policy);
  const fleet = await deps.withFirstSeen(await readFleet(cloud, group, { region, now: startedAt }));
  const { name } = environmentOf(policy, fleet, asked.environment);
  const history = await deps.history(policy.name);
  const made = plan({ policy, fleet, environment: name, history, now: startedAt });
  const errors = made.problems.filter(({ level }) => level === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message, remedy }) => `${message}. ${remedy}`).join('\n'));
  await keepPlan(runId, made);
  const { by } = trigger;
  const begun = { runId, startedAt, trigger: { kind: trigger.kind, ...(by === undefined ? {} : { by }) } };
  const window = asked.window && openWindow(asked.window, made, fleet, history);
  return withinAnswer(deps, order(made, { ...begun, snapshotId: uuid(), ...(window === undefined ? {} : { window }) }));
}

async function orderRollback(
  deps: PlanHandlerDeps,
  { order, first, patched: expected }: z.infer<typeof rollbackEvent>['rollback'],
): Promise<StoredOrder> {
  const patched = await deps.patchedBy(order.runId);
  // The last outcomes may have reached the table, and not yet its index: the state machine asks again.
  if (patched.length < expected) throw new Error(`of ${expected} patched instances ${patched.length} are in the index`);
  const key = { runId: order.runId, trigger: order.trigger, startedAt: order.startedAt };
  const sick = [...first, ...(await sickOf(deps.cloud, order, patched))];
  return withinAnswer(deps, rollbackOrder(order, key, rollbackWaves(patched, sick)), 'rollback-wave');
}

/** Those that do not serve now: what fell sick long after its wave may be what the run failed of, and leaves no group that is whole. */
async function sickOf(cloud: Cloud, { groupName, targetGroupArns }: KeptOrder, patched: PatchedInstance[]) {
  const instances = patched.map(({ instanceId }) => instanceId);
  const look = lookHandler(cloud);
  const { sick } = await look({
    groupName,
    targetGroupArns,
    wave: { instances },
    patched: '1'.repeat(instances.length),
  });
  return sick;
}

function openWindow(
  window: Omit<OpenWindow, 'instanceSeconds'>,
  { settings }: Plan,
  { group }: Fleet,
  history: FinishedRun[],
): OpenWindow {
  const drainSeconds = longestDrain(group);
  return { ...window, instanceSeconds: instanceSeconds({ settings, drainSeconds, group: group.name, history }) };
}

/** What a function answers goes the way of an execution's input, and has its limit. */
async function withinAnswer({ cloud, ordersBucket }: PlanHandlerDeps, whole: Order, name?: string) {
  if (ordersBucket === undefined) return whole;
  const { order, objects } = storedOrder(whole, ordersBucket, name);
  for (const { bucket, key, body } of objects) {
    await cloud.s3.putObject({ Bucket: bucket, Key: key, Body: body });
  }
  return order;
}

async function readPolicy({ policyText }: PlanHandlerDeps, name: string): Promise<Policy> {
  const parsed = parsePolicy(await policyText(name), 'policy');
  if (!('policy' in parsed)) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  if (parsed.policy.name === name) return parsed.policy;
  throw new Error(`the policy ${name} was asked for, and ${parsed.policy.name} is here`);
}

function environmentOf(policy: Policy, { group }: Fleet, named: string | undefined): Environment {
  const found = named === undefined ? matchGroup(policy, group) : findEnvironment(policy, named);
  if (found !== undefined) return found;
  throw new Error(
    named === undefined
      ? `policy ${policy.name} says nothing of the group ${group.name}: no entry of groups matches it`
      : `policy ${policy.name} has no environment ${named}`,
  );
}
