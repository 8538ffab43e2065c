/** In which order and how many at a time: the canary first, then the rest with a window that slides. */
import type { Amount } from '../../policies/policy.ts';
import type { PlannedInstance, Wave } from './types.ts';

/** How many instances an amount is of a group of `size`: a percentage rounds down, but is never nothing. */
export function countOf(amount: Amount, size: number): number {
  return 'count' in amount ? amount.count : Math.max(1, Math.floor((size * amount.percent) / 100));
}

/**
 * The waves of a run: a canary of `canary` instances, then all others in one wave. In a wave a finished instance's place is taken
 * at once, `maxUnavailable` being out at a time, so a slow machine holds up no other.
 */
export function waves(instances: PlannedInstance[], canary: number, maxUnavailable: number): Wave[] {
  const ordered = alternateZones(instances);
  const parts = [ordered.slice(0, canary), ordered.slice(canary)].filter((part) => part.length > 0);
  return parts.map((part, at) => ({
    number: at + 1,
    kind: at === 0 ? 'canary' : 'wave',
    concurrency: Math.min(maxUnavailable, part.length),
    instances: part,
  }));
}

/**
 * Spreads each zone's instances evenly over the order, so that whichever few are out at once, they are of as many zones as
 * there are. By id within a zone: the same fleet always gives the same order.
 */
export function alternateZones(instances: PlannedInstance[]): PlannedInstance[] {
  const zones = Map.groupBy(
    instances.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1)),
    ({ az }) => az,
  );
  const placed = [...zones].flatMap(([az, members]) =>
    members.map((instance, at) => ({ instance, az, place: (at + 0.5) / members.length })),
  );
  placed.sort((a, b) => a.place - b.place || (a.az < b.az ? -1 : 1));
  return placed.map(({ instance }) => instance);
}
