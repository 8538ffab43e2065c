/** Rollouts and recoveries in situations that are seldom drawn. Each tells how it ended; with the definitions as they are, always the same. */

import { GROUP_SITUATIONS } from './group.ts';
import { HOOKS_SITUATIONS } from './hooks.ts';
import { OUTAGE_SITUATIONS } from './outages.ts';
import { PATCHING_SITUATIONS } from './patching.ts';
import { PLANNING_SITUATIONS } from './planning.ts';
import { RECOVERY_SITUATIONS } from './recovery.ts';
import { ROLLBACK_SITUATIONS } from './rollback.ts';
import type { Situation } from './situation.ts';
import { SLEEPER_SITUATIONS } from './sleepers.ts';
import { STEERING_SITUATIONS } from './steering.ts';
import { TAKING_OUT_SITUATIONS } from './taking-out.ts';

export const SITUATIONS: Record<string, Situation> = {
  ...STEERING_SITUATIONS,
  ...GROUP_SITUATIONS,
  ...PLANNING_SITUATIONS,
  ...TAKING_OUT_SITUATIONS,
  ...PATCHING_SITUATIONS,
  ...RECOVERY_SITUATIONS,
  ...HOOKS_SITUATIONS,
  ...ROLLBACK_SITUATIONS,
  ...SLEEPER_SITUATIONS,
  ...OUTAGE_SITUATIONS,
};
