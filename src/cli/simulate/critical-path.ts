/** The shortest that a rollout could take: what each instance must go through, and the slots that there are. */
import type { Plan } from '../../orchestrator/plan/types.ts';

/** What each of a plan's instances cannot do without, in seconds. Gives 0 for one that was not patched. */
export type Needed = (instanceId: string) => number;

/**
 * Seconds from the first detach to the end of the last bake, if no moment were lost between: in each wave a slot that comes free
 * is taken at once, in the plan's order.
 */
export function criticalPathSeconds(plan: Plan, needed: Needed): number {
  return plan.waves.reduce((total, wave) => {
    const slots = Array.from({ length: wave.concurrency }, () => 0);
    for (const { instanceId } of wave.instances) {
      const first = slots.indexOf(Math.min(...slots));
      slots[first] = (slots[first] ?? 0) + needed(instanceId);
    }
    return total + Math.max(...slots) + plan.settings.bakeSeconds;
  }, 0);
}
