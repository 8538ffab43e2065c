/**
 * Two engines, one definition: the state machines on Moto's Step Functions executor, which nobody here wrote, and on the embedded engine, each
 * on a fleet of its own made alike. They must make the same calls with the same arguments in the same order, leave the same items, and end alike.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Settings } from '../../../src/orchestrator/plan/types.ts';
import { type Order, order } from '../../../src/orchestrator/runs/order.ts';
import { EMBEDDED_NAMES, type StateMachineName } from '../../../statemachine/definitions.ts';
import { clientSettings } from '../clients.ts';
import { createFleet, type Fleet } from '../fleet.ts';
import { milestones } from '../milestones.ts';
import { findMoto } from '../moto.ts';
import { planOfFleet } from '../plan-of-fleet.ts';
import { runEmbedded } from './embedded.ts';
import { type Ended, type Executor, startExecutor } from './executor.ts';
import { BEGINS_AT, surroundingsOf, type Telling } from './surroundings.ts';
import { calls, likening } from './told.ts';

// The executor is mended within its process: a Moto that runs already will not do.
const source = await findMoto({ ...process.env, MOTO_URL: '' });
if ('missing' in source) console.warn(source.missing);

const TableName = EMBEDDED_NAMES.TableName;
const CASE_MS = 60_000;

interface Case {
  size?: number;
  settings?: Partial<Settings> | ((fleet: Fleet) => Partial<Settings>);
  telling?: Telling;
  machine?: StateMachineName;
  /** What is so before the execution begins; may change its input. */
  before?: (fleet: Fleet, order: Order, dynamodb: DynamoDB) => Promise<unknown> | unknown;
}

interface Told extends Ended {
  calls: string[];
  items: string[];
  milestones: string[];
}

describe.skipIf(!('python' in source))('on an engine that nobody here wrote', () => {
  let executor: Executor;
  let dynamodb: DynamoDB;

  beforeAll(async () => {
    if (!('python' in source)) throw new Error('Moto is missing');
    executor = await startExecutor(source.python);
    dynamodb = new DynamoDB(clientSettings(executor.url));
    await dynamodb.createTable({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    });
  }, CASE_MS);
  afterAll(() => executor[Symbol.asyncDispose]());

  /** The SDK reads the environment; what the machine has there is none of our business. */
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });
  afterEach(() => vi.unstubAllEnvs());

  async function runOn(engine: 'executor' | 'embedded', name: string, given: Case): Promise<Told> {
    const { size = 2, settings = {}, telling = 'waited for', machine = 'rollout' } = given;
    await using fleet = await createFleet(executor.url, size);
    const startedAt = new Date(BEGINS_AT).toISOString();
    const begun = {
      runId: name,
      startedAt,
      trigger: { kind: 'person', by: 'test' } as const,
      snapshotId: randomUUID(),
    };
    const input = order(planOfFleet(fleet, typeof settings === 'function' ? settings(fleet) : settings), begun);
    await given.before?.(fleet, input, dynamodb);
    const surroundings = surroundingsOf(fleet, executor.url, telling);
    const before = fleet.gateway.calls.length;
    const started = { machine, name, input };
    const ended = await (engine === 'executor'
      ? executor.run(started, surroundings)
      : runEmbedded(started, surroundings));
    const recorded = fleet.gateway.calls.slice(before);
    const likened = likening(fleet);
    const said = calls(recorded, likened);
    return {
      ...ended,
      output: likened(ended.output ?? null),
      cause: likened(ended.cause ?? null),
      calls: said,
      items: (await itemsLeft()).map(likened),
      milestones: milestones(recorded).map((what) => likened(what).slice(1, -1)),
    };
  }

  /** What the table holds; it is empty afterwards. */
  async function itemsLeft(): Promise<unknown[]> {
    const { Items = [] } = await dynamodb.scan({ TableName, ConsistentRead: true });
    for (const { pk } of Items) await dynamodb.deleteItem({ TableName, Key: pk === undefined ? {} : { pk } });
    return Items.toSorted((a, b) => (String(a.pk?.S) < String(b.pk?.S) ? -1 : 1));
  }

  /** Runs the case on both engines and holds one against the other; gives what both did. */
  async function alike(name: string, given: Case): Promise<Told> {
    const embedded = await runOn('embedded', name, given);
    const other = await runOn('executor', name, given);
    expect(other.calls).toEqual(embedded.calls);
    expect(other).toEqual(embedded);
    expect(embedded.calls.length).toBeGreaterThan(0);
    return embedded;
  }

  const patched = (id: string) =>
    ['healthy', 'detach', 'snapshot', 'patch', 'healthy', 'attach', 'healthy'].map((what) => `${what} ${id}`);

  test(
    'a rollout in which all goes well',
    async () => {
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
    },
    CASE_MS,
  );

  test(
    'an instance that does not survive its patch is restored, and the rollout halts',
    async () => {
      const told = await alike('restored', { before: (fleet) => breakFirst(fleet) });
      expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
      const way = ['healthy', 'detach', 'snapshot', 'patch', 'sick', 'restore', 'healthy', 'attach', 'healthy'];
      expect(told.milestones).toEqual([
        'suspend AZRebalance',
        'minimum 1',
        ...way.map((what) => `${what} instance 1`),
        'minimum 2',
        'resume AZRebalance',
      ]);
    },
    CASE_MS,
  );

  test.each(['replace', 'quarantine'] as const)(
    'rollback by %s launches another instance',
    async (rollback) => {
      const told = await alike(rollback, { settings: { rollback }, before: (fleet) => breakFirst(fleet) });
      expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
      expect(told.milestones).toContain('desired 2');
      expect(told.milestones.includes('terminate instance 1')).toBe(rollback === 'replace');
      expect(told.milestones).not.toContain('attach instance 1');
    },
    CASE_MS,
  );

  test(
    'in standby an instance stays a member',
    async () => {
      const told = await alike('standby', { settings: { isolation: 'standby' } });
      expect(told.status).toBe('SUCCEEDED');
      expect(told.milestones).toContain('back from standby instance 2');
    },
    CASE_MS,
  );

  test(
    'a group that another run holds is left alone',
    async () => {
      const told = await alike('locked', {
        before: ({ groupName }, _, table) =>
          table.putItem({
            TableName,
            Item: {
              pk: { S: `lock#${groupName}` },
              holder: { S: 'another-run' },
              expiresAt: { N: String(BEGINS_AT / 1000 + 3600) },
            },
          }),
      });
      expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.GroupLocked', milestones: [] });
    },
    CASE_MS,
  );

  test(
    'a lock that has expired is taken',
    async () => {
      const told = await alike('expired', {
        size: 1,
        before: ({ groupName }, _, table) =>
          table.putItem({
            TableName,
            Item: {
              pk: { S: `lock#${groupName}` },
              holder: { S: 'another-run' },
              expiresAt: { N: String(BEGINS_AT / 1000 - 1) },
            },
          }),
      });
      expect(told.status).toBe('SUCCEEDED');
    },
    CASE_MS,
  );

  test(
    'an abort that was asked for before the first wave skips everything',
    async () => {
      const told = await alike('aborted', {
        before: (_, { runId }, table) =>
          table.putItem({
            TableName,
            Item: { pk: { S: `run#${runId}` }, aborted: { BOOL: true }, paused: { BOOL: false } },
          }),
      });
      expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Aborted' });
      expect(told.milestones).not.toContain('detach instance 1');
    },
    CASE_MS,
  );

  test(
    'a call that is refused is retried no more than it should be, and undone',
    async () => {
      const told = await alike('denied', { before: (fleet) => fleet.gateway.deny('ssm:SendCommand') });
      expect(told).toMatchObject({ status: 'FAILED', error: 'Drydock.Halted' });
      expect(told.cause).toContain('not authorized to perform: ssm:SendCommand');
    },
    CASE_MS,
  );

  test.each(['early', 'never'] as const)(
    'a command whose end is told %s',
    async (telling) => {
      const told = await alike(`told-${telling}`, { size: 1, telling });
      expect(told.status).toBe('SUCCEEDED');
    },
    CASE_MS,
  );

  test(
    'with an override list exactly what the plan approves is installed',
    async () => {
      const told = await alike('override-list', {
        size: 1,
        settings: ({ bucket }) => ({ overrideList: `s3://${bucket}/lists` }),
      });
      expect(told.status).toBe('SUCCEEDED');
    },
    CASE_MS,
  );
});

function breakFirst({ instanceIds, applications }: Fleet): void {
  const [first = ''] = instanceIds;
  applications.breakWhenPatched(first);
}
