/** Reading the groups of a policy from the cloud, one after the other. */
import type { Cloud } from '../../../orchestrator/aws/cloud.ts';
import { explained } from '../../../orchestrator/aws/explain.ts';
import { DrydockError } from '../../../orchestrator/errors.ts';
import { lacksDates } from '../../../orchestrator/fleet/first-seen.ts';
import type { Fleet } from '../../../orchestrator/fleet/fleet.ts';
import { findGroups, readFleet } from '../../../orchestrator/fleet/read.ts';
import { matchGroup } from '../../../policies/groups.ts';
import type { Policy } from '../../../policies/policy.ts';
import { type LookedGroup, missingIn } from './missing.ts';

export interface CloudAtHand {
  cloud: Cloud;
  region: string;
  /** Dates patches without a release date by when they were first seen, and notes those that never were. */
  withFirstSeen: (fleet: Fleet) => Promise<Fleet>;
}

/** A group, or why it could not be read. */
export type ReadGroup = LookedGroup | { group: string; environment: string; trouble: string };

/** Every group that the policy puts into an environment. Rejects with a `DrydockError` when AWS cannot be asked for them. */
export async function readGroups(
  { cloud, region, withFirstSeen }: CloudAtHand,
  policy: Policy,
  now: () => number,
): Promise<ReadGroup[]> {
  const groups = await explained(findGroups(cloud));
  const read: ReadGroup[] = [];
  // One after the other: a large group's reading alone comes near what AWS lets one caller ask at once.
  for (const group of groups.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const environment = matchGroup(policy, group)?.name;
    if (environment === undefined) continue;
    try {
      const fleet = await explained(readFleet(cloud, group.name, { region, now: new Date(now()).toISOString() }));
      const isUndated = policy.patches.unsupportedDelays === 'pin' && lacksDates(fleet);
      read.push(missingIn(isUndated ? await withFirstSeen(fleet) : fleet, environment));
    } catch (error) {
      if (!(error instanceof DrydockError)) throw error;
      read.push({ group: group.name, environment, trouble: `it could not be looked at: ${error.message}` });
    }
  }
  return read;
}
