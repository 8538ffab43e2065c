/** Runs on Step Functions by the command line, through the real AWS SDK. */
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toContractJson } from '../../src/orchestrator/runs/view.ts';
import type { Item } from '../../src/orchestrator/table/attributes.ts';
import { dynamodbTable, runItems } from '../../src/orchestrator/table/dynamodb.ts';
import { makeWorld, type RolloutWorld } from '../rollout/world.ts';
import { clientSettings } from './clients.ts';
import { type Workplace, workplace } from './command-line.ts';
import { findMoto, type Moto, startMoto } from './moto.ts';
import { type Account, accountWith } from './runs-on-aws.ts';

const source = await findMoto();
if ('missing' in source) console.warn(source.missing);

const POLICY = `
version: 1
name: test
patches: { rules: [{ name: everything, approveAfter: 7d }] }
environments: { production: {} }
groups: [{ match: { tag: { Environment: production } }, environment: production }]
`;

describe.skipIf('missing' in source)('runs on Step Functions by the command line', () => {
  let moto: Moto;
  let world: RolloutWorld;
  let account: Account;
  let laptop: Workplace;

  beforeAll(async () => {
    if ('missing' in source) throw new Error(source.missing);
    moto = await startMoto(source);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  /** A person on a machine of their own, who asks for the runs in `world`. */
  async function begin(): Promise<(...args: string[]) => ReturnType<Workplace['drydock']>> {
    account = await accountWith(world, moto.url);
    laptop = await workplace(POLICY);
    const where = ['--endpoint-url', account.url, '--region', 'eu-west-1'];
    return (...args) => laptop.drydock(...args, '--engine', 'step-functions', ...where);
  }

  beforeEach(() => {
    world = makeWorld({ rollout: { maxUnavailable: 2 } });
    return async () => {
      await laptop[Symbol.asyncDispose]();
      await account[Symbol.asyncDispose]();
    };
  });

  test('are listed, shown and watched as those carried out here', async () => {
    const { runId } = await world.run();
    const { view, plan } = await world.runs.read(runId);
    const cli = await begin();
    const contract = JSON.parse(JSON.stringify(toContractJson({ ...view, engine: 'step-functions' }, plan)));

    const listed = await cli('runs', 'list', '--json');
    expect({ code: listed.code, stderr: listed.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { runId, engine: 'step-functions', status: 'succeeded', policy: 'test', group: 'web' },
    ]);
    const shown = await cli('runs', 'show', runId, '--json');
    expect(JSON.parse(shown.stdout)).toEqual(contract);
    const watched = await cli('runs', 'watch', runId);
    expect(watched).toMatchObject({ code: 0, stdout: expect.stringContaining('succeeded') });
    expect(account.calls).toEqual(expect.arrayContaining(['sts:GetCallerIdentity', 'states:GetExecutionHistory']));
  });

  test('are steered through their record', async () => {
    const id = await world.start();
    await world.sleep(60);
    const cli = await begin();
    const table = dynamodbTable(new DynamoDB({ ...clientSettings(moto.url), region: 'eu-west-1' }));
    const record = async () =>
      (await table.getItem({ TableName: 'drydock-test', Key: { pk: { S: `run#${id}` } } })).Item;
    expect(await cli('runs', 'pause', id)).toMatchObject({ code: 0 });
    expect(await record()).toMatchObject({ paused: { BOOL: true } });
    expect(JSON.parse((await cli('runs', 'show', id, '--json')).stdout)).toMatchObject({ status: 'paused' });
    const approved = await cli('runs', 'approve', id);
    expect(approved.code).toBe(2);
    expect(approved.stderr).toMatch(/it waits for no approval\n→ .*runs show/);
    expect(await cli('runs', 'abort', id)).toMatchObject({ code: 0 });
    expect(await record()).toMatchObject({ aborted: { BOOL: true }, paused: { BOOL: false } });
    const resumed = await cli('runs', 'resume', id);
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toMatch(/it was aborted, and ends once what is in the dock is whole\n→ .*runs show/);
  });

  test('are nowhere when there are none of that id, and when the policy is not deployed', async () => {
    const cli = await begin();
    const unknown = await cli('runs', 'show', 'nothing');
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toMatch(/no run nothing of policy test in account 123456789012, eu-west-1\n→ /);
    await new DynamoDB({ ...clientSettings(moto.url), region: 'eu-west-1' }).deleteTable({ TableName: 'drydock-test' });
    const gone = await cli('runs', 'list');
    expect(gone.code).toBe(2);
    expect(gone.stderr).toMatch(/policy test is not deployed in account 123456789012, eu-west-1.*\n→ Deploy it with/);
  });
});

describe.skipIf('missing' in source)('the item table in DynamoDB', () => {
  let moto: Moto;
  let account: Account;
  beforeAll(async () => {
    if ('missing' in source) throw new Error(source.missing);
    moto = await startMoto(source);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  async function all(items: AsyncGenerator<Item>): Promise<Item[]> {
    const found: Item[] = [];
    for await (const item of items) found.push(item);
    return found;
  }

  test('answers as the one in a file does', async () => {
    const world = makeWorld();
    account = await accountWith(world, moto.url);
    const client = new DynamoDB({ ...clientSettings(moto.url), region: 'eu-west-1' });
    const table = dynamodbTable(client);
    const at = { TableName: 'drydock-test', Key: { pk: { S: 'lock#web' } } };
    const lock = (holder: string) =>
      table.putItem({
        TableName: 'drydock-test',
        Item: { ...at.Key, holder: { S: holder } },
        ConditionExpression: 'attribute_not_exists(pk) OR holder = :me',
        ExpressionAttributeValues: { ':me': { S: holder } },
      });
    expect(await table.getItem(at)).toEqual({});
    await lock('a');
    await lock('a');
    await expect(lock('b')).rejects.toMatchObject({ error: 'DynamoDB.ConditionalCheckFailedException' });
    const update = { UpdateExpression: 'ADD failed :one', ExpressionAttributeValues: { ':one': { SS: ['i-1'] } } };
    expect(await table.updateItem({ ...at, ...update, ReturnValues: 'ALL_NEW' })).toEqual({
      Attributes: { pk: { S: 'lock#web' }, holder: { S: 'a' }, failed: { SS: ['i-1'] } },
    });
    expect(await table.deleteItem({ ...at, ReturnValues: 'ALL_OLD' })).toMatchObject({
      Attributes: { holder: { S: 'a' } },
    });
    expect(await table.getItem({ ...at, ConsistentRead: true })).toEqual({});
    await expect(table.getItem({ ...at, TableName: 'another' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await account[Symbol.asyncDispose]();
  });

  test('finds runs, newest first, and the instances of one', async () => {
    account = await accountWith(makeWorld(), moto.url);
    const client = new DynamoDB({ ...clientSettings(moto.url), region: 'eu-west-1' });
    const put = (Item: Item) => client.putItem({ TableName: 'drydock-test', Item });
    for (const day of [1, 3, 2])
      await put({ pk: { S: `run#${day}` }, kind: { S: 'run' }, startedAt: { S: `2026-03-0${day}T00:00:00.000Z` } });
    for (const pk of ['instance#1#i-1', 'instance#1#i-2', 'other#1']) await put({ pk: { S: pk }, runId: { S: '1' } });
    const items = runItems(client, 'drydock-test');
    expect((await all(items.runs())).map(({ pk }) => pk)).toEqual([{ S: 'run#3' }, { S: 'run#2' }, { S: 'run#1' }]);
    expect(await all(items.runs('2026-03-02T00:00:00.000Z'))).toHaveLength(2);
    expect((await all(items.instances('1'))).map(({ pk }) => pk)).toEqual([
      { S: 'instance#1#i-1' },
      { S: 'instance#1#i-2' },
    ]);
    await account[Symbol.asyncDispose]();
  });
});
