/** The item table in DynamoDB, and the two indexes that keep the runs beyond what Step Functions remembers. */
import type { AttributeValue, DynamoDB } from '@aws-sdk/client-dynamodb';
import { clientConfig, type SdkCloudOptions } from '../aws/sdk-cloud.ts';
import { type Item, item } from './attributes.ts';
import { conditionFailed } from './errors.ts';
import type { RunItems } from './run-items.ts';
import { deleteInput, getInput, type ItemTable, putInput, updateInput } from './table.ts';

/** The calls of the SDK's client that are made here. */
export type DynamoDBCalls = Pick<DynamoDB, 'getItem' | 'putItem' | 'updateItem' | 'deleteItem' | 'query'>;

/** A client with the time limits and retries of all others. It is loaded when it is asked for: not every command needs it. */
export async function dynamodbClient(options: SdkCloudOptions = {}): Promise<DynamoDBCalls> {
  const { DynamoDB } = await import('@aws-sdk/client-dynamodb');
  return new DynamoDB(clientConfig(options));
}

/**
 * The item table over `client`. A condition that does not hold is the same `TaskFailure` as of a table in a file; anything else
 * rejects with the SDK's error, whose name says what AWS refused.
 */
export function dynamodbTable(client: Omit<DynamoDBCalls, 'query'>): ItemTable {
  return {
    getItem: async (input) => {
      const { Item } = await client.getItem(given(getInput.parse(input)));
      return Item === undefined ? {} : { Item: item.parse(Item) };
    },
    putItem: async (input) => attributes(client.putItem(given(putInput.parse(input)))),
    updateItem: async (input) => attributes(client.updateItem(given(updateInput.parse(input)))),
    deleteItem: async (input) => attributes(client.deleteItem(given(deleteInput.parse(input)))),
  };
}

/** Reads the indexes `runs` and `ofRun` of the table. */
export function runItems(client: Pick<DynamoDBCalls, 'query'>, tableName: string): RunItems {
  return {
    runs: (since) =>
      query(client, {
        TableName: tableName,
        IndexName: 'runs',
        KeyConditionExpression: since === undefined ? 'kind = :kind' : 'kind = :kind AND startedAt >= :since',
        ExpressionAttributeValues: {
          ':kind': { S: 'run' },
          ...(since === undefined ? {} : { ':since': { S: since } }),
        },
        ScanIndexForward: false,
      }),
    instances: (runId) =>
      query(client, {
        TableName: tableName,
        IndexName: 'ofRun',
        KeyConditionExpression: 'runId = :run AND begins_with(pk, :instance)',
        ExpressionAttributeValues: { ':run': { S: runId }, ':instance': { S: 'instance#' } },
      }),
  };
}

async function* query(
  client: Pick<DynamoDBCalls, 'query'>,
  input: Parameters<DynamoDBCalls['query']>[0],
): AsyncGenerator<Item> {
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.query({ ...input, ...(from === undefined ? {} : { ExclusiveStartKey: from }) });
    for (const found of page.Items ?? []) yield item.parse(found);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}

/** DynamoDB refuses empty maps of names and values; the SDK's types know no members that are undefined. */
function given<Input extends object>(input: Input): Input {
  const isGiven = (value: unknown) =>
    value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(input).filter(([, value]) => isGiven(value))) as Input;
}

async function attributes(call: Promise<{ Attributes?: unknown }>): Promise<{ Attributes?: Item }> {
  try {
    const { Attributes } = await call;
    return Attributes === undefined ? {} : { Attributes: item.parse(Attributes) };
  } catch (error) {
    throw error instanceof Error && error.name === 'ConditionalCheckFailedException' ? conditionFailed() : error;
  }
}
