/** Both engines (see executor.test.ts): what keeps a run from its instances, what stops it, and what is made whole after it. */
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import type { Order } from '../../../src/orchestrator/runs/order.ts';
import { clientSettings } from '../clients.ts';
import type { Fleet } from '../fleet.ts';
import type { RecordedCall } from '../gateway.ts';
import { BEGINS_AT, HOUR_MS, isCall, SECOND_MS } from './both-engines.ts';
import { CASE, onBothEngines } from './on-both.ts';

/** Whether the call read the run's record: every read of it renews the lease. */
function isLook(call: RecordedCall): boolean {
  return isCall(call, 'dynamodb:UpdateItem') && JSON.stringify(call.input).includes('leaseUntil');
}

await onBothEngines('guards and recovery, on an engine that nobody here wrote', (engines) => {
  const untouched = expect.not.arrayContaining([expect.stringMatching(/^(detach|patch)/)]);

  test('no wave begins on a group that is not whole', CASE, async () => {
    const told = await engines().alike('not-whole', {
      during: async (call, _, { gateway, targetGroupArn, instanceIds: [, second = ''] }) => {
        if (!isCall(call, 'autoscaling:UpdateAutoScalingGroup')) return;
        const target = { TargetGroupArn: targetGroupArn, Targets: [{ Id: second }] };
        await new ElasticLoadBalancingV2(clientSettings(gateway.url)).deregisterTargets(target);
      },
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted', milestones: untouched });
    expect(told.cause).toContain('1 of 2 instances');
  });

  test('a group that carries the tag of another run is left alone', CASE, async () => {
    const told = await engines().alike('tagged', {
      before: async ({ gateway, groupName }) => {
        const group = { ResourceId: groupName, ResourceType: 'auto-scaling-group', PropagateAtLaunch: false };
        const tag = { ...group, Key: 'drydock:run-id', Value: 'another-run' };
        await new AutoScaling(clientSettings(gateway.url)).createOrUpdateTags({ Tags: [tag] });
      },
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.GroupLocked', milestones: [] });
  });

  test('a group that another run holds is left alone', CASE, async () => {
    const before = ({ groupName }: Fleet) => engines().lock(groupName, BEGINS_AT + HOUR_MS);
    const told = await engines().alike('locked', { before });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.GroupLocked', milestones: [] });
  });

  test('a lock that has expired is taken over', CASE, async () => {
    const before = ({ groupName }: Fleet) => engines().lock(groupName, BEGINS_AT - SECOND_MS);
    expect((await engines().alike('expired', { size: 1, before })).status).toBe('SUCCEEDED');
  });

  test('a run that was aborted before it began skips every instance', CASE, async () => {
    const before = (_: Fleet, { runId }: Order) => engines().record(runId, { aborted: true, paused: false });
    const told = await engines().alike('aborted', { before });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Aborted', milestones: untouched });
  });

  test('a run that is aborted while an instance is in the dock finishes that one', CASE, async () => {
    const told = await engines().alike('aborted-later', {
      size: 3,
      during: async (call, { runId }) => {
        if (isCall(call, 'ssm:SendCommand')) await engines().record(runId, { aborted: true, paused: false });
      },
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Aborted' });
    const moved = told.milestones.filter((what) => /^(detach|attach)/.test(what));
    expect(moved).toEqual(['detach instance 1', 'attach instance 1']);
  });

  test('a run that is paused waits, and goes on when it is resumed', CASE, async () => {
    let looks = 0;
    const told = await engines().alike('paused', {
      size: 1,
      before: (_, { runId }) => {
        looks = 0;
        return engines().record(runId, { aborted: false, paused: true });
      },
      during: async (call, { runId }) => {
        if (isLook(call)) looks += 1;
        if (looks === 3) await engines().record(runId, { aborted: false, paused: false });
      },
    });
    expect(told.status).toBe('SUCCEEDED');
    expect(looks).toBeGreaterThan(3);
  });

  test('a run waits for approval after its canary, and goes on once it is given', CASE, async () => {
    let looks = 0;
    const told = await engines().alike('approved', {
      settings: () => ({ approval: 'after-canary' }),
      before: () => {
        looks = 0;
      },
      during: async (call, { runId }) => {
        if (!isLook(call)) return;
        looks += 1;
        if (looks === 5) await engines().record(runId, { aborted: false, paused: false, approved: true });
      },
    });
    expect(told.status).toBe('SUCCEEDED');
    expect(looks).toBeGreaterThan(5);
  });

  test('an instance waits for its turn while the run is paused', CASE, async () => {
    let looks = 0;
    const told = await engines().alike('paused-later', {
      size: 1,
      before: () => {
        looks = 0;
      },
      during: async (call, { runId }) => {
        if (!isLook(call)) return;
        looks += 1;
        if (looks === 1 || looks === 4) await engines().record(runId, { aborted: false, paused: looks === 1 });
      },
    });
    expect(told.status).toBe('SUCCEEDED');
    expect(looks).toBeGreaterThan(4);
  });

  test('an alarm halts the run before a wave begins', CASE, async () => {
    const told = await engines().alike('alarmed', {
      settings: ({ groupName }) => ({ alarms: [groupName] }),
      before: async ({ groupName, gateway }) => {
        const cloudwatch = new CloudWatch(clientSettings(gateway.url));
        const metric = {
          Namespace: 'web',
          MetricName: 'errors',
          Period: 60,
          EvaluationPeriods: 1,
          Statistic: 'Sum',
        } as const;
        const alarm = { ...metric, ComparisonOperator: 'GreaterThanThreshold', Threshold: 1 } as const;
        await cloudwatch.putMetricAlarm({ AlarmName: groupName, ...alarm });
        await cloudwatch.setAlarmState({ AlarmName: groupName, StateValue: 'ALARM', StateReason: 'test' });
      },
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted', milestones: untouched });
    expect(told.cause).toContain('in ALARM: GROUP');
  });

  test('a change calendar that is closed halts the run', CASE, async () => {
    const told = await engines().alike('closed', {
      settings: () => ({ changeCalendars: ['freeze'] }),
      before: ({ gateway }) => {
        gateway.systemsManager.calendar = 'CLOSED';
      },
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted', milestones: untouched });
  });

  test('a maintenance window begins no more than can end in it', CASE, async () => {
    const closesAt = (BEGINS_AT + HOUR_MS) / SECOND_MS;
    const told = await engines().alike('window', {
      size: 3,
      input: (order) => ({ ...order, window: { id: 'mw-1', closesAt, instanceSeconds: 3550 } }),
    });
    expect(told.milestones.filter((what) => what.startsWith('detach'))).toEqual(['detach instance 1']);
    expect(told.cause).toContain('window-closed');
  });

  test('a maintenance window begins the run of each of its groups', CASE, async () => {
    const window = { id: 'mw-1', executionId: 'e-1', closesAt: (BEGINS_AT + 4 * HOUR_MS) / SECOND_MS };
    const told = await engines().alike('of-a-window', {
      size: 1,
      machine: 'window',
      input: () => ({ policy: 'web', environment: 'staging', windowId: 'mw-1', windowExecutionId: 'e-1' }),
      plan: (order, event) => {
        if (!JSON.stringify(event).includes('"find"')) return { ...order, window: { ...window, instanceSeconds: 900 } };
        const { runId, startedAt, groupName } = order;
        return { startedAt, window, runs: [{ group: groupName, environment: 'staging', runId }] };
      },
    });
    expect(told).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.stringify(told.output)).toContain('of-a-window');
    expect(told.milestones).toContain('patch instance 1');
  });

  test('recover finds the order of the run that it is named', CASE, async () => {
    const told = await engines().alike('named', {
      machine: 'recover',
      input: ({ runId }) => ({ runId }),
      before: (fleet, order) => engines().dieAfter('ssm:SendCommand', fleet, order),
    });
    expect(told.status).toBe('SUCCEEDED');
    expect(told.milestones).toContain('attach instance 1');
  });

  test('there is nothing to recover of a run that nobody knows', CASE, async () => {
    const told = await engines().alike('unknown', { size: 1, machine: 'recover', input: ({ runId }) => ({ runId }) });
    expect(told).toMatchObject({ status: 'SUCCEEDED', milestones: [] });
  });

  test.each(['autoscaling:DetachInstances', 'ec2:CreateSnapshot', 'ssm:SendCommand', 'autoscaling:AttachInstances'])(
    'what a run left that died after %s is made whole',
    CASE,
    async (last) => {
      const told = await engines().alike(`died-after-${last.replace(':', '-')}`, {
        machine: 'recover',
        before: (fleet, order) => engines().dieAfter(last, fleet, order),
      });
      expect(told.status).toBe('SUCCEEDED');
      expect(told.milestones).toContain('minimum 2');
      expect(told.milestones.includes('attach instance 1')).toBe(last !== 'autoscaling:AttachInstances');
    },
  );
});
