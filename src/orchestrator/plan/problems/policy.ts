import { someOf } from '../names.ts';
import type { Problem } from '../types.ts';
import { error, found, type Preflight, warning } from './problem.ts';

/** What of the policy cannot be done, or not as well as it might be. */
export function policyProblems({ policy, fleet: { group }, chosen, held }: Preflight): Problem[] {
  const unchecked = policy.health.length === 0;
  return found(
    policy.rollout.capacity === 'surge' &&
      error('not-yet-supported', 'rollout.capacity is surge, which this version cannot do', 'Set it to shrink.'),
    unchecked &&
      group.targetGroups.length === 0 &&
      error(
        'nothing-to-check',
        'the policy has no health check and the group no target group: a broken instance would go unnoticed',
        'Add a check under health.',
      ),
    unchecked &&
      group.targetGroups.length > 0 &&
      warning(
        'no-health-check',
        'the policy has no health check: an instance is judged by its target groups alone, once it is back in service',
        'Add a check under health, which is made before it takes traffic.',
      ),
    policy.patches.overrideList === undefined && notPinned(chosen, held),
  );
}

/**
 * Without a list of its own a run installs what the baseline registered on AWS approves of all that an instance misses. What is
 * held is missing there too, and nothing on our side keeps it out.
 */
function notPinned(chosen: Preflight['chosen'], held: Preflight['held']): Problem {
  const remedy = 'Name a bucket for the list of what is approved: patches.overrideList: s3://bucket/prefix.';
  const ids = new Set(chosen.map(({ instanceId }) => instanceId));
  const unguarded = held.filter(({ instanceIds }) => instanceIds.some((id) => ids.has(id))).map(({ title }) => title);
  return unguarded.length === 0
    ? warning(
        'set-not-pinned',
        'without patches.overrideList AWS installs what the registered patch baselines approve, which may be other than this plan',
        remedy,
      )
    : error(
        'held-not-guarded',
        `${someOf(unguarded)} ${unguarded.length === 1 ? 'is' : 'are'} held, and without patches.overrideList AWS would install whatever the registered patch baselines approve, held or not`,
        remedy,
      );
}
