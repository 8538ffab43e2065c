import type { MaintenanceWindowExecution, MaintenanceWindowIdentity } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import type { WindowCalls } from '../../../src/orchestrator/deployment/calls.ts';
import { policyWindows, timeInZone } from '../../../src/orchestrator/deployment/windows.ts';
import { policyOf } from '../../policies/policy-of.ts';
import { sdkError } from './cloud-formation.ts';

const policy = policyOf(`
version: 1
name: shop
environments: { staging: {}, production: {}, batch: {}, lab: {} }
groups: [{ match: { name: web }, environment: staging }]
schedule:
  staging: { cron: "cron(0 2 ? * TUE *)", timezone: Asia/Tokyo, duration: 4h, cutoff: 1h }
  production: { cron: "cron(0 2 ? * THU *)", timezone: Europe/Berlin, duration: 6h, cutoff: 2h }
  batch: { cron: "rate(7 days)", duration: 2h, cutoff: 0h }
`);

const STAGING: MaintenanceWindowIdentity = {
  WindowId: 'mw-1',
  Name: 'drydock-shop-staging',
  Enabled: true,
  Schedule: 'cron(0 2 ? * TUE *)',
  ScheduleTimezone: 'Asia/Tokyo',
  Duration: 4,
  Cutoff: 1,
  NextExecutionTime: '2026-12-01T02:00+09:00',
};

function ssm(windows: MaintenanceWindowIdentity[], executions: MaintenanceWindowExecution[] = []): WindowCalls {
  return {
    // A page each.
    describeMaintenanceWindows: async ({ NextToken = '0' }) => {
      const at = Number(NextToken);
      return {
        WindowIdentities: windows.slice(at, at + 1),
        ...(at + 1 < windows.length ? { NextToken: String(at + 1) } : {}),
      };
    },
    describeMaintenanceWindowExecutions: async ({ WindowId, NextToken }) =>
      NextToken === undefined
        ? { WindowExecutions: [], NextToken: 'more' }
        : { WindowExecutions: executions.filter((each) => each.WindowId === WindowId) },
  };
}

describe('the windows of a policy', () => {
  it('are told with their next time in UTC, whatever offset AWS gives', async () => {
    const [window] = await policyWindows(ssm([STAGING]), policy);
    expect(window).toEqual({
      environment: 'staging',
      standing: 'as-in-policy',
      id: 'mw-1',
      schedule: 'cron(0 2 ? * TUE *)',
      timezone: 'Asia/Tokyo',
      durationHours: 4,
      cutoffHours: 1,
      enabled: true,
      nextExecution: '2026-11-30T17:00:00.000Z',
    });
  });

  it.each(['2026-12-01T02:00+09:00[Asia/Tokyo]', '2026-11-30T17:00Z', '2026-11-30T17:00:00Z'])(
    'are told whichever way AWS writes it: %s',
    async (NextExecutionTime) => {
      const [window] = await policyWindows(ssm([{ ...STAGING, NextExecutionTime }]), policy);
      expect(window?.nextExecution).toBe('2026-11-30T17:00:00.000Z');
    },
  );

  it('have no next time while they are not enabled, or where AWS says nothing that can be read', async () => {
    const [disabled] = await policyWindows(ssm([{ ...STAGING, Enabled: false }]), policy);
    expect(disabled).toMatchObject({ enabled: false });
    expect(disabled).not.toHaveProperty('nextExecution');
    const [unread] = await policyWindows(ssm([{ ...STAGING, NextExecutionTime: 'soon' }]), policy);
    expect(unread).not.toHaveProperty('nextExecution');
  });

  it('are told whether they are as the policy says, whichever page they are on', async () => {
    const windows = await policyWindows(
      ssm([
        { ...STAGING, WindowId: 'mw-0', Name: 'drydock-shop-2-staging' },
        STAGING,
        { ...STAGING, WindowId: 'mw-2', Name: 'drydock-shop-production' },
        { ...STAGING, WindowId: 'mw-3', Name: 'drydock-shop-lab' },
      ]),
      policy,
    );
    expect(windows.map(({ environment, standing, id }) => [environment, standing, id])).toEqual([
      ['staging', 'as-in-policy', 'mw-1'],
      ['production', 'differs', 'mw-2'],
      ['batch', 'not-deployed', undefined],
      ['lab', 'not-in-policy', 'mw-3'],
    ]);
  });

  it('have the last of their executions, in whatever order AWS gives them', async () => {
    const execution = (day: number, Status: 'SUCCESS' | 'FAILED') => ({
      WindowId: 'mw-1',
      Status,
      StartTime: new Date(Date.UTC(2026, 10, day)),
      EndTime: new Date(Date.UTC(2026, 10, day, 1)),
    });
    const executions = [
      execution(3, 'SUCCESS'),
      { ...execution(17, 'FAILED'), StatusDetails: 'One or more tasks failed' },
      execution(10, 'SUCCESS'),
    ];
    const [window] = await policyWindows(ssm([STAGING], executions), policy);
    expect(window?.last).toEqual({
      status: 'FAILED',
      reason: 'One or more tasks failed',
      startedAt: '2026-11-17T00:00:00.000Z',
      endedAt: '2026-11-17T01:00:00.000Z',
    });
  });

  it('are an error that says what to do when AWS does not give them', async () => {
    const calls = { ...ssm([]), describeMaintenanceWindows: () => Promise.reject(sdkError('AccessDeniedException')) };
    await expect(policyWindows(calls, policy)).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('a time in a zone', () => {
  it.each([
    ['2026-11-30T17:00:00Z', 'Asia/Tokyo', '2026-12-01T02:00+09:00'],
    ['2026-11-30T17:00:00Z', 'UTC', '2026-11-30T17:00+00:00'],
    ['2026-11-30T00:15:00Z', 'America/St_Johns', '2026-11-29T20:45-03:30'],
    // Clocks are put back at 03:00: half past two comes twice.
    ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25T02:30+02:00'],
    ['2026-10-25T01:30:00Z', 'Europe/Berlin', '2026-10-25T02:30+01:00'],
  ])('%s is in %s %s', (time, zone, text) => {
    expect(timeInZone(time, zone)).toBe(text);
    expect(Date.parse(text)).toBe(Date.parse(time));
  });
});
