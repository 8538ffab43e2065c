/** How long a run may take, and what Step Functions asks for it. */
import type { HealthCheck } from '../../policies/policy.ts';
import type { FinishedRun, Settings, Wave } from './types.ts';

/** Without a past to learn from: a patch of ten minutes with its reboot, and getting back into service. */
const GUESSED_PATCH_SECONDS = 600;
const GUESSED_RETURN_SECONDS = 120;
/**
 * State transitions: of `rollout` with its first instance, of `patch-instance`, and of a look every five minutes at a command that takes
 * longer than twenty. Measured with `drydock simulate --patch-minutes` from 1 to 60; a test holds them to a simulated run.
 */
export const TRANSITIONS_PER_RUN = 140;
export const TRANSITIONS_PER_INSTANCE = 22;
const LOOKED_AT_AFTER_SECONDS = 1200;
const TRANSITIONS_PER_LATER_SECOND = 5 / 300;
/** Standard workflows: $0.025 per 1,000 state transitions. */
const DOLLARS_PER_TRANSITION = 0.000025;

export interface EstimateInput {
  waves: Wave[];
  settings: Settings;
  /** How long connections of an instance that leaves are drained. */
  drainSeconds: number;
  group: string;
  history: FinishedRun[];
}

/** Seconds, state transitions, and dollars at Step Functions' list price. */
export function estimate({ waves, settings, drainSeconds, group, history }: EstimateInput) {
  const instances = waves.reduce((count, wave) => count + wave.instances.length, 0);
  if (instances === 0) return { seconds: 0, stateTransitions: 0, dollars: 0 };
  const each = instanceSeconds({ settings, drainSeconds, group, history });
  const seconds = waves.reduce(
    (total, wave) => total + Math.ceil(wave.instances.length / wave.concurrency) * each + settings.bakeSeconds,
    0,
  );
  const stateTransitions = Math.round(
    TRANSITIONS_PER_RUN +
      instances *
        (TRANSITIONS_PER_INSTANCE + Math.max(0, each - LOOKED_AT_AFTER_SECONDS) * TRANSITIONS_PER_LATER_SECOND),
  );
  return {
    seconds: Math.round(seconds),
    stateTransitions,
    dollars: Number((stateTransitions * DOLLARS_PER_TRANSITION).toFixed(4)),
  };
}

/** How long one instance may take from its turn to its end: learned from past runs, else guessed. */
export function instanceSeconds({ settings, drainSeconds, group, history }: Omit<EstimateInput, 'waves'>): number {
  return (
    learned(history, group) ??
    drainSeconds + GUESSED_PATCH_SECONDS + GUESSED_RETURN_SECONDS + 2 * checkSeconds(settings.health)
  );
}

function checkSeconds(health: HealthCheck[]): number {
  return Math.max(0, ...health.map(({ consecutive, intervalSeconds }) => (consecutive - 1) * intervalSeconds));
}

/** The median of what this group's instances took in past runs, else of all. */
function learned(history: FinishedRun[], group: string): number | undefined {
  const of = (runs: FinishedRun[]) =>
    runs.flatMap(({ instanceSeconds }) => instanceSeconds ?? []).sort((a, b) => a - b);
  const own = of(history.filter((run) => run.group === group));
  const seconds = own.length > 0 ? own : of(history);
  return seconds[Math.floor(seconds.length / 2)];
}
