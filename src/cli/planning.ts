/** Plans for the groups that a person means, from AWS as it stands. */
import { explained } from '../orchestrator/aws/explain.ts';
import { DrydockError, EXIT } from '../orchestrator/errors.ts';
import { findGroups, readFleet } from '../orchestrator/fleet/read.ts';
import { type Selection, selectGroups } from '../orchestrator/fleet/select.ts';
import { plan } from '../orchestrator/plan/plan.ts';
import { renderPlan } from '../orchestrator/plan/render.ts';
import type { FinishedRun, Plan } from '../orchestrator/plan/types.ts';
import type { Policy } from '../policies/policy.ts';
import { type Context, hasColor } from './context.ts';
import type { Reached } from './reach.ts';

/** The flags that say which groups are meant. */
export interface SelectionFlags {
  group?: string[];
  environment?: string;
}

/** What `flags` select; throws a `DrydockError` (exit code 2) when they select nothing. */
export function selectionOf({ group, environment }: SelectionFlags): Selection {
  if (group === undefined && environment === undefined) {
    throw new DrydockError('no group is named', {
      exitCode: EXIT.badInput,
      next: 'Name Auto Scaling groups with --group, or all of an environment with --environment.',
    });
  }
  return {
    ...(group === undefined ? {} : { groups: group }),
    ...(environment === undefined ? {} : { environment }),
  };
}

/** Makes a plan for each selected group, as of `now`. `finished` are the runs of the policy that succeeded. */
export async function makePlans(
  { cloud, region }: Reached,
  policy: Policy,
  selection: Selection,
  finished: FinishedRun[],
  now = new Date(),
): Promise<Plan[]> {
  const selected = selectGroups(await explained(findGroups(cloud)), policy, selection);
  const at = now.toISOString();
  const plans: Plan[] = [];
  // One after the other: a large group's reading alone comes near what AWS lets one caller ask at once.
  for (const { name, environment } of selected) {
    const fleet = await explained(readFleet(cloud, name, { region, now: new Date().toISOString() }));
    plans.push(plan({ policy, fleet, environment: environment.name, history: finished, now: at }));
  }
  return plans;
}

/** Whether a run of the plan would touch anything. */
export function hasWork({ waves }: Plan): boolean {
  return waves.length > 0;
}

/** One plan as it is, several as `{ plans }`: what `plan --json` prints and `plan --out` writes. */
export function planDocument(plans: Plan[]): Plan | { plans: Plan[] } {
  const [only] = plans;
  return only !== undefined && plans.length === 1 ? only : { plans };
}

/** Plans as people read them. */
export function planText(plans: Plan[], context: Context, stream: NodeJS.WriteStream): string {
  const look = { color: hasColor(context.flags, stream), width: stream.columns ?? 120 };
  return plans.map((each) => renderPlan(each, look)).join('\n\n');
}
