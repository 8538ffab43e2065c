import type { Problem } from '../types.ts';
import { error, found, type Preflight, warning } from './problem.ts';

/** Whether the sizes of the group and the amounts of the policy go together. */
export function amountProblems({ fleet: { group, instances }, capacity, canary }: Preflight): Problem[] {
  const { inService, maxUnavailable, floor, room } = capacity;
  const out = group.desired - inService;
  return found(
    floor === 0
      ? error(
          'no-capacity-left',
          `maxUnavailable is ${maxUnavailable} of ${group.desired}: none would have to serve`,
          group.desired === 1
            ? 'Scale the group to two instances for the run: with one, patching it takes the service down.'
            : `Lower rollout.maxUnavailable to ${group.desired - 1} at most.`,
        )
      : room < 1 &&
          error(
            'no-room',
            `${out} of ${group.desired} do not serve already, and maxUnavailable is ${maxUnavailable}: with one more out, fewer than ${floor} would serve`,
            `Mend or terminate what is sick and plan again, or raise rollout.maxUnavailable to ${out + 1}.`,
          ),
    canary > instances.length &&
      error(
        'canary-too-large',
        `the canary of ${canary} is larger than the group of ${instances.length}`,
        'Lower rollout.canary.',
      ),
    Math.max(group.desired, inService) > group.max
      ? error(
          'above-maximum',
          `${Math.max(group.desired, inService)} instances are above the maximum of ${group.max}: who leaves would be refused when coming back`,
          'Raise the maximum, or wait until the group has scaled in.',
        )
      : group.desired === group.max &&
          group.min < group.max &&
          warning(
            'no-headroom',
            `desired is the maximum of ${group.max}: if the group scales out while an instance is out, that one is refused when it comes back`,
            'Raise the maximum by rollout.maxUnavailable, or run when the load is low.',
          ),
  );
}
