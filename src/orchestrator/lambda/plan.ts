/** Makes a plan inside an execution, for whoever starts one without: a maintenance window knows only policy and group. */
import { z } from 'zod';
import { findEnvironment, matchGroup } from '../../policies/groups.ts';
import { parsePolicy } from '../../policies/parse.ts';
import type { Environment, Policy } from '../../policies/policy.ts';
import { formatProblem } from '../../policies/problem.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { readFleet } from '../fleet/read.ts';
import { plan } from '../plan/plan.ts';
import type { FinishedRun, Plan } from '../plan/types.ts';
import { type Order, order } from '../runs/order.ts';

const event = z.object({
  /** The policy's document, as YAML. */
  policy: z.string(),
  group: z.string(),
  /** Default: the one that the policy puts the group in. */
  environment: z.string().optional(),
  runId: z.string(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  trigger: z.object({ kind: z.enum(['person', 'window', 'api']), by: z.string().optional() }).default({ kind: 'api' }),
});

export interface PlanHandlerDeps {
  cloud: Cloud;
  region: string;
  /** The runs of a policy that succeeded. */
  history: (policy: string) => Promise<FinishedRun[]>;
  /** Adds when patches without a release date were first seen missing, and notes those that never were. */
  withFirstSeen: (fleet: Fleet) => Promise<Fleet>;
  /** Keeps the plan beside the run, for people. */
  keepPlan: (runId: string, plan: Plan) => Promise<void>;
  /** A fresh GUID at each call. */
  uuid: () => string;
}

/** Gives the order to carry out. Fails, saying all that is wrong, for a broken policy and for a plan with errors. */
export function planHandler({ cloud, region, history, withFirstSeen, keepPlan, uuid }: PlanHandlerDeps) {
  return async (input: unknown): Promise<Order> => {
    const { policy: text, group, environment, runId, startedAt, trigger } = event.parse(input);
    const policy = readPolicy(text);
    const fleet = await withFirstSeen(await readFleet(cloud, group, { region, now: startedAt }));
    const { name } = environmentOf(policy, fleet, environment);
    const made = plan({ policy, fleet, environment: name, history: await history(policy.name), now: startedAt });
    const errors = made.problems.filter(({ level }) => level === 'error');
    if (errors.length > 0) throw new Error(errors.map(({ message, remedy }) => `${message}. ${remedy}`).join('\n'));
    await keepPlan(runId, made);
    const { by } = trigger;
    const begun = { runId, startedAt, trigger: { kind: trigger.kind, ...(by === undefined ? {} : { by }) } };
    return order(made, { ...begun, snapshotId: uuid() });
  };
}

function readPolicy(text: string): Policy {
  const parsed = parsePolicy(text, 'policy');
  if ('policy' in parsed) return parsed.policy;
  throw new Error(parsed.problems.map(formatProblem).join('\n'));
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
