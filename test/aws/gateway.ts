/**
 * A server in front of Moto: it hands every request on as it is, answers the few calls that Moto lacks, mends what
 * Moto does unlike AWS (README.md lists both, with the reasons), and keeps a record of all calls in their order.
 */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { S3 } from '@aws-sdk/client-s3';
import { clientSettings } from './clients.ts';
import { type Listening, listen } from './listen.ts';
import type { Clock, Machines } from './machines.ts';
import { Membership } from './membership.ts';
import { RootVolumes } from './root-volumes.ts';
import { SystemsManager } from './systems-manager.ts';
import { type Answer, type ApiCall, ApiError, errorAnswer, jsonAnswer, queryAnswer, readCall } from './wire.ts';

/** A call that went through. `status` is the answer's, 0 until there is one; `at` in milliseconds since 1970. */
export interface RecordedCall extends ApiCall {
  at: number;
  status: number;
}

export interface Gateway extends Listening {
  /** Every call since the gateway was started, in the order in which they came in. */
  calls: readonly RecordedCall[];
  systemsManager: SystemsManager;
  /** From now on the call (`ssm:SendCommand`) is refused, as AWS does without the permission. */
  deny(call: string): void;
  /** Puts something that is no AWS call into the record: a health check, say. */
  record(call: RecordedCall): void;
  /** Tells `listener` of each call once it is answered, and holds the answer back until it is done: what AWS does in consequence. */
  onAnswered(listener: (call: RecordedCall) => Promise<void>): void;
}

/** Starts a gateway on a free loopback port. `moto` is the URL of the server behind it; `clock` that of the machines. */
export async function startGateway(moto: string, machines: Machines, clock: Clock): Promise<Gateway> {
  const ec2 = new EC2(clientSettings(moto));
  const systemsManager = new SystemsManager(
    machines,
    ec2,
    new S3({ ...clientSettings(moto), forcePathStyle: true }),
    clock,
  );
  const rootVolumes = new RootVolumes(machines, ec2, clock);
  const membership = new Membership(
    new AutoScaling(clientSettings(moto)),
    new ElasticLoadBalancingV2(clientSettings(moto)),
  );
  const calls: RecordedCall[] = [];
  const denied = new Set<string>();
  let lastChange: Promise<unknown> = Promise.resolve();
  const listeners: ((call: RecordedCall) => Promise<void>)[] = [];

  /** The answer to a call that Moto lacks; undefined when Moto is to answer. */
  async function answerHere(call: ApiCall): Promise<Answer | undefined> {
    const name = `${call.service}:${call.action}`;
    if (denied.has(name)) throw accessDenied(call);
    if (call.service === 'ssm') {
      const output = await systemsManager.handlers[call.action]?.(call.input);
      return output === undefined ? undefined : jsonAnswer(output);
    }
    if (call.service === 'ec2') return rootVolumes.handlers[call.action]?.(call.input);
    // No refresh was ever started on a group of Moto's: it has no such call either.
    if (name === 'autoscaling:DescribeInstanceRefreshes') return queryAnswer(call.action, '<InstanceRefreshes/>');
    await membership.refuse(call);
    return undefined;
  }

  async function handOn(call: ApiCall, request: IncomingMessage, body: Buffer): Promise<Forwarded> {
    const answer = await forward(moto, request, body);
    if (answer.status !== 200) return answer;
    if (call.service === 'ssm' && call.action === 'SendCommand') {
      await systemsManager.commandSent(call.input, JSON.parse(answer.body.toString('utf8')));
    }
    await membership.settle(call);
    return answer;
  }

  /** Changes of a group's members go one after the other: two at once, and Moto's threads mix them up. */
  async function inTurn<T>(call: ApiCall, work: () => Promise<T>): Promise<T> {
    if (!membership.isChange(call)) return work();
    const mine = lastChange.then(work);
    lastChange = mine.catch(() => {});
    return mine;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const call = readCall(request.method ?? 'GET', request.url ?? '/', request.headers, body);
    const recorded: RecordedCall = { ...call, at: Date.now(), status: 0 };
    calls.push(recorded);
    try {
      const answer = await inTurn(call, async () => (await answerHere(call)) ?? (await handOn(call, request, body)));
      recorded.status = answer.status;
      for (const listener of listeners) await listener(recorded);
      send(response, answer);
    } catch (error) {
      const answer = errorAnswer(call, asApiError(error));
      recorded.status = answer.status;
      send(response, answer);
    }
  }

  const listening = await listen((request, response) => void serve(request, response));
  return {
    ...listening,
    calls,
    systemsManager,
    deny: (call) => denied.add(call),
    record: (call) => calls.push(call),
    onAnswered: (listener) => listeners.push(listener),
  };
}

/** An answer of Moto's, as it came. */
interface Forwarded {
  status: number;
  rawHeaders: string[];
  body: Buffer;
}

async function forward(moto: string, request: IncomingMessage, body: Buffer): Promise<Forwarded> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = { method: request.method, headers: request.rawHeaders };
  httpRequest(new URL(request.url ?? '/', moto), options, resolve)
    .on('error', reject)
    .end(body);
  const answer = await promise;
  return { status: answer.statusCode ?? 502, rawHeaders: answer.rawHeaders, body: await buffer(answer) };
}

function send(response: ServerResponse, answer: Answer | Forwarded): void {
  const own = (contentType: string) => ['content-type', contentType, 'x-amzn-requestid', 'gateway'];
  const headers = 'rawHeaders' in answer ? answer.rawHeaders : own(answer.contentType);
  response.writeHead(answer.status, headers).end(answer.body);
}

function accessDenied(call: ApiCall): ApiError {
  const message = `User: arn:aws:iam::123456789012:user/test is not authorized to perform: ${call.service}:${call.action}`;
  if (call.service === 'ec2') return new ApiError('UnauthorizedOperation', message, 403);
  if (call.service === 'ssm') return new ApiError('AccessDeniedException', message, 400);
  return new ApiError('AccessDenied', message, 403);
}

/** An error of Moto's to a call of the gateway's own keeps its code; what the gateway stumbled over is said in words. */
function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Error && '$metadata' in error) return new ApiError(error.name, error.message);
  return new ApiError('ValidationError', `the gateway failed: ${String(error)}`);
}
