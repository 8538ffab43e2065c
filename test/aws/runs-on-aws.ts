/**
 * An account in which a policy is deployed and runs were carried out: Moto keeps the items and says who calls, and in its place the histories
 * of the real state machines, run on the simulated fleet, are served by the API of Step Functions.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import type { Store } from '../../src/orchestrator/engine/store.ts';
import { dynamodbTable } from '../../src/orchestrator/table/dynamodb.ts';
import { type Served, type Serving, serve } from '../orchestrator/step-functions/served.ts';
import { clientSettings } from './clients.ts';
import { listen } from './listen.ts';
import { jsonAnswer, readCall } from './wire.ts';

/** The policy of `world`, by the name of its deployment. */
const TABLE = 'drydock-test';

export interface Account extends AsyncDisposable {
  url: string;
  served: Served;
  /** Every call that came in: `states:StartExecution` … */
  calls: string[];
}

/** What carries runs out in an account, and keeps their items. */
interface Carrying {
  engine: Serving;
  store: Store;
}

/**
 * Gives what `carrying` ran, and runs, to an account at Moto, whose table is made anew in `region`. Calls other than to Step Functions go to
 * `moto`, or to a gateway in front of it.
 */
export async function accountWith(carrying: Carrying, moto: string, region = 'eu-west-1'): Promise<Account> {
  await fillTable(carrying.store, moto, region);
  const served = serve(carrying.engine);
  const calls: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const { service, action, input } = readCall(request.method ?? 'GET', request.url ?? '/', request.headers, body);
    calls.push(`${service}:${action}`);
    if (service === 'states') return answerStates(served, action, input, response);
    const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && !HOP.has(name) ? [[name, value]] : [],
    );
    const given = await fetch(`${moto}${request.url}`, { method: request.method ?? 'GET', headers, body });
    response.writeHead(given.status, { 'content-type': given.headers.get('content-type') ?? 'text/plain' });
    response.end(Buffer.from(await given.arrayBuffer()));
  };
  const listening = await listen((request, response) => void answer(request, response));
  return { ...listening, served, calls };
}

/** Headers that are between two neighbours only. */
const HOP = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect']);

async function answerStates(served: Served, action: string, input: unknown, response: ServerResponse): Promise<void> {
  const call: unknown = Reflect.get(served, `${action.charAt(0).toLowerCase()}${action.slice(1)}`);
  try {
    if (typeof call !== 'function') throw new Error(`nobody needs ${action}`);
    const { $metadata: _, ...output } = await Reflect.apply(call, served, [input]);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(jsonAnswer(output).body);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'InternalError', message: String(error) };
    const body = JSON.stringify({ __type: `com.amazonaws.swf.service.v2.model#${name}`, message });
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
  }
}

/** A table as a deployment makes it, with every item that the runs wrote. */
async function fillTable(store: Store, moto: string, region: string): Promise<void> {
  const client = new DynamoDB({ ...clientSettings(moto), region });
  await client.deleteTable({ TableName: TABLE }).catch(() => {});
  await client.createTable({
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'kind', 'startedAt', 'runId'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [index('runs', 'kind', 'startedAt'), index('ofRun', 'runId', 'pk')],
  });
  const table = dynamodbTable(client);
  const items = store.database.prepare('SELECT item FROM items WHERE table_name = ?');
  for (const { item } of items.all('drydock')) {
    await table.putItem({ TableName: TABLE, Item: JSON.parse(String(item)) });
  }
}

function index(IndexName: string, hash: string, range: string) {
  return {
    IndexName,
    KeySchema: [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'ALL' as const },
  };
}
