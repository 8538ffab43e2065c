import { describe, expect, it } from 'vitest';
import { type DynamoDBCalls, dynamodbTable, runItems } from '../../../src/orchestrator/table/dynamodb.ts';

/** A client that notes what it was asked, and answers each call with the next of `answers`. */
function client(...answers: (object | Error)[]) {
  const asked: object[] = [];
  const call = async (input: object) => {
    asked.push(input);
    const answer = answers.shift() ?? {};
    if (answer instanceof Error) throw answer;
    return { ...answer, $metadata: {} };
  };
  const calls = { getItem: call, putItem: call, updateItem: call, deleteItem: call, query: call };
  // The SDK's methods have overloads with callbacks, which nobody here calls.
  return { asked, calls: calls as unknown as DynamoDBCalls };
}

const named = (name: string) => Object.assign(new Error('said AWS'), { name });
const AT = { TableName: 't', Key: { pk: { S: 'run#1' } } };

describe('the item table over the network', () => {
  it('sends what it is given, without the empty maps that DynamoDB refuses', async () => {
    const { asked, calls } = client({}, {});
    const table = dynamodbTable(calls);
    await table.updateItem({ ...AT, UpdateExpression: 'REMOVE a', ExpressionAttributeNames: {} });
    await table.getItem({ ...AT, ConsistentRead: true });
    expect(asked).toEqual([
      { ...AT, UpdateExpression: 'REMOVE a', ReturnValues: 'NONE' },
      { ...AT, ConsistentRead: true },
    ]);
  });

  it('says that a condition did not hold by the same name as the one in a file', async () => {
    const { calls } = client(named('ConditionalCheckFailedException'), named('ProvisionedThroughputExceededException'));
    const table = dynamodbTable(calls);
    await expect(table.deleteItem(AT)).rejects.toMatchObject({ error: 'DynamoDB.ConditionalCheckFailedException' });
    await expect(table.deleteItem(AT)).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
  });

  it('refuses an input that is not one of its calls before anything is sent', async () => {
    const { asked, calls } = client();
    await expect(dynamodbTable(calls).putItem({ TableName: 't', Item: { pk: 'run#1' } })).rejects.toThrow();
    expect(asked).toEqual([]);
  });
});

describe('what is kept of runs', () => {
  it('is read to the last page', async () => {
    const page = (pk: string, more: boolean) => ({
      Items: [{ pk: { S: pk } }],
      ...(more ? { LastEvaluatedKey: { pk: { S: pk } } } : {}),
    });
    const { asked, calls } = client(page('instance#1#a', true), page('instance#1#b', false));
    const found: unknown[] = [];
    for await (const item of runItems(calls, 't').instances('1')) found.push(item.pk);
    expect(found).toEqual([{ S: 'instance#1#a' }, { S: 'instance#1#b' }]);
    expect(asked).toMatchObject([{ IndexName: 'ofRun' }, { ExclusiveStartKey: { pk: { S: 'instance#1#a' } } }]);
  });
});
