/** The groups of the policy as they were looked at last. A look takes as long as a plan of each group: it is made in the background. */
import { DrydockError } from '../../../orchestrator/errors.ts';
import type { Policy } from '../../../policies/policy.ts';
import { type Background, inBackground } from '../background.ts';
import type { PastRun, PastRuns } from '../past.ts';
import { type CloudAtHand, type ReadGroup, readGroups } from './groups.ts';
import { type LookedGroup, missingAfter } from './missing.ts';

export interface FleetLook {
  policy: Policy;
  groups: LookedGroup[];
  /** Groups of which nothing is known, and why. */
  unknown: { group: string; why: string }[];
  /** When it was made, in ms since 1970. */
  at: number;
}

export interface FleetLookOptions {
  /** The policy as it is now: it may be changed while the console is open. Throws a `DrydockError` when it will not do. */
  policy: () => Policy;
  /** Absent: there is no cloud to ask, and the plans of past runs have to do. */
  cloudAtHand?: () => Promise<CloudAtHand>;
  past: PastRuns;
  /** Milliseconds since 1970, by the clock that runs go by. */
  now: () => number;
}

const FRESH_MS = 5 * 60_000;
const PATIENCE_MS = 1500;
const REST_MS = 5000;

/** Looks at the groups whenever the last look is some minutes old, and somebody asks. */
export function createFleetLook(options: FleetLookOptions): Background<FleetLook> {
  const { policy: currentPolicy, cloudAtHand, past, now } = options;
  return inBackground({
    patienceMs: PATIENCE_MS,
    restMs: REST_MS,
    isFresh: ({ at, policy }) => now() - at < FRESH_MS && policy.fingerprint === currentPolicy().fingerprint,
    make: async (previous, show) => {
      const policy = currentPolicy();
      const lookOf = async (groups: ReadGroup[], why: string): Promise<FleetLook> => {
        return { policy, ...(await filledIn(groups, policy, past, why)), at: now() };
      };
      if (cloudAtHand === undefined) return lookOf([], 'there is no AWS account at hand to look at it');
      if (previous === undefined) show(await lookOf([], 'it is being looked at'));
      try {
        return await lookOf(await readGroups(await cloudAtHand(), policy, now), '');
      } catch (error) {
        // An expired session must not hide what the last runs knew.
        if (!(error instanceof DrydockError)) throw error;
        return lookOf([], `it could not be looked at: ${error.message}`);
      }
    },
  });
}

/** What could not be read now, as the last run on it left it; with no group read at all (`why`), every group that runs were on. */
async function filledIn(read: ReadGroup[], policy: Policy, past: PastRuns, why: string): Promise<Known> {
  const known: Known = { groups: [], unknown: [] };
  for (const each of why === '' ? read : await groupsOfRuns(policy, past, why)) {
    if (!('trouble' in each)) {
      known.groups.push(each);
      continue;
    }
    const last = await lastRun(each.group, policy, past);
    if (last !== undefined) known.groups.push(missingAfter(last, each.trouble));
    else if (why === '') known.unknown.push({ group: each.group, why: each.trouble });
  }
  return known;
}

type Known = Pick<FleetLook, 'groups' | 'unknown'>;

async function groupsOfRuns(policy: Policy, past: PastRuns, trouble: string): Promise<ReadGroup[]> {
  const { groups } = await past.runs({ policy: policy.name, limit: 1 });
  return groups.filter((group) => group !== '').map((group) => ({ group, environment: '', trouble }));
}

/** Runs that never had a plan are passed over: they found their group locked, or nothing to do. */
const MOST_TRIED = 5;

async function lastRun(group: string, policy: Policy, past: PastRuns): Promise<PastRun | undefined> {
  const { runs } = await past.runs({ group, policy: policy.name, limit: MOST_TRIED });
  for (const { runId } of runs) {
    try {
      return await past.read(runId);
    } catch (error) {
      if (!(error instanceof DrydockError)) throw error;
    }
  }
  return undefined;
}
