/** Plans for the groups that a person means, from AWS as it stands. */
import { explained } from '../orchestrator/aws/explain.ts';
import { openDatabase } from '../orchestrator/engine/database.ts';
import { DrydockError, EXIT } from '../orchestrator/errors.ts';
import { lacksDates, withFirstSeen } from '../orchestrator/fleet/first-seen.ts';
import type { Fleet } from '../orchestrator/fleet/fleet.ts';
import { findGroups, readFleet } from '../orchestrator/fleet/read.ts';
import { type Selection, selectGroups } from '../orchestrator/fleet/select.ts';
import { plan } from '../orchestrator/plan/plan.ts';
import { renderPlan } from '../orchestrator/plan/render.ts';
import type { FinishedRun, Plan } from '../orchestrator/plan/types.ts';
import { itemTable } from '../orchestrator/table/table.ts';
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

export interface PlansAsked {
  policy: Policy;
  selection: Selection;
  /** The runs of the policy that succeeded. */
  finished: FinishedRun[];
  /** Where it is noted when patches without a release date were first seen; made when there is something to note. */
  stateDir: string;
  /** Notes that somewhere else. */
  withFirstSeen?: (fleet: Fleet) => Promise<Fleet>;
  /** Default: now. */
  at?: Date | undefined;
}

/** Makes a plan for each selected group. */
export async function makePlans({ cloud, region }: Reached, asked: PlansAsked): Promise<Plan[]> {
  const { policy, selection, finished, stateDir, at = new Date() } = asked;
  const note = asked.withFirstSeen ?? ((fleet: Fleet) => noteSeen(fleet, stateDir));
  const selected = selectGroups(await explained(findGroups(cloud)), policy, selection);
  const now = at.toISOString();
  const plans: Plan[] = [];
  // One after the other: a large group's reading alone comes near what AWS lets one caller ask at once.
  for (const { name, environment } of selected) {
    const read = await explained(readFleet(cloud, name, { region, now: new Date().toISOString() }));
    const fleet = policy.patches.unsupportedDelays === 'pin' && lacksDates(read) ? await explained(note(read)) : read;
    plans.push(plan({ policy, fleet, environment: environment.name, history: finished, now }));
  }
  return plans;
}

async function noteSeen(fleet: Fleet, stateDir: string): Promise<Fleet> {
  const database = openDatabase({ stateDir });
  try {
    return await withFirstSeen(fleet, itemTable(database));
  } finally {
    database.close();
  }
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
