/** The maintenance windows of a policy: as the policy has them, and as they are on AWS. */
import type { MaintenanceWindowExecution, MaintenanceWindowIdentity } from '@aws-sdk/client-ssm';
import type { Policy, Schedule } from '../../policies/policy.ts';
import { explained } from '../aws/explain.ts';
import { allPages } from '../fleet/pages.ts';
import { deployedName } from '../step-functions/deployed.ts';
import type { WindowCalls } from './calls.ts';

/**
 * How a window stands to the policy. `as-in-policy`; `differs`: it opens by another schedule until the policy is deployed again;
 * `not-deployed`: it is in the policy alone; `not-in-policy`: it opens, though the policy has none for this environment any more.
 */
export type WindowStanding = 'as-in-policy' | 'differs' | 'not-deployed' | 'not-in-policy';

export interface Window {
  environment: string;
  standing: WindowStanding;
  /** `mw-…`. */
  id?: string;
  /** A schedule expression of Systems Manager, and the IANA time zone that it is in. */
  schedule: string;
  timezone: string;
  durationHours: number;
  /** No rollout begins in the last hours of the window. */
  cutoffHours: number;
  /** Absent: it is not deployed. */
  enabled?: boolean;
  /** When it opens next, in ISO 8601, UTC; absent: it is not deployed, not enabled, or AWS does not say. */
  nextExecution?: string;
  /** The last time it was open. */
  last?: WindowExecution;
}

export interface WindowExecution {
  /** As AWS says it: `SUCCESS`, `FAILED`, `IN_PROGRESS`, `SKIPPED_OVERLAPPING` … */
  status: string;
  reason?: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  endedAt?: string;
}

/** The windows of all environments of the policy, in its order. Rejects with a `DrydockError` when AWS cannot be asked. */
export async function policyWindows(calls: WindowCalls, policy: Policy): Promise<Window[]> {
  const environments = Object.keys(policy.environments);
  const found = await explained(windowsByName(calls));
  const windows: Window[] = [];
  for (const environment of environments) {
    const schedule = policy.schedule.find((each) => each.environment === environment);
    const deployed = found.get(`${deployedName(policy.name)}-${environment}`);
    if (deployed !== undefined) {
      windows.push(await explained(onAws(calls, environment, deployed, schedule)));
    } else if (schedule !== undefined) {
      windows.push({ environment, standing: 'not-deployed', ...asInPolicy(schedule) });
    }
  }
  return windows;
}

/** An account has 50 windows at most. */
async function windowsByName(calls: WindowCalls): Promise<Map<string, MaintenanceWindowIdentity>> {
  const windows = await allPages(async (token) => {
    const page = await calls.describeMaintenanceWindows(token === undefined ? {} : { NextToken: token });
    return { items: page.WindowIdentities, next: page.NextToken };
  });
  return new Map(windows.map((window) => [window.Name ?? '', window]));
}

function asInPolicy({ cron, timezone, durationSeconds, cutoffSeconds }: Schedule) {
  return { schedule: cron, timezone, durationHours: durationSeconds / 3600, cutoffHours: cutoffSeconds / 3600 };
}

async function onAws(
  calls: WindowCalls,
  environment: string,
  window: MaintenanceWindowIdentity,
  schedule: Schedule | undefined,
): Promise<Window> {
  const { WindowId = '', Schedule: expression = '', Duration = 0, Cutoff = 0, Enabled = false } = window;
  const as = {
    schedule: expression,
    timezone: window.ScheduleTimezone ?? 'UTC',
    durationHours: Duration,
    cutoffHours: Cutoff,
  };
  const next = isoTime(window.NextExecutionTime);
  const last = await lastExecution(calls, WindowId);
  return {
    environment,
    standing: standingOf(as, schedule),
    id: WindowId,
    ...as,
    enabled: Enabled,
    ...(next === undefined || !Enabled ? {} : { nextExecution: next }),
    ...(last === undefined ? {} : { last }),
  };
}

function standingOf(as: ReturnType<typeof asInPolicy>, schedule: Schedule | undefined): WindowStanding {
  if (schedule === undefined) return 'not-in-policy';
  const wanted = asInPolicy(schedule);
  const same =
    as.schedule === wanted.schedule &&
    as.timezone === wanted.timezone &&
    as.durationHours === wanted.durationHours &&
    as.cutoffHours === wanted.cutoffHours;
  return same ? 'as-in-policy' : 'differs';
}

/** AWS does not say in which order it gives them. */
async function lastExecution(calls: WindowCalls, windowId: string): Promise<WindowExecution | undefined> {
  const executions = await allPages(async (token) => {
    const page = await calls.describeMaintenanceWindowExecutions({
      WindowId: windowId,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    return { items: page.WindowExecutions, next: page.NextToken };
  });
  const startOf = ({ StartTime }: MaintenanceWindowExecution) => StartTime?.getTime() ?? 0;
  const [last] = executions.sort((a, b) => startOf(b) - startOf(a));
  if (last === undefined) return undefined;
  const { Status = '', StatusDetails, EndTime } = last;
  return {
    status: Status,
    ...(StatusDetails === undefined || StatusDetails === '' ? {} : { reason: StatusDetails }),
    startedAt: new Date(startOf(last)).toISOString(),
    ...(EndTime === undefined ? {} : { endedAt: EndTime.toISOString() }),
  };
}

/** AWS gives a time with an offset (`2026-12-02T02:00+09:00`), with the zone in brackets behind it on some paths. */
function isoTime(text: string | undefined): string | undefined {
  const time = Date.parse(text?.replace(/\[.*\]$/, '') ?? '');
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/**
 * A time (ISO 8601) as clocks in an IANA time zone show it, with their offset then: `2026-12-02T02:00+09:00`. Without the offset the hour
 * that comes twice in autumn would be either.
 */
export function timeInZone(time: string, timezone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  }).formatToParts(new Date(time));
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}${offset}`;
}
