/**
 * What an execution finds around it, the same for both engines: a fleet behind its gateway, the item table, the functions, a clock
 * that only waiting moves, and EventBridge, which tells the record function when a patch command is over.
 */
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import type { Json } from '../../../src/interpreter/ports.ts';
import type { LambdaHandler } from '../../../src/orchestrator/aws/dispatcher.ts';
import { sdkCloud } from '../../../src/orchestrator/aws/sdk-cloud.ts';
import { type EngineClock, virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { nodeHttpGet, nodeHttpPost } from '../../../src/orchestrator/http/node-http.ts';
import { healthHandler } from '../../../src/orchestrator/lambda/health.ts';
import { hookHandler } from '../../../src/orchestrator/lambda/hook.ts';
import { instanceHandler } from '../../../src/orchestrator/lambda/instance.ts';
import { lookHandler } from '../../../src/orchestrator/lambda/look.ts';
import { recordHandler } from '../../../src/orchestrator/lambda/record.ts';
import { readingRecords } from '../../../src/orchestrator/lambda/run-state.ts';
import { dynamodbTable } from '../../../src/orchestrator/table/dynamodb.ts';
import { EMBEDDED_NAMES } from '../../../statemachine/definitions.ts';
import { clientSettings, REGION } from '../clients.ts';
import type { Fleet } from '../fleet.ts';
import type { RecordedCall } from '../gateway.ts';

/** When the end of a patch command is told: while it is waited for, before that, or never (EventBridge gives no guarantee). */
export type Telling = 'waited for' | 'early' | 'never';

export interface Surroundings {
  fleet: Fleet;
  clock: EngineClock;
  /** By function name. */
  lambdas: Record<string, LambdaHandler>;
  /** The execution's engine says here how it is told that a task with a token succeeded. */
  sendTaskSuccess: (input: { taskToken: string; output: string }) => Promise<unknown>;
}

interface Circumstances {
  /** Where the items are, without going into the fleet's record. */
  moto: string;
  telling: Telling;
  /** The time on the clock, in milliseconds since 1970. */
  beginsAt: number;
  /** What the plan function gives for an event. */
  plan?: (event: unknown) => Promise<object | undefined>;
}

/** Surroundings for one execution on a fleet of its own. */
export function surroundingsOf(fleet: Fleet, { moto, telling, beginsAt, plan }: Circumstances): Surroundings {
  const clock = virtualClock(beginsAt);
  fleet.clock.now = () => clock.now();
  const cloud = sdkCloud({ region: REGION, endpointUrl: fleet.gateway.url });
  const httpGet = (request: Parameters<ReturnType<typeof nodeHttpGet>>[0]) => clock.busy(nodeHttpGet()(request));
  const checkHealth = healthHandler({ httpGet, clock });
  const ofFunctions = dynamodbTable(new DynamoDB(clientSettings(fleet.gateway.url)));
  const readRecord = readingRecords(ofFunctions, EMBEDDED_NAMES.TableName, () => clock.now());
  const recorded = (
    name: string,
    handler: (event: unknown, signal: AbortSignal) => Promise<unknown>,
  ): LambdaHandler => {
    return async (event, { signal }) => {
      const call = { service: 'lambda', action: name, input: event, instanceIds: [], at: clock.now(), status: 200 };
      fleet.gateway.record(call);
      return toJson(await handler(event, signal));
    };
  };
  const surroundings: Surroundings = {
    fleet,
    clock,
    lambdas: {
      [EMBEDDED_NAMES.PlanFunction]: recorded('plan', async (event) => plan?.(event)),
      [EMBEDDED_NAMES.InstanceFunction]: recorded(
        'instance',
        instanceHandler({
          cloud,
          checkHealth,
          waitFor: (call) => clock.busy(call),
          now: () => clock.now(),
          readRecord: (read) => clock.busy(readRecord(read)),
        }),
      ),
      [EMBEDDED_NAMES.LookFunction]: recorded('look', (event) => clock.busy(lookHandler(cloud)(event))),
      [EMBEDDED_NAMES.HookFunction]: recorded(
        'hook',
        hookHandler((request) => clock.busy(nodeHttpPost()(request))),
      ),
      [EMBEDDED_NAMES.NotifyFunction]: recorded('notify', async () => ({ undelivered: [] })),
    },
    sendTaskSuccess: () => Promise.reject(new Error('no engine runs here')),
  };
  const record = recordHandler({
    table: dynamodbTable(new DynamoDB(clientSettings(moto))),
    tableName: EMBEDDED_NAMES.TableName,
    sendTaskSuccess: (input) => surroundings.sendTaskSuccess(input),
    now: () => clock.now(),
  });
  const tell = (ended: { commandId: string; instanceId: string }) =>
    record({ detail: { 'command-id': ended.commandId, 'instance-id': ended.instanceId, status: 'Success' } });
  fleet.gateway.onAnswered(async (call) => {
    const ended =
      telling === 'waited for' ? commandWaitedFor(call) : telling === 'early' ? lastSent(fleet, call) : undefined;
    if (ended !== undefined) await tell(ended);
  });
  return surroundings;
}

const itemUpdate = z.object({ Key: z.object({ pk: z.object({ S: z.string() }) }) });

/** The command whose token was just stored. */
function commandWaitedFor({ service, action, input, status }: RecordedCall) {
  if (service !== 'dynamodb' || action !== 'UpdateItem' || status !== 200) return undefined;
  const [kind, commandId, instanceId] = itemUpdate.parse(input).Key.pk.S.split('#');
  return kind === 'command' && commandId !== undefined && instanceId !== undefined
    ? { commandId, instanceId }
    : undefined;
}

/** The command that was just sent. */
function lastSent({ gateway }: Fleet, { service, action, status, instanceIds }: RecordedCall) {
  const [instanceId] = instanceIds;
  if (service !== 'ssm' || action !== 'SendCommand' || status !== 200 || instanceId === undefined) return undefined;
  const commandId = gateway.systemsManager.lastCommand(instanceId);
  return commandId === undefined ? undefined : { commandId, instanceId };
}

/** What a function's answer is by the time it left the function: JSON. */
function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}
