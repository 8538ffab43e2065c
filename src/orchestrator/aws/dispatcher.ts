/**
 * Sends a task where its resource says: to AWS (or the simulated cloud), to a Lambda handler in this process, to the item table.
 * What comes back, and what goes wrong, looks as it does from Step Functions.
 */
import { z } from 'zod';
import { type Json, TaskFailure, type TaskRequest } from '../../interpreter/ports.ts';
import type { EngineClock } from '../engine/clock.ts';
import type { ItemTable } from '../table/table.ts';
import type { Cloud } from './cloud.ts';
import { awsTaskFailure } from './error-names.ts';
import { sdkOutputToJson } from './json.ts';
import { describeExecution, type Executions, startAndWait } from './start-execution.ts';

/** What a handler in this process may need that a Lambda function has of its own. */
export interface LambdaContext {
  /** Aborted when the task timed out or the execution was stopped. */
  signal: AbortSignal;
  /** Real I/O goes through its `busy`, waiting through its `sleep`. */
  clock: EngineClock;
}

export type LambdaHandler = (payload: Json, context: LambdaContext) => Promise<Json>;

export interface DispatcherOptions {
  cloud: Cloud;
  /** By function name. */
  lambdas: Record<string, LambdaHandler>;
  table: ItemTable;
  /** What begins other executions; absent: no definition here does. */
  executions?: Executions;
  clock: EngineClock;
  /**
   * Whether the cloud is reached over the network: a clock that is not real then stands still during its calls. False for the
   * simulated cloud, which takes its time on the clock itself.
   */
  remote: boolean;
}

export interface Dispatcher {
  /** Rejects with a `TaskFailure`, or with the signal's reason; a call under way when it is aborted is left to itself. */
  runTask(request: TaskRequest): Promise<Json>;
}

/** Makes the one place that tasks go through when the engine is embedded. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return {
    runTask: (request) => unlessAborted(request.signal, () => send(options, request)),
  };
}

async function send(options: DispatcherOptions, request: TaskRequest): Promise<Json> {
  const [service = '', action = ''] =
    /^arn:aws[^:]*:states:[^:]*:[^:]*:aws-sdk:([^:.]+):([^:.]+)/.exec(request.resource)?.slice(1) ?? [];
  if (service === 'dynamodb') return callTableAsSdk(options.table, action, request.arguments);
  // What Step Functions would be asked, this engine knows of its own executions.
  if (service === 'sfn' && action === 'describeExecution' && options.executions !== undefined) {
    return describeExecution(options.executions, request.arguments);
  }
  if (service !== '') return callCloud(options, service, action, request.arguments);
  const resource = request.resource.replace(/^arn:aws[^:]*:states:[^:]*:[^:]*:/, '').replace(/\.waitForTaskToken$/, '');
  if (resource === 'lambda:invoke') return invokeLambda(options, request);
  // By this name a Map's ItemReader reads its items; no Task can have it.
  if (resource === 's3:getObject') return callCloud(options, 's3', 'getObject', request.arguments);
  if (resource === 'states:startExecution.sync:2' && options.executions !== undefined) {
    return startAndWait(options.executions, request);
  }
  const [table, verb = ''] = resource.split(':');
  if (table === 'dynamodb') return callTable(options.table, verb, request.arguments);
  throw unknownResource(request.resource, 'only aws-sdk:<service>:<action>, lambda:invoke and dynamodb:<action> are');
}

async function callCloud(
  { cloud, clock, remote }: DispatcherOptions,
  service: string,
  action: string,
  input: Json,
): Promise<Json> {
  const calls = ownMember(cloud, service);
  const call = ownMember(calls, action);
  if (typeof call !== 'function')
    throw unknownResource(`aws-sdk:${service}:${action}`, 'the calls of the Cloud port are');
  const called = async () => sdkOutputToJson(await Reflect.apply(call, calls, [sdkInput(input)]));
  try {
    return await (remote ? clock.busy(called()) : called());
  } catch (error) {
    throw awsTaskFailure(service, error);
  }
}

/** A JSON object where the SDK wants a body is its text, as Step Functions sends it. */
function sdkInput(input: Json): Json {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return {};
  const { Body } = input;
  return typeof Body === 'object' && Body !== null ? { ...input, Body: JSON.stringify(Body) } : input;
}

async function invokeLambda(options: DispatcherOptions, request: TaskRequest): Promise<Json> {
  const { lambdas, clock } = options;
  const name = functionName(member(request.arguments, 'FunctionName'));
  const handler = Object.hasOwn(lambdas, name) ? lambdas[name] : undefined;
  if (handler === undefined) return invokeOnAws(options, request);
  try {
    const payload = await handler(member(request.arguments, 'Payload') ?? {}, { signal: request.signal, clock });
    return { ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 };
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    throw lambdaFailure(error);
  }
}

const functionError = z.object({ errorType: z.string().default('Unhandled') });

/** A function that is none of ours: a hook of the policy. */
async function invokeOnAws({ cloud, clock, remote }: DispatcherOptions, request: TaskRequest): Promise<Json> {
  const FunctionName = member(request.arguments, 'FunctionName');
  const Payload = JSON.stringify(member(request.arguments, 'Payload') ?? {});
  const invoked = cloud.lambda.invoke({ FunctionName: typeof FunctionName === 'string' ? FunctionName : '', Payload });
  try {
    const { FunctionError, Payload: answer } = await (remote ? clock.busy(invoked) : invoked);
    const text = answer === undefined ? '' : answer.transformToString();
    const payload: Json = text === '' ? null : JSON.parse(text);
    if (FunctionError === undefined) return { StatusCode: 200, Payload: payload };
    // As Step Functions names it: by the type of the error that the function threw.
    throw new TaskFailure(functionError.safeParse(payload).data?.errorType ?? FunctionError, text);
  } catch (error) {
    throw awsTaskFailure('lambda', error);
  }
}

/** `name`, `name:alias`, or `arn:aws:lambda:region:account:function:name[:alias]`. */
function functionName(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : '';
  const parts = text.split(':');
  return (text.startsWith('arn:') ? parts[6] : parts[0]) ?? '';
}

/** What Lambda's runtime for Node makes of a handler that threw. */
function lambdaFailure(error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  if (!(error instanceof Error)) {
    return new TaskFailure(
      'Error',
      JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] }),
    );
  }
  const trace = error.stack?.split('\n').map((line) => line.trim()) ?? [];
  return new TaskFailure(error.name, JSON.stringify({ errorType: error.name, errorMessage: error.message, trace }));
}

async function callTable(table: ItemTable, verb: string, input: Json): Promise<Json> {
  switch (verb) {
    case 'getItem':
      return table.getItem(input);
    case 'putItem':
      return table.putItem(input);
    case 'updateItem':
      return table.updateItem(input);
    case 'deleteItem':
      return table.deleteItem(input);
    default:
      throw unknownResource(`dynamodb:${verb}`, 'getItem, putItem, updateItem and deleteItem are');
  }
}

/** The same calls through the SDK integration, which spells the service's name in its own way. */
async function callTableAsSdk(table: ItemTable, verb: string, input: Json): Promise<Json> {
  try {
    return await callTable(table, verb, input);
  } catch (error) {
    if (!(error instanceof TaskFailure)) throw error;
    throw new TaskFailure(error.error.replace(/^DynamoDB\./, 'DynamoDb.'), error.cause);
  }
}

function unknownResource(resource: string, known: string): TaskFailure {
  return new TaskFailure('States.Runtime', `The embedded engine cannot call ${resource}: ${known} known to it.`);
}

function member(value: Json, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? value[name]
    : undefined;
}

/** A member of a port, which may be a plain object, a class's instance or a proxy; never what every object inherits. */
function ownMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || name in Object.prototype) return undefined;
  return Reflect.get(value, name);
}

async function unlessAborted<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let giveUp: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([call(), aborted]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
