/** The maintenance windows of a policy, environment by environment. */
import { formatDuration } from '../../policies/duration.ts';
import type { Policy, Schedule } from '../../policies/policy.ts';
import { nextOpening } from './openings.ts';

/** When runs can begin next in each environment that has a window, ISO 8601; none where nobody but AWS knows. */
export function nextWindows({ schedule }: Pick<Policy, 'schedule'>, now: number): Map<string, string> {
  const next = new Map<string, number>();
  for (const each of schedule) {
    const opens = nextOpening(each, now);
    if (opens !== undefined) next.set(each.environment, Math.min(opens, next.get(each.environment) ?? opens));
  }
  return new Map([...next].map(([environment, opens]) => [environment, new Date(opens).toISOString()]));
}

/** A window in words. */
export function windowWords({ cron, timezone, durationSeconds, cutoffSeconds }: Schedule): string {
  const counted = cron.startsWith('rate(') ? ', counted from when it was deployed' : '';
  const closing = cutoffSeconds === 0 ? '' : `; no run begins in its last ${formatDuration(cutoffSeconds)}`;
  return `${cron} in ${timezone}${counted}, open for ${formatDuration(durationSeconds)}${closing}`;
}
