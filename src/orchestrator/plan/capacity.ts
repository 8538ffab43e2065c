/** How many may be out at once, and what that asks of the group's sizes. */
import type { Policy } from '../../policies/policy.ts';
import type { FleetGroup } from '../fleet/fleet.ts';
import type { Plan } from './types.ts';
import { countOf } from './waves.ts';

export type Capacity = Plan['capacity'] & {
  /** How many can be taken out: instances that are out already, sick ones too, use up what may be out. */
  room: number;
};

/** `inService` are the healthy ones; a percentage is of them. */
export function capacityOf(policy: Policy, group: FleetGroup, inService: number): Capacity {
  const maxUnavailable = countOf(policy.rollout.maxUnavailable, inService);
  const floor = Math.max(0, group.desired - maxUnavailable);
  return {
    inService,
    maxUnavailable,
    floor,
    // DetachInstances and EnterStandby are refused when desired would fall below the minimum.
    ...(floor < group.min ? { lowerMinTo: floor } : {}),
    room: Math.min(maxUnavailable, inService - floor),
  };
}
