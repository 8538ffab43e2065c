/**
 * Two engines, one definition: the state machines on Moto's Step Functions executor, which nobody here wrote, and on the embedded
 * engine. They must make the same calls with the same arguments in the same order, leave the same items in the table, and end alike.
 */
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Order } from '../../../src/orchestrator/runs/order.ts';
import { clientSettings } from '../clients.ts';
import type { Fleet } from '../fleet.ts';
import { findMoto } from '../moto.ts';
import { BEGINS_AT, type BothEngines, HOUR_MS, isCall, SECOND_MS, startBoth } from './both-engines.ts';

// The executor is mended within its process: a Moto that runs already will not do.
const source = await findMoto({ ...process.env, MOTO_URL: '' });
if ('missing' in source) console.warn(`${source.missing}\nA Moto at MOTO_URL does not serve test/aws/step-functions.`);

const CASE = { timeout: 60_000 };

describe.skipIf('missing' in source)('on an engine that nobody here wrote', () => {
  let engines: BothEngines;
  beforeAll(async () => {
    if (!('python' in source)) throw new Error('there is no Python with Moto');
    engines = await startBoth(source.python);
  }, CASE.timeout);
  afterAll(() => engines[Symbol.asyncDispose]());

  /** The SDK reads the environment; what the machine has there is none of our business. */
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });
  afterEach(() => vi.unstubAllEnvs());

  const breakFirst = ({ instanceIds: [first = ''], applications }: Fleet) => applications.breakWhenPatched(first);
  const patched = (id: string) =>
    ['healthy', 'detach', 'snapshot', 'patch', 'healthy', 'attach', 'healthy'].map((what) => `${what} ${id}`);
  const untouched = expect.not.arrayContaining([expect.stringMatching(/^(detach|patch)/)]);

  test('each instance is patched, one after the other', CASE, async () => {
    const told = await engines.alike('all-well', {});
    expect(told.status).toBe('SUCCEEDED');
    expect(told.milestones).toEqual([
      'suspend AZRebalance',
      'minimum 1',
      ...patched('instance 1'),
      ...patched('instance 2'),
      'minimum 2',
      'resume AZRebalance',
    ]);
  });

  test('each wave bakes before the next begins', CASE, async () => {
    const told = await engines.alike('baked', { size: 3, settings: () => ({ bakeSeconds: 300 }) });
    expect(told.milestones.filter((what) => what.startsWith('attach'))).toHaveLength(3);
    expect(told.items.find((item) => item.includes('"kind"'))).toMatch(/"endedAt":{"S":"2026-11-24T02:1\d/);
  });

  test('a wave takes two at a time', CASE, async () => {
    const told = await engines.alike('two-at-a-time', {
      size: 3,
      compared: 'by instance',
      input: (order) => ({
        ...order,
        waves: order.waves.map((wave) => ({ ...wave, concurrency: 2 })),
        maxUnavailable: 2,
      }),
    });
    expect(told.status).toBe('SUCCEEDED');
    expect(told.calls.filter((call) => call.includes('AttachInstances'))).toHaveLength(3);
  });

  test('an instance that does not survive its patch is restored, and the rollout halts', CASE, async () => {
    const told = await engines.alike('restored', { before: breakFirst });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
    const way = ['healthy', 'detach', 'snapshot', 'patch', 'sick', 'restore', 'healthy', 'attach', 'healthy'];
    expect(told.milestones).toEqual([
      'suspend AZRebalance',
      'minimum 1',
      ...way.map((what) => `${what} instance 1`),
      'minimum 2',
      'resume AZRebalance',
    ]);
  });

  test.each(['replace', 'quarantine'] as const)('rollback by %s launches another instance', CASE, async (rollback) => {
    const told = await engines.alike(rollback, { settings: () => ({ rollback }), before: breakFirst });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
    expect(told.milestones).toContain('desired 2');
    expect(told.milestones.includes('terminate instance 1')).toBe(rollback === 'replace');
    expect(told.milestones).not.toContain('attach instance 1');
  });

  test('in standby an instance stays a member', CASE, async () => {
    const told = await engines.alike('standby', { settings: () => ({ isolation: 'standby' }) });
    expect(told.status).toBe('SUCCEEDED');
    expect(told.milestones).toContain('back from standby instance 2');
  });

  test('an instance that is gone when its turn comes is passed over', CASE, async () => {
    const told = await engines.alike('gone', {
      during: async (call, _, { gateway, instanceIds: [, second = ''] }) => {
        if (!isCall(call, 'ssm:SendCommand') || call.instanceIds.includes(second)) return;
        await new EC2(clientSettings(gateway.url)).terminateInstances({ InstanceIds: [second] });
      },
    });
    expect(told.items.join()).toContain('"outcome":{"S":"gone"}');
    expect(told.milestones).not.toContain('detach instance 2');
  });

  test('an instance that is terminated in the dock is replaced', CASE, async () => {
    const told = await engines.alike('terminated', {
      during: async (call, _, { gateway, instanceIds: [first = ''] }) => {
        if (!isCall(call, 'ssm:SendCommand') || !call.instanceIds.includes(first)) return;
        await new EC2(clientSettings(gateway.url)).terminateInstances({ InstanceIds: [first] });
      },
    });
    expect(told.items.join()).toContain('"outcome":{"S":"replaced"}');
  });

  test.each([
    ['is cancelled', false, 'ssm:CancelCommand'],
    ['gets one reboot when the agent is silent, then', true, 'ec2:RebootInstances'],
  ] as const)('a command that hangs %s, and is undone', CASE, async (_, silent, remedy) => {
    const told = await engines.alike(`hanging-${silent}`, {
      size: 1,
      telling: 'never',
      before: ({ gateway }) => {
        gateway.systemsManager.hanging = true;
      },
      during: (call, _order, { gateway }) => {
        if (isCall(call, 'ssm:SendCommand')) gateway.systemsManager.silent = silent;
      },
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
    expect(told.calls.filter((call) => call.startsWith(remedy))).toHaveLength(1);
    expect(told.milestones).toContain('restore instance 1');
  });

  test('an instance that was protected from scale-in is protected again', CASE, async () => {
    const told = await engines.alike('protected', {
      size: 1,
      before: async ({ gateway, groupName, instanceIds }) => {
        const protection = { AutoScalingGroupName: groupName, InstanceIds: instanceIds, ProtectedFromScaleIn: true };
        await new AutoScaling(clientSettings(gateway.url)).setInstanceProtection(protection);
      },
    });
    expect(told.calls.filter((call) => call.startsWith('autoscaling:SetInstanceProtection'))).toHaveLength(1);
  });

  test('no wave begins on a group that is not whole', CASE, async () => {
    const told = await engines.alike('not-whole', {
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
    const told = await engines.alike('tagged', {
      before: async ({ gateway, groupName }) => {
        const group = { ResourceId: groupName, ResourceType: 'auto-scaling-group', PropagateAtLaunch: false };
        const tag = { ...group, Key: 'drydock:run-id', Value: 'another-run' };
        await new AutoScaling(clientSettings(gateway.url)).createOrUpdateTags({ Tags: [tag] });
      },
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.GroupLocked', milestones: [] });
  });

  test('a group that another run holds is left alone', CASE, async () => {
    const before = ({ groupName }: Fleet) => engines.lock(groupName, BEGINS_AT + HOUR_MS);
    const told = await engines.alike('locked', { before });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.GroupLocked', milestones: [] });
  });

  test('a lock that has expired is taken over', CASE, async () => {
    const before = ({ groupName }: Fleet) => engines.lock(groupName, BEGINS_AT - SECOND_MS);
    expect((await engines.alike('expired', { size: 1, before })).status).toBe('SUCCEEDED');
  });

  test('a run that was aborted before it began skips every instance', CASE, async () => {
    const before = (_: Fleet, { runId }: Order) => engines.record(runId, { aborted: true, paused: false });
    const told = await engines.alike('aborted', { before });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Aborted', milestones: untouched });
  });

  test('a run that is aborted while an instance is in the dock finishes that one', CASE, async () => {
    const told = await engines.alike('aborted-later', {
      size: 3,
      during: async (call, { runId }) => {
        if (isCall(call, 'ssm:SendCommand')) await engines.record(runId, { aborted: true, paused: false });
      },
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Aborted' });
    const moved = told.milestones.filter((what) => /^(detach|attach)/.test(what));
    expect(moved).toEqual(['detach instance 1', 'attach instance 1']);
  });

  test('a run that is paused waits, and goes on when it is resumed', CASE, async () => {
    let looks = 0;
    const told = await engines.alike('paused', {
      size: 1,
      before: (_, { runId }) => {
        looks = 0;
        return engines.record(runId, { aborted: false, paused: true });
      },
      during: async (call, { runId }) => {
        if (isCall(call, 'dynamodb:GetItem')) looks += 1;
        if (looks === 3) await engines.record(runId, { aborted: false, paused: false });
      },
    });
    expect(told.status).toBe('SUCCEEDED');
    expect(looks).toBeGreaterThan(3);
  });

  test('an instance waits for its turn while the run is paused', CASE, async () => {
    let looks = 0;
    const told = await engines.alike('paused-later', {
      size: 1,
      before: () => {
        looks = 0;
      },
      during: async (call, { runId }) => {
        if (!isCall(call, 'dynamodb:GetItem')) return;
        looks += 1;
        if (looks === 1 || looks === 4) await engines.record(runId, { aborted: false, paused: looks === 1 });
      },
    });
    expect(told.status).toBe('SUCCEEDED');
    expect(looks).toBeGreaterThan(4);
  });

  test('an alarm halts the run before a wave begins', CASE, async () => {
    const told = await engines.alike('alarmed', {
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
    const told = await engines.alike('closed', {
      settings: () => ({ changeCalendars: ['freeze'] }),
      before: ({ gateway }) => {
        gateway.systemsManager.calendar = 'CLOSED';
      },
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted', milestones: untouched });
  });

  test('a maintenance window begins no more than can end in it', CASE, async () => {
    const closesAt = (BEGINS_AT + HOUR_MS) / SECOND_MS;
    const told = await engines.alike('window', {
      size: 3,
      input: (order) => ({ ...order, window: { id: 'mw-1', closesAt, instanceSeconds: 3595 } }),
    });
    expect(told.milestones.filter((what) => what.startsWith('detach'))).toEqual(['detach instance 1']);
    expect(told.cause).toContain('window-closed');
  });

  describe('with a plan that is made in the execution', () => {
    const input = ({ runId, startedAt, trigger, groupName }: Order) => ({
      runId,
      startedAt,
      trigger,
      group: groupName,
      policy: 'web',
    });

    test('the plan is carried out', CASE, async () => {
      const told = await engines.alike('planned', { size: 1, input, plan: (order) => order });
      expect(told.status).toBe('SUCCEEDED');
      expect(told.milestones).toContain('patch instance 1');
    });

    test('nothing is done when nothing is missing', CASE, async () => {
      const told = await engines.alike('up-to-date', { size: 1, input, plan: (order) => ({ ...order, waves: [] }) });
      expect(told).toMatchObject({ status: 'SUCCEEDED', milestones: [] });
    });

    test('nothing is done when there is none', CASE, async () => {
      const plan = () => {
        throw new Error('the policy says nothing of the group');
      };
      const told = await engines.alike('not-planned', { size: 1, input, plan, compared: 'without times' });
      expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.NotPlanned', milestones: [], items: [] });
      expect(told.cause).toContain('the policy says nothing of the group');
    });
  });

  test('a command that may not be sent is tried again, and the instance put back', CASE, async () => {
    const before = ({ gateway }: Fleet) => gateway.deny('ssm:SendCommand');
    const told = await engines.alike('not-sent', { before, compared: 'without times' });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
    expect(told.cause).toContain('not authorized to perform: ssm:SendCommand');
    expect(told.calls.filter((call) => call.startsWith('ssm:SendCommand')).length).toBeGreaterThan(1);
    expect(told.milestones).toContain('attach instance 1');
  });

  test('a group that may not be taken apart stays whole', CASE, async () => {
    const before = ({ gateway }: Fleet) => gateway.deny('autoscaling:DetachInstances');
    const told = await engines.alike('not-detached', { before, compared: 'without times' });
    expect(told).toMatchObject({ status: 'FAILED', milestones: untouched });
  });

  test.each(['early', 'never'] as const)('the end of a command is told %s', CASE, async (telling) => {
    expect((await engines.alike(`told-${telling}`, { size: 1, telling })).status).toBe('SUCCEEDED');
  });

  test('with an override list exactly what the plan approves is installed', CASE, async () => {
    const settings = ({ bucket }: Fleet) => ({ overrideList: `s3://${bucket}/lists` });
    const told = await engines.alike('override-list', { size: 1, settings });
    expect(told.status).toBe('SUCCEEDED');
    expect(told.calls.find((call) => call.startsWith('ssm:SendCommand'))).toContain('InstallOverrideList');
  });

  test('recover finds the order of the run that it is named', CASE, async () => {
    const told = await engines.alike('named', {
      machine: 'recover',
      input: ({ runId }) => ({ runId }),
      before: (fleet, order) => engines.dieAfter('ssm:SendCommand', fleet, order),
    });
    expect(told.status).toBe('SUCCEEDED');
    expect(told.milestones).toContain('attach instance 1');
  });

  test('there is nothing to recover of a run that nobody knows', CASE, async () => {
    const told = await engines.alike('unknown', { size: 1, machine: 'recover', input: ({ runId }) => ({ runId }) });
    expect(told).toMatchObject({ status: 'SUCCEEDED', milestones: [] });
  });

  test.each(['autoscaling:DetachInstances', 'ec2:CreateSnapshot', 'ssm:SendCommand', 'autoscaling:AttachInstances'])(
    'what a run left that died after %s is made whole',
    CASE,
    async (last) => {
      const told = await engines.alike(`died-after-${last.replace(':', '-')}`, {
        machine: 'recover',
        before: (fleet, order) => engines.dieAfter(last, fleet, order),
      });
      expect(told.status).toBe('SUCCEEDED');
      expect(told.milestones).toContain('minimum 2');
      expect(told.milestones.includes('attach instance 1')).toBe(last !== 'autoscaling:AttachInstances');
    },
  );
});
