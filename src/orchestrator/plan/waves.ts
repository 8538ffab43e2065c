/** In which order and how many at a time: the canary first, then the rest with a window that slides. */
import type { Amount } from '../../policies/policy.ts';
import type { PlannedInstance, Wave } from './types.ts';

/** How many instances an amount is of a group of `size`: a percentage rounds down, but is never nothing. */
export function countOf(amount: Amount, size: number): number {
  return 'count' in amount ? amount.count : Math.max(1, Math.floor((size * amount.percent) / 100));
}

/**
 * However large a percentage is: each instance takes some five calls of Elastic Load Balancing in its quarter of an hour, and an account has
 * ten a second of these. A thousand out at once leave half of them to others.
 * (docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html)
 */
export const MOST_AT_ONCE = 1000;

export interface WaveLimits {
  /** Size of the first wave. */
  canary: number;
  /** Most instances out at once; at least one. */
  concurrency: number;
  /** How many instances serve in each Availability Zone before the run. */
  serving: ReadonlyMap<string, number>;
}

/**
 * The waves of a run: the canary, then all others in one wave, in which a finished instance's place is taken at once, so that a
 * slow machine holds up no other. Where as many may be out at once as serve in a zone, a slow machine could be out together with
 * any other of its wave: then the zone's last one is left to a further wave, so that no zone is ever emptied.
 */
export function waves(instances: PlannedInstance[], limits: WaveLimits): Wave[] {
  const made: Wave[] = [];
  let left = alternateZones(instances);
  while (left.length > 0) {
    const part = takeWave(left, made.length === 0 ? limits.canary : left.length, limits);
    made.push({
      number: made.length + 1,
      kind: made.length === 0 ? 'canary' : 'wave',
      concurrency: Math.min(limits.concurrency, part.length),
      instances: part,
    });
    const out = new Set(part);
    left = left.filter((instance) => !out.has(instance));
  }
  return made;
}

/** The first of `left` that may be out together, `most` at most. */
function takeWave(left: PlannedInstance[], most: number, { concurrency, serving }: WaveLimits): PlannedInstance[] {
  const room = new Map<string, number>();
  for (const az of new Set(left.map((instance) => instance.az))) {
    const there = serving.get(az) ?? 0;
    const spares = serving.size > 1 && there > 1 && concurrency >= there;
    room.set(az, spares ? there - 1 : Number.POSITIVE_INFINITY);
  }
  const taken: PlannedInstance[] = [];
  for (const instance of left) {
    const there = room.get(instance.az) ?? 0;
    if (taken.length === most || there === 0) continue;
    room.set(instance.az, there - 1);
    taken.push(instance);
  }
  return taken;
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
