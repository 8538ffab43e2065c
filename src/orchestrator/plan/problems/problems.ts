/** What stands in the way of a run, or should be known before it: each with what to do about it. */
import type { Problem } from '../types.ts';
import { amountProblems } from './amounts.ts';
import { groupProblems, groupStateProblems } from './group.ts';
import { instanceProblems } from './instances.ts';
import { policyProblems } from './policy.ts';
import type { Preflight } from './problem.ts';

/** All problems before a run, errors first. What only matters to a run is left out where nothing would be done. */
export function problems(preflight: Preflight): Problem[] {
  const ofRun =
    preflight.chosen.length === 0
      ? []
      : [
          ...groupProblems(preflight),
          ...amountProblems(preflight),
          ...policyProblems(preflight),
          ...instanceProblems(preflight),
        ];
  const all = [...groupStateProblems(preflight), ...ofRun, ...preflight.untouchable.map(({ problem }) => problem)];
  return all.sort((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning'));
}
