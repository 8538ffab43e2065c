/** The embedded engine on a fleet in Moto: with its items in DynamoDB there, so that every call it makes is one on the wire. */
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { createDispatcher } from '../../../src/orchestrator/aws/dispatcher.ts';
import { sdkCloud } from '../../../src/orchestrator/aws/sdk-cloud.ts';
import type { Executions } from '../../../src/orchestrator/aws/start-execution.ts';
import { createEngine, type Engine } from '../../../src/orchestrator/engine/engine.ts';
import { openStore } from '../../../src/orchestrator/engine/store.ts';
import { dynamodbTable } from '../../../src/orchestrator/table/dynamodb.ts';
import type { ItemTable } from '../../../src/orchestrator/table/table.ts';
import { definition } from '../../../statemachine/definitions.ts';
import { clientSettings, REGION } from '../clients.ts';
import type { RecordedCall } from '../gateway.ts';
import type { Ended, Started } from './executor.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs one execution to its end. */
export async function runEmbedded(started: Started, surroundings: Surroundings): Promise<Ended> {
  const { engine, close } = open(surroundings);
  try {
    const executionArn = await begin(engine, started);
    const { status, output, error, cause } = await surroundings.clock.run(engine.waitFor(executionArn));
    return { status, output: output === undefined ? undefined : JSON.parse(output), error, cause };
  } finally {
    await close();
  }
}

/** Begins an execution whose engine dies once `isLast` of a call was answered: nothing is put back. */
export async function dieAfter(
  isLast: (call: RecordedCall) => boolean,
  started: Started,
  surroundings: Surroundings,
): Promise<void> {
  const { engine, close } = open(surroundings);
  const { promise: dead, resolve } = Promise.withResolvers<void>();
  surroundings.fleet.gateway.onAnswered(async (call) => {
    if (isLast(call)) close().then(resolve);
  });
  await begin(engine, started);
  await surroundings.clock.run(dead);
}

async function begin(engine: Engine, { machine, name, input }: Started): Promise<string> {
  for (const each of new Set([machine, 'rollout'] as const)) {
    engine.registerStateMachine({ name: each, definition: definition(each) });
  }
  const begun = await engine.startExecution({ stateMachineArn: machine, name, input: JSON.stringify(input) });
  return begun.executionArn;
}

function open(surroundings: Surroundings) {
  const { clock, fleet, lambdas } = surroundings;
  const store = openStore({ durability: 'relaxed', nowMs: clock.now() });
  const table = dynamodbTable(new DynamoDB(clientSettings(fleet.gateway.url)));
  const held: ItemTable = {
    getItem: (request) => clock.busy(Promise.resolve(table.getItem(request))),
    putItem: (request) => clock.busy(Promise.resolve(table.putItem(request))),
    updateItem: (request) => clock.busy(Promise.resolve(table.updateItem(request))),
    deleteItem: (request) => clock.busy(Promise.resolve(table.deleteItem(request))),
  };
  const cloud = sdkCloud({ region: REGION, endpointUrl: fleet.gateway.url });
  const executions: Executions = {
    startExecution: (request) => engine.startExecution(request),
    stopExecution: (request) => engine.stopExecution(request),
    describeExecution: (request) => engine.describeExecution(request),
    waitFor: (arn) => engine.waitFor(arn),
  };
  const { runTask } = createDispatcher({ cloud, lambdas, table: held, executions, clock, remote: true });
  const engine = createEngine({ store, clock, region: REGION, runTask });
  surroundings.sendTaskSuccess = (answer) => engine.sendTaskSuccess(answer);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= engine.close().then(() => store.close());
    return closed;
  };
  return { engine, close };
}
