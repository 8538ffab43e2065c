/**
 * Moto's Step Functions executor: an engine nobody here wrote. executor.py starts it and mends what would stop it; what it asks of the
 * test (to evaluate JSONata, to let time pass, where a service answers, to invoke a function) is answered here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SFN } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import type { Json } from '../../../src/interpreter/ports.ts';
import { definition, EMBEDDED_NAMES, type StateMachineName } from '../../../statemachine/definitions.ts';
import { clientSettings } from '../clients.ts';
import { listen } from '../listen.ts';
import { startMoto } from '../moto.ts';
import { evaluate } from './evaluate.ts';
import type { Surroundings } from './surroundings.ts';

export interface Started {
  machine: StateMachineName;
  name: string;
  input: unknown;
}

/** How an execution ended; what there is not of output, error and cause is undefined. */
export interface Ended {
  status: string | undefined;
  output: unknown;
  error: string | undefined;
  cause: string | undefined;
}

export interface Executor extends AsyncDisposable {
  /** Where Moto answers, Step Functions and all other services. */
  url: string;
  /** Runs one execution to its end; one at a time. */
  run(started: Started, surroundings: Surroundings): Promise<Ended>;
}

const script = fileURLToPath(new URL('executor.py', import.meta.url));
const ROLE = 'arn:aws:iam::123456789012:role/states';

/** Starts Moto with the executor switched on. `python` has Moto's modules. */
export async function startExecutor(python: string): Promise<Executor> {
  let current: Surroundings | undefined;
  const answering = await listen((request, response) => void answer(request, response, answering.url, current));
  const moto = await startMoto({ command: python, args: [script, answering.url] });
  const config = { stepfunctions: { execute_state_machine: true } };
  await fetch(`${moto.url}/moto-api/config`, { method: 'POST', body: JSON.stringify(config) });
  const sfn = new SFN(clientSettings(moto.url));
  const arns = new Map<StateMachineName, string>();
  const arnOf = async (machine: StateMachineName): Promise<string> => {
    const known = arns.get(machine);
    if (known !== undefined) return known;
    const names =
      machine === 'window' ? { ...EMBEDDED_NAMES, RolloutStateMachine: await arnOf('rollout') } : EMBEDDED_NAMES;
    const text = JSON.stringify(definition(machine, names));
    const { stateMachineArn = '' } = await sfn.createStateMachine({ name: machine, definition: text, roleArn: ROLE });
    arns.set(machine, stateMachineArn);
    return stateMachineArn;
  };
  return {
    url: moto.url,
    run: async ({ machine, name, input }, surroundings) => {
      current = surroundings;
      surroundings.sendTaskSuccess = (answered) => sfn.sendTaskSuccess(answered);
      const stateMachineArn = await arnOf(machine);
      const begun = await sfn.startExecution({ stateMachineArn, name, input: JSON.stringify(input) });
      return ended(sfn, begun.executionArn);
    },
    [Symbol.asyncDispose]: async () => {
      sfn.destroy();
      await moto[Symbol.asyncDispose]();
      await answering[Symbol.asyncDispose]();
    },
  };
}

async function ended(sfn: SFN, executionArn: string | undefined): Promise<Ended> {
  for (;;) {
    const { status, output, error, cause } = await sfn.describeExecution({ executionArn });
    if (status !== 'RUNNING')
      return { status, output: output === undefined ? undefined : JSON.parse(output), error, cause };
    await sleep(100);
  }
}

const question = z.object({
  expression: z.string().default(''),
  variables: z.record(z.string(), z.json()).default({}),
  seconds: z.number().default(0),
  service: z.string().default(''),
});

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  here: string,
  surroundings: Surroundings | undefined,
): Promise<void> {
  const body: unknown = JSON.parse(await text(request));
  const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '')?.[1];
  try {
    if (surroundings === undefined) throw new Error('no execution is under way');
    const answered =
      invoked === undefined ? answerTo(request.url, body, here, surroundings) : invoke(invoked, body, surroundings);
    response.end(JSON.stringify(await answered));
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    // A function that threw is an answer too.
    response.writeHead(invoked === undefined ? 500 : 200, { 'x-amz-function-error': 'Unhandled' });
    response.end(JSON.stringify({ errorType: name, errorMessage: message }));
  }
}

async function answerTo(what: string | undefined, body: unknown, here: string, { clock, fleet }: Surroundings) {
  const { expression, variables, seconds, service } = question.parse(body);
  switch (what) {
    case '/jsonata':
      return evaluate(expression, variables, clock.now());
    case '/wait':
      return (await clock.run(clock.sleep(seconds * 1000))) ?? {};
    case '/endpoint':
      return { url: service === 'lambda' ? here : fleet.gateway.url };
    default:
      throw new Error(`nobody asks for ${what}`);
  }
}

async function invoke(name: string, body: unknown, { clock, lambdas }: Surroundings): Promise<Json> {
  const handler = lambdas[decodeURIComponent(name)];
  if (handler === undefined) throw new Error(`there is no function ${name}`);
  return clock.run(handler(z.json().parse(body), { signal: new AbortController().signal, clock }));
}
