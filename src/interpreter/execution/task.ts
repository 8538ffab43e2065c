import type { Resource, TaskState } from '../definition/types.ts';
import { uuidOf } from '../jsonata/moment.ts';
import { type HistoryEvent, type Json, TaskFailure, type TaskRequest } from '../ports.ts';
import { abortable, linked } from './abort.ts';
import { errorDetails, StateFailure } from './failure.ts';
import { type Payload, payloadOf, recordedPayload, resultOf } from './payload.ts';
import { withRetryAndCatch } from './retry.ts';
import type { Strand } from './strand.ts';
import { NOT_TRUNCATED, type Transition, type Visit } from './visit.ts';

const LONGEST_SECONDS = 99_999_999;

/** Runs a Task: schedules it, hands it to the host, records how it ended. */
export function runTask(visit: Visit, state: TaskState): Promise<Transition> {
  return withRetryAndCatch(visit, state, async () => {
    const result = await attempt(visit, state);
    return visit.exit(state.next, () => visit.produce(state, result, { result: result.value }));
  });
}

interface Limits {
  timeoutSeconds: number | undefined;
  heartbeatSeconds: number | undefined;
}

async function attempt(visit: Visit, state: TaskState): Promise<Payload> {
  const { strand } = visit;
  const { resource } = state;
  visit.taskToken = resource.waitsForToken ? uuidOf(`task token|${strand.place}`) : undefined;
  const limits: Limits = {
    timeoutSeconds:
      state.timeoutSeconds && (await visit.wholeNumber(state.timeoutSeconds, 'TimeoutSeconds', 1, LONGEST_SECONDS)),
    heartbeatSeconds:
      state.heartbeatSeconds &&
      (await visit.wholeNumber(state.heartbeatSeconds, 'HeartbeatSeconds', 1, LONGEST_SECONDS)),
  };
  const args =
    state.arguments === undefined ? visit.input : resultOf(await visit.evaluate(state.arguments), state.name);
  const events = eventsOf(strand, resource);
  events.scheduled(args, limits);
  const started = events.started();
  const submitted = strand.peek()?.type === 'TaskSubmitted';
  if (submitted) strand.append('TaskSubmitted');
  const outcome = recordedOutcome(strand);
  return outcome ?? (await call(visit, state.resource, args.value, limits, events, { started, submitted }));
}

/** The outcome that is on record already, if it is: the task is then not run again. */
function recordedOutcome(strand: Strand): Payload | undefined {
  const recorded = strand.peek();
  if (recorded === undefined) return undefined;
  const value = recorded.details?.value ?? {};
  if (/^(Task|LambdaFunction)Succeeded$/.test(recorded.type)) {
    strand.append(recorded.type);
    return recordedPayload(recorded, 'output');
  }
  if (!/^(Task|LambdaFunction)(Failed|TimedOut)$/.test(recorded.type)) return undefined;
  strand.append(recorded.type);
  throw new StateFailure(textIn(value, 'error'), textIn(value, 'cause'));
}

function textIn(value: { [key: string]: Json }, member: string): string | undefined {
  const text = value[member];
  return typeof text === 'string' ? text : undefined;
}

async function call(
  visit: Visit,
  resource: Resource,
  args: Json,
  limits: Limits,
  events: TaskEvents,
  recorded: { started: HistoryEvent; submitted: boolean },
): Promise<Payload> {
  const { strand, taskToken } = visit;
  await strand.edge();
  const request = {
    resource: resource.arn,
    arguments: args,
    stateName: visit.state.name,
    executionArn: strand.run.identity.executionArn,
    ...(limits.heartbeatSeconds === undefined ? {} : { heartbeatMs: limits.heartbeatSeconds * 1000 }),
    ...(taskToken === undefined
      ? {}
      : {
          taskToken,
          submitted: recorded.submitted,
          onSubmitted: (output: Json) => events.submitted(payloadOf(output)),
        }),
  };
  try {
    const result = await withinTime(strand, request, limits.timeoutSeconds, recorded.started);
    const output = resultOf(result, resource.arn);
    events.succeeded(output);
    return output;
  } catch (error) {
    strand.signal.throwIfAborted();
    if (!(error instanceof TaskFailure || error instanceof StateFailure)) throw error;
    const failure = new StateFailure(error.error, error.cause === '' ? undefined : error.cause);
    events.failed(failure);
    throw failure;
  }
}

/**
 * Hands the task to the host and gives it its time. A task that waits for a token has it from its recorded start on, because the world
 * went on while nobody ran the execution; one that has to be called again has all of it once more.
 */
async function withinTime(
  strand: Strand,
  request: Omit<TaskRequest, 'signal'>,
  timeoutSeconds: number | undefined,
  started: HistoryEvent,
): Promise<Json> {
  const { host } = strand.run;
  if (timeoutSeconds === undefined) {
    return abortable(host.runTask({ ...request, signal: strand.signal }), strand.signal);
  }
  const from = request.taskToken === undefined ? host.clock.now() : started.timestamp;
  const work = linked(strand.signal);
  const timer = linked(strand.signal);
  const timeout = host.clock
    .sleep(Math.max(0, from + timeoutSeconds * 1000 - host.clock.now()), timer.signal)
    .then(() => {
      throw new TaskFailure('States.Timeout', '');
    });
  try {
    return await Promise.race([abortable(host.runTask({ ...request, signal: work.signal }), strand.signal), timeout]);
  } catch (error) {
    work.abort(error);
    throw error;
  } finally {
    timer.abort(new Error('the task ended'));
    timer.release();
    work.release();
  }
}

interface TaskEvents {
  scheduled(args: Payload, limits: Limits): void;
  started(): HistoryEvent;
  submitted(output: Payload): void;
  succeeded(output: Payload): void;
  failed(failure: StateFailure): void;
}

/** Lambda functions named by their own ARN have events of their own; everything else has the Task… ones. */
function eventsOf(strand: Strand, resource: Resource): TaskEvents {
  return resource.kind === 'function' ? functionEvents(strand, resource) : integrationEvents(strand, resource);
}

function integrationEvents(strand: Strand, resource: Resource): TaskEvents {
  const who = { resource: resource.name, resourceType: resource.type };
  const output = ({ text }: Payload) => ({ output: text, outputDetails: NOT_TRUNCATED, ...who });
  return {
    scheduled: (args, limits) =>
      strand.append('TaskScheduled', {
        parameters: args.text,
        region: strand.run.region,
        ...who,
        ...inSeconds(limits),
      }),
    started: () => strand.append('TaskStarted', who),
    submitted: (payload) => strand.append('TaskSubmitted', output(payload)),
    succeeded: (payload) => strand.append('TaskSucceeded', output(payload)),
    failed: (failure) =>
      strand.append(isTimeout(failure) ? 'TaskTimedOut' : 'TaskFailed', { ...errorDetails(failure), ...who }),
  };
}

function functionEvents(strand: Strand, resource: Resource): TaskEvents {
  return {
    scheduled: (args, { timeoutSeconds }) =>
      strand.append('LambdaFunctionScheduled', {
        input: args.text,
        inputDetails: NOT_TRUNCATED,
        resource: resource.arn,
        ...inSeconds({ timeoutSeconds, heartbeatSeconds: undefined }),
      }),
    started: () => strand.append('LambdaFunctionStarted'),
    submitted: () => {},
    succeeded: ({ text }) => strand.append('LambdaFunctionSucceeded', { output: text, outputDetails: NOT_TRUNCATED }),
    failed: (failure) =>
      strand.append(isTimeout(failure) ? 'LambdaFunctionTimedOut' : 'LambdaFunctionFailed', errorDetails(failure)),
  };
}

function inSeconds({ timeoutSeconds, heartbeatSeconds }: Limits): { [key: string]: Json } {
  return {
    ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
  };
}

function isTimeout({ error }: StateFailure): boolean {
  return error === 'States.Timeout' || error === 'States.HeartbeatTimeout';
}
