/**
 * Two engines, one definition: the state machines on Moto's Step Functions executor, which nobody here wrote, and on the embedded
 * engine, each on a fleet of its own made alike. They must make the same calls with the same arguments in the same order, leave the
 * same items in the table, and end alike.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Settings } from '../../../src/orchestrator/plan/types.ts';
import { type Order, order } from '../../../src/orchestrator/runs/order.ts';
import { EMBEDDED_NAMES, type StateMachineName } from '../../../statemachine/definitions.ts';
import { clientSettings } from '../clients.ts';
import { createFleet, type Fleet } from '../fleet.ts';
import type { RecordedCall } from '../gateway.ts';
import { milestones } from '../milestones.ts';
import { findMoto } from '../moto.ts';
import { planOfFleet } from '../plan-of-fleet.ts';
import { dieAfter, runEmbedded } from './embedded.ts';
import { type Ended, type Executor, startExecutor } from './executor.ts';
import { surroundingsOf, type Telling } from './surroundings.ts';
import { calls, likening } from './told.ts';

// The executor is mended within its process: a Moto that runs already will not do.
const source = await findMoto({ ...process.env, MOTO_URL: '' });
if ('missing' in source) console.warn(source.missing);

const { TableName } = EMBEDDED_NAMES;
const CASE = { timeout: 60_000 };
const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
/** When every execution begins, on its own clock: both engines see the same times. */
const BEGINS_AT = Date.parse('2026-11-24T02:00:00Z');

interface Case {
  size?: number;
  settings?: (fleet: Fleet) => Partial<Settings>;
  telling?: Telling;
  machine?: StateMachineName;
  /** What is so before the execution begins. */
  before?: (fleet: Fleet, order: Order) => Promise<unknown> | unknown;
  /** What happens once a call was answered. */
  during?: (call: RecordedCall, order: Order) => Promise<unknown> | unknown;
  /** A retry waits for a random while: times are not compared then. */
  retries?: boolean;
}

interface Told extends Ended {
  calls: string[];
  items: string[];
  milestones: string[];
}

describe.skipIf(!('python' in source))('on an engine that nobody here wrote', () => {
  let executor: Executor;
  let table: DynamoDB;

  beforeAll(async () => {
    if (!('python' in source)) throw new Error('Moto is missing');
    executor = await startExecutor(source.python);
    table = new DynamoDB(clientSettings(executor.url));
    await table.createTable({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    });
  }, CASE.timeout);
  afterAll(() => executor[Symbol.asyncDispose]());

  /** The SDK reads the environment; what the machine has there is none of our business. */
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });
  afterEach(() => vi.unstubAllEnvs());

  async function runOn(engine: 'executor' | 'embedded', name: string, given: Case): Promise<Told> {
    const { size = 2, settings = () => ({}), telling = 'waited for', machine = 'rollout', retries = false } = given;
    await using fleet = await createFleet(executor.url, size);
    const startedAt = new Date(BEGINS_AT).toISOString();
    const trigger = { kind: 'person', by: 'test' } as const;
    const begun = { runId: name, startedAt, trigger, snapshotId: randomUUID() };
    const input = order(planOfFleet(fleet, settings(fleet)), begun);
    await given.before?.(fleet, input);
    fleet.gateway.onAnswered(async (call) => {
      await given.during?.(call, input);
    });
    const surroundings = surroundingsOf(fleet, executor.url, telling, BEGINS_AT);
    const from = fleet.gateway.calls.length;
    const started = { machine, name, input };
    const run = engine === 'executor' ? executor.run : runEmbedded;
    const ended = await run(started, surroundings);
    const recorded = fleet.gateway.calls.slice(from);
    const likened = likening(fleet, !retries);
    return {
      ...ended,
      calls: calls(recorded, likened),
      output: likened(ended.output ?? null),
      cause: likened(ended.cause ?? null),
      items: (await takeItems()).map(likened).toSorted(),
      milestones: milestones(recorded).map((what) => likened(what).slice(1, -1)),
    };
  }

  /** What the table holds; it is empty afterwards. */
  async function takeItems(): Promise<unknown[]> {
    const { Items = [] } = await table.scan({ TableName, ConsistentRead: true });
    for (const { pk } of Items) await table.deleteItem({ TableName, Key: pk === undefined ? {} : { pk } });
    return Items;
  }

  /** Runs the case on both engines and holds one against the other; gives what both did. */
  async function alike(name: string, given: Case): Promise<Told> {
    const embedded = await runOn('embedded', name, given);
    const other = await runOn('executor', name, given);
    expect(other.calls).toEqual(embedded.calls);
    expect(other).toEqual(embedded);
    return embedded;
  }

  const breakFirst = ({ instanceIds: [first = ''], applications }: Fleet) => applications.breakWhenPatched(first);
  const lock = (groupName: string, expiresAtMs: number) => {
    const expiresAt = { N: String(expiresAtMs / SECOND_MS) };
    const Item = { pk: { S: `lock#${groupName}` }, holder: { S: 'another-run' }, expiresAt };
    return table.putItem({ TableName, Item });
  };
  const record = (runId: string, flags: { aborted: boolean; paused: boolean }) => {
    const Item = { pk: { S: `run#${runId}` }, aborted: { BOOL: flags.aborted }, paused: { BOOL: flags.paused } };
    return table.putItem({ TableName, Item });
  };
  const isCall =
    (name: string) =>
    ({ service, action, status }: RecordedCall) =>
      `${service}:${action}` === name && status === 200;
  const patched = (id: string) =>
    ['healthy', 'detach', 'snapshot', 'patch', 'healthy', 'attach', 'healthy'].map((what) => `${what} ${id}`);

  test('each instance is patched, one after the other', CASE, async () => {
    const told = await alike('all-well', {});
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
    const told = await alike('baked', { size: 3, settings: () => ({ bakeSeconds: 300 }) });
    expect(told.milestones.filter((what) => what.startsWith('attach'))).toHaveLength(3);
    expect(told.items.find((item) => item.includes('"kind"'))).toMatch(/"endedAt":{"S":"2026-11-24T02:1\d/);
  });

  test('an instance that does not survive its patch is restored, and the rollout halts', CASE, async () => {
    const told = await alike('restored', { before: breakFirst });
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
    const told = await alike(rollback, { settings: () => ({ rollback }), before: breakFirst });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
    expect(told.milestones).toContain('desired 2');
    expect(told.milestones.includes('terminate instance 1')).toBe(rollback === 'replace');
    expect(told.milestones).not.toContain('attach instance 1');
  });

  test('in standby an instance stays a member', CASE, async () => {
    const told = await alike('standby', { settings: () => ({ isolation: 'standby' }) });
    expect(told.status).toBe('SUCCEEDED');
    expect(told.milestones).toContain('back from standby instance 2');
  });

  test('a group that another run holds is left alone', CASE, async () => {
    const told = await alike('locked', { before: ({ groupName }) => lock(groupName, BEGINS_AT + HOUR_MS) });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.GroupLocked', milestones: [] });
  });

  test('a lock that has expired is taken over', CASE, async () => {
    const before = ({ groupName }: Fleet) => lock(groupName, BEGINS_AT - SECOND_MS);
    expect((await alike('expired', { size: 1, before })).status).toBe('SUCCEEDED');
  });

  test('a run that was aborted before it began skips every instance', CASE, async () => {
    const before = (_: Fleet, { runId }: Order) => record(runId, { aborted: true, paused: false });
    const told = await alike('aborted', { before });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Aborted' });
    expect(told.milestones.filter((what) => /^(detach|patch)/.test(what))).toEqual([]);
  });

  test('a run that is aborted while an instance is in the dock finishes that one', CASE, async () => {
    const told = await alike('aborted-later', {
      size: 3,
      during: (call, { runId }) => isCall('ssm:SendCommand')(call) && record(runId, { aborted: true, paused: false }),
    });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Aborted' });
    expect(told.milestones.filter((what) => /^(detach|attach)/.test(what))).toEqual([
      'detach instance 1',
      'attach instance 1',
    ]);
  });

  test('a run that is paused waits, and goes on when it is resumed', CASE, async () => {
    let looks = 0;
    const told = await alike('paused', {
      size: 1,
      before: (_, { runId }) => {
        looks = 0;
        return record(runId, { aborted: false, paused: true });
      },
      during: async (call, { runId }) => {
        if (isCall('dynamodb:GetItem')(call)) looks += 1;
        if (looks === 3) await record(runId, { aborted: false, paused: false });
      },
    });
    expect(told.status).toBe('SUCCEEDED');
    expect(looks).toBeGreaterThan(3);
  });

  test('a command that may not be sent is tried again, and the instance put back', CASE, async () => {
    const before = ({ gateway }: Fleet) => gateway.deny('ssm:SendCommand');
    const told = await alike('not-sent', { before, retries: true });
    expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
    expect(told.cause).toContain('not authorized to perform: ssm:SendCommand');
    expect(told.calls.filter((call) => call.startsWith('ssm:SendCommand')).length).toBeGreaterThan(1);
    expect(told.milestones).toContain('attach instance 1');
  });

  test('a group that may not be taken apart stays whole', CASE, async () => {
    const before = ({ gateway }: Fleet) => gateway.deny('autoscaling:DetachInstances');
    const told = await alike('not-detached', { before, retries: true });
    expect(told.status).toBe('FAILED');
    expect(told.milestones.filter((what) => /^(detach|patch)/.test(what))).toEqual([]);
  });

  test.each(['early', 'never'] as const)('the end of a command is told %s', CASE, async (telling) => {
    expect((await alike(`told-${telling}`, { size: 1, telling })).status).toBe('SUCCEEDED');
  });

  test('with an override list exactly what the plan approves is installed', CASE, async () => {
    const settings = ({ bucket }: Fleet) => ({ overrideList: `s3://${bucket}/lists` });
    const told = await alike('override-list', { size: 1, settings });
    expect(told.status).toBe('SUCCEEDED');
    expect(told.calls.find((call) => call.startsWith('ssm:SendCommand'))).toContain('InstallOverrideList');
  });

  test.each(['autoscaling:DetachInstances', 'ec2:CreateSnapshot', 'ssm:SendCommand', 'autoscaling:AttachInstances'])(
    'what a run left that died after %s is made whole',
    CASE,
    async (last) => {
      const told = await alike(`died-after-${last.replace(':', '-')}`, {
        machine: 'recover',
        before: async (fleet, input) => {
          const before = surroundingsOf(fleet, executor.url, 'never', BEGINS_AT - HOUR_MS);
          await dieAfter(isCall(last), { machine: 'rollout', name: input.runId, input }, before);
        },
      });
      expect(told.status).toBe('SUCCEEDED');
      expect(told.milestones).toContain('minimum 2');
      expect(told.milestones.includes('attach instance 1')).toBe(last !== 'autoscaling:AttachInstances');
    },
  );
});
