import type { Policy } from '../../policies/policy.ts';
import type { FleetGroup } from '../fleet/fleet.ts';
import type { Settings } from './types.ts';

/** Draining may end a little after its delay. */
const DRAIN_MARGIN_SECONDS = 120;
/** Attaching, and a load balancer's usual check of some minutes. A slower one gets twice its own time. */
const IN_SERVICE_SECONDS = 900;

/** Waits whose bounds stand in the definitions: for the agent, patch states, a snapshot, the volume, a replacement, and calls tried again. */
const OTHER_WAITS_SECONDS = 4 * 3600;

/** What the state machines need of the policy, for this group. */
export function settingsOf(policy: Policy, group: FleetGroup): Settings {
  const { rollout, patches } = policy;
  const checks = group.targetGroups.map(({ healthyAfterSeconds }) => 2 * healthyAfterSeconds);
  const drainSeconds = longestDrain(group) + DRAIN_MARGIN_SECONDS;
  const inServiceSeconds = Math.max(IN_SERVICE_SECONDS, ...checks);
  const { patchTimeoutSeconds, bakeSeconds } = rollout;
  const hookSeconds = Object.values(policy.hooks)
    .flat()
    .reduce((sum, { timeoutSeconds }) => sum + timeoutSeconds, 0);
  return {
    isolation: rollout.isolation,
    rollback: policy.rollback,
    reboot: patches.reboot === 'never' ? 'NoReboot' : 'RebootIfNeeded',
    maxFailures: rollout.maxFailures,
    onFailure: rollout.onFailure,
    keepSnapshotsSeconds: rollout.keepSnapshotsSeconds,
    leaseSeconds:
      2 * (drainSeconds + inServiceSeconds + hookSeconds) + patchTimeoutSeconds + bakeSeconds + OTHER_WAITS_SECONDS,
    bakeSeconds,
    suspend: rollout.suspend.filter((process) => !group.suspendedProcesses.includes(process)),
    alarms: rollout.alarms,
    changeCalendars: rollout.changeCalendars,
    approval: rollout.approval,
    health: policy.health,
    hooks: policy.hooks,
    notify: policy.notify.length,
    drainSeconds,
    patchTimeoutSeconds,
    inServiceSeconds,
    ...(patches.overrideList === undefined ? {} : { overrideList: patches.overrideList }),
  };
}

/** In seconds: an instance has left when the slowest of its target groups has let it go. */
export function longestDrain({ targetGroups }: FleetGroup): number {
  return Math.max(0, ...targetGroups.map(({ deregistrationDelaySeconds }) => deregistrationDelaySeconds));
}
