/** A run of which nothing is left but the tags on what it touched. */
import type { Policy } from '../../policies/policy.ts';
import type { FleetGroup } from '../fleet/fleet.ts';
import { settingsOf } from '../plan/settings.ts';

export interface TaggedRun {
  runId: string;
  group: string;
  /** ISO 8601, UTC; empty when the tag is gone. */
  startedAt: string;
  /** Whether its execution is one of Step Functions. */
  onAws: boolean;
  /** Until then it may be alive. Milliseconds since 1970; 0 when it never took a lease. */
  leaseUntil: number;
}

/** What `recover` has to know of such a run, by what the policy says of its group today. */
export function taggedOrder({ runId, startedAt }: TaggedRun, policy: Policy, group: FleetGroup) {
  return {
    runId,
    startedAt,
    groupName: group.name,
    targetGroupArns: group.targetGroups.map(({ arn }) => arn),
    patchSnapshotId: '',
    pinned: [],
    settings: settingsOf(policy, group),
  };
}
