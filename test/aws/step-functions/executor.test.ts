/**
 * Two engines, one definition: the state machines on Moto's Step Functions executor, which nobody here wrote, and on the embedded
 * engine. They must make the same calls with the same arguments in the same order, leave the same items in the table, and end alike.
 * Here: what becomes of instances. What keeps a run from them, and what a dead run leaves, is in guards.test.ts.
 */
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { EC2 } from '@aws-sdk/client-ec2';
import { S3 } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import type { Order } from '../../../src/orchestrator/runs/order.ts';
import { clientSettings } from '../clients.ts';
import type { Fleet } from '../fleet.ts';
import { BEGINS_AT, HOUR_MS, isCall, SECOND_MS } from './both-engines.ts';
import { CASE, onBothEngines } from './on-both.ts';

await onBothEngines('instances, on an engine that nobody here wrote', (engines) => {
  const breakFirst = ({ instanceIds: [first = ''], applications }: Fleet) => applications.breakWhenPatched(first);
  const patched = (id: string) =>
    ['healthy', 'detach', 'snapshot', 'patch', 'healthy', 'attach', 'healthy'].map((what) => `${what} ${id}`);
  const untouched = expect.not.arrayContaining([expect.stringMatching(/^(detach|patch)/)]);

  test('each instance is patched, one after the other', CASE, async () => {
    const told = await engines().alike('all-well', {});
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
    const told = await engines().alike('baked', { size: 3, settings: () => ({ bakeSeconds: 300 }) });
    expect(told.milestones.filter((what) => what.startsWith('attach'))).toHaveLength(3);
    expect(told.items.find((item) => item.includes('"kind"'))).toMatch(/"endedAt":{"S":"2026-11-24T02:1\d/);
  });

  test('a hook that fails is a failed check, and people are told of the end', CASE, async () => {
    const told = await engines().alike('hooked', {
      size: 1,
      settings: ({ applications }) => ({
        hooks: {
          beforeDetach: [],
          afterPatch: [{ url: `${applications.url}/no-such-page`, timeoutSeconds: 5 }],
          afterAttach: [],
        },
        notify: 1,
      }),
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
    expect(told.cause).toContain('the afterPatch hook 1 failed: POST');
    expect(told.calls.filter((call) => call.startsWith('lambda:notify'))).toHaveLength(1);
  });

  test('a wave takes two at a time', CASE, async () => {
    const told = await engines().alike('two-at-a-time', {
      size: 3,
      // What was lowered is not put back before it has settled: with a bake that is over on both engines.
      settings: () => ({ bakeSeconds: 60 }),
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

  test(
    'a wave that was too large for the input is read from S3, as much of it as there is time for',
    CASE,
    async () => {
      const place = ({ runId, groupName }: Order) => ({
        bucket: `drydock-${groupName}`,
        key: `runs/${runId}/wave-1.json`,
      });
      const closesAt = (BEGINS_AT + 2 * HOUR_MS) / SECOND_MS;
      const told = await engines().alike('stored', {
        size: 3,
        before: async ({ gateway, instanceIds }, order) => {
          const s3 = new S3({ ...clientSettings(gateway.url), forcePathStyle: true });
          const { bucket, key } = place(order);
          await s3.putObject({ Bucket: bucket, Key: key, Body: JSON.stringify(instanceIds) });
        },
        input: (order) => ({
          ...order,
          waves: [{ number: 1, concurrency: 1, count: 3, stored: place(order) }],
          window: { id: 'mw-1', closesAt, instanceSeconds: (HOUR_MS - 60_000) / SECOND_MS },
        }),
      });
      expect(told.milestones.filter((what) => what.startsWith('patch'))).toEqual([
        'patch instance 1',
        'patch instance 2',
      ]);
      expect(told.cause).toContain('window-closed: 1 of wave 1');
    },
  );

  test('an instance that does not survive its patch is restored, and the rollout halts', CASE, async () => {
    const told = await engines().alike('restored', { before: breakFirst });
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
    const told = await engines().alike(rollback, { settings: () => ({ rollback }), before: breakFirst });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
    expect(told.milestones).toContain('one more');
    expect(told.milestones.includes('terminate instance 1')).toBe(rollback === 'replace');
    expect(told.milestones).not.toContain('attach instance 1');
  });

  test('in standby an instance stays a member', CASE, async () => {
    const told = await engines().alike('standby', { settings: () => ({ isolation: 'standby' }) });
    expect(told.status).toBe('SUCCEEDED');
    expect(told.milestones).toContain('back from standby instance 2');
  });

  test('an instance that is gone when its turn comes is passed over', CASE, async () => {
    const told = await engines().alike('gone', {
      during: async (call, _, { gateway, instanceIds: [, second = ''] }) => {
        if (!isCall(call, 'ssm:SendCommand') || call.instanceIds.includes(second)) return;
        await new EC2(clientSettings(gateway.url)).terminateInstances({ InstanceIds: [second] });
      },
    });
    expect(told.items.join()).toContain('"outcome":{"S":"gone"}');
    expect(told.milestones).not.toContain('detach instance 2');
  });

  test('an instance that is terminated in the dock is replaced', CASE, async () => {
    const told = await engines().alike('terminated', {
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
    const told = await engines().alike(`hanging-${silent}`, {
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
    const told = await engines().alike('protected', {
      size: 1,
      before: async ({ gateway, groupName, instanceIds }) => {
        const protection = { AutoScalingGroupName: groupName, InstanceIds: instanceIds, ProtectedFromScaleIn: true };
        await new AutoScaling(clientSettings(gateway.url)).setInstanceProtection(protection);
      },
    });
    expect(told.calls.filter((call) => call.startsWith('autoscaling:SetInstanceProtection'))).toHaveLength(1);
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
      const told = await engines().alike('planned', { size: 1, input, plan: (order) => order });
      expect(told.status).toBe('SUCCEEDED');
      expect(told.milestones).toContain('patch instance 1');
    });

    test('nothing is done when nothing is missing', CASE, async () => {
      const told = await engines().alike('up-to-date', { size: 1, input, plan: (order) => ({ ...order, waves: [] }) });
      expect(told).toMatchObject({ status: 'SUCCEEDED', milestones: [] });
    });

    test('nothing is done when there is none', CASE, async () => {
      const plan = () => {
        throw new Error('the policy says nothing of the group');
      };
      const told = await engines().alike('not-planned', { size: 1, input, plan, compared: 'without times' });
      expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.NotPlanned', milestones: [], items: [] });
      expect(told.cause).toContain('the policy says nothing of the group');
    });
  });

  test('a command that may not be sent is tried again, and the instance put back', CASE, async () => {
    const before = ({ gateway }: Fleet) => gateway.deny('ssm:SendCommand');
    const told = await engines().alike('not-sent', { before, compared: 'without times' });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
    expect(told.cause).toContain('not authorized to perform: ssm:SendCommand');
    expect(told.calls.filter((call) => call.startsWith('ssm:SendCommand')).length).toBeGreaterThan(1);
    expect(told.milestones).toContain('attach instance 1');
  });

  test('a group that may not be taken apart stays whole', CASE, async () => {
    const before = ({ gateway }: Fleet) => gateway.deny('autoscaling:DetachInstances');
    const told = await engines().alike('not-detached', { before, compared: 'without times' });
    expect(told).toMatchObject({ status: 'FAILED', milestones: untouched });
  });

  test.each(['early', 'never'] as const)('the end of a command is told %s', CASE, async (telling) => {
    expect((await engines().alike(`told-${telling}`, { size: 1, telling })).status).toBe('SUCCEEDED');
  });

  test('with an override list exactly what the plan approves is installed', CASE, async () => {
    const settings = ({ bucket }: Fleet) => ({ overrideList: `s3://${bucket}/lists` });
    const told = await engines().alike('override-list', { size: 1, settings });
    expect(told.status).toBe('SUCCEEDED');
    expect(told.calls.find((call) => call.startsWith('ssm:SendCommand'))).toContain('InstallOverrideList');
  });
});
