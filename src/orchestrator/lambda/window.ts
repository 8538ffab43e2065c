/** What a maintenance window is for, and until when: what its task does not hand on. */
import { createHash } from 'node:crypto';
import type { Policy } from '../../policies/policy.ts';
import type { Cloud } from '../aws/cloud.ts';
import { findGroups } from '../fleet/read.ts';
import { type Selection, selectGroups } from '../fleet/select.ts';
import { runId } from '../runs/order.ts';

/** An execution of a maintenance window: `mw-…`, and a GUID. */
export interface WindowExecution {
  id: string;
  executionId: string;
}

/** What is to be done in a window. */
export interface WindowRuns {
  /** ISO 8601, UTC: when the window opened. */
  startedAt: string;
  window: WindowExecution & {
    /** Seconds since 1970. */
    closesAt: number;
  };
  runs: { group: string; environment: string; runId: string }[];
}

/**
 * The runs of a window: one for each group that `selection` means by the policy, under an id that is the same whenever the same window is
 * asked about. Throws a `DrydockError` when no group is meant; what AWS refuses is thrown as it is.
 */
export async function windowRuns(
  cloud: Cloud,
  policy: Policy,
  selection: Selection,
  window: WindowExecution,
): Promise<WindowRuns> {
  const { startedAt, closesAt } = await openTimes(cloud, window);
  const groups = selectGroups(await findGroups(cloud), policy, selection);
  return {
    startedAt,
    window: { ...window, closesAt },
    runs: groups.map(({ name, environment }) => ({
      group: name,
      environment: environment.name,
      runId: runId(startedAt, derived(`${window.executionId}/${name}`)),
    })),
  };
}

/**
 * A window's tasks may begin until its cutoff, so many hours before its end.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/maintenance-windows-cutoffs.html
 */
async function openTimes(cloud: Pick<Cloud, 'ssm'>, { id, executionId }: WindowExecution) {
  const [execution, window] = await Promise.all([
    cloud.ssm.getMaintenanceWindowExecution({ WindowExecutionId: executionId }),
    cloud.ssm.getMaintenanceWindow({ WindowId: id }),
  ]);
  const { Duration, Cutoff } = window;
  if (execution.StartTime === undefined || Duration === undefined || Cutoff === undefined) {
    throw new Error(`Systems Manager does not say when the maintenance window ${id} began or how long it is open`);
  }
  const opened = execution.StartTime.getTime();
  return {
    startedAt: new Date(opened).toISOString(),
    closesAt: Math.floor(opened / 1000) + (Duration - Cutoff) * 3600,
  };
}

/** As few letters as a run's id has of its own. */
function derived(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
