import type { Resource, TaskState } from '../definition/types.ts';
import { uuidOf } from '../jsonata/moment.ts';
import { type HistoryEvent, type Json, TaskFailure, type TaskRequest } from '../ports.ts';
import { abortable, linked } from './abort.ts';
import { recordedFailure, StateFailure } from './failure.ts';
import { type Payload, recordedPayload, resultOf } from './payload.ts';
import { withRetryAndCatch } from './retry.ts';
import type { Strand } from './strand.ts';
import { eventsOf, type Limits, type TaskEvents } from './task-events.ts';
import type { Transition, Visit } from './visit.ts';

const LONGEST_SECONDS = 99_999_999;

/** Runs a Task: schedules it, hands it to the host, records how it ended. */
export function runTask(visit: Visit, state: TaskState): Promise<Transition> {
  return withRetryAndCatch(visit, state, async () => {
    const result = await attempt(visit, state);
    return visit.exit(state.next, () => visit.produce(state, result, { result: result.value }));
  });
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
  const repeated = strand.peek() !== undefined;
  const started = events.started();
  const submission = strand.peek();
  const submitted = submission?.type === 'TaskSubmitted' ? recordedPayload(submission, 'output').value : undefined;
  if (submitted !== undefined) strand.append('TaskSubmitted');
  const outcome = recordedOutcome(strand);
  return outcome ?? (await call(visit, resource, args.value, limits, events, { started, submitted, repeated }));
}

/** The outcome that is on record already, if it is: the task is then not run again. */
function recordedOutcome(strand: Strand): Payload | undefined {
  const recorded = strand.peek();
  if (recorded === undefined) return undefined;
  if (/^(Task|LambdaFunction)Succeeded$/.test(recorded.type)) {
    strand.append(recorded.type);
    return recordedPayload(recorded, 'output');
  }
  if (!/^(Task|LambdaFunction)(Failed|TimedOut)$/.test(recorded.type)) return undefined;
  strand.append(recorded.type);
  throw recordedFailure(recorded);
}

/** What is on record of a call that has not ended. */
interface Begun {
  started: HistoryEvent;
  submitted: Json | undefined;
  /** The call may have been made already, before the execution was cut off. */
  repeated: boolean;
}

async function call(
  visit: Visit,
  resource: Resource,
  args: Json,
  limits: Limits,
  events: TaskEvents,
  begun: Begun,
): Promise<Payload> {
  const { strand, taskToken } = visit;
  await strand.edge();
  let known = begun.submitted !== undefined;
  const onSubmitted = (output: Json) => {
    // Once, and not after the call ended: a late word would stand between events of the next state.
    if (!known) events.submitted(resultOf(output, resource.arn));
    known = true;
  };
  const request = {
    resource: resource.arn,
    arguments: args,
    stateName: visit.state.name,
    executionArn: strand.run.identity.executionArn,
    ...(limits.heartbeatSeconds === undefined ? {} : { heartbeatMs: limits.heartbeatSeconds * 1000 }),
    ...(taskToken === undefined ? {} : { taskToken }),
    ...(begun.submitted === undefined ? {} : { submitted: begun.submitted }),
    ...(begun.repeated ? { repeated: true as const } : {}),
    ...(resource.goesOn ? { onSubmitted } : {}),
  };
  try {
    // What goes on outside (a token that is waited for, a job that was accepted) has its time from its recorded start on, for the
    // world did not stop with the execution; a call that has to be made again has all of it once more.
    const goesOn = taskToken !== undefined || begun.submitted !== undefined;
    const result = await withinTime(
      strand,
      request,
      limits.timeoutSeconds,
      goesOn ? begun.started.timestamp : undefined,
    );
    known = true;
    const output = resultOf(result, resource.arn);
    events.succeeded(output);
    return output;
  } catch (error) {
    known = true;
    strand.signal.throwIfAborted();
    if (!(error instanceof TaskFailure || error instanceof StateFailure)) throw error;
    const failure = new StateFailure(error.error, error.cause === '' ? undefined : error.cause);
    events.failed(failure);
    throw failure;
  }
}

/** One for all tasks: an error takes a stack with it, and nobody reads this one. */
const ENDED = new Error('the task ended');

/** Hands a call to the host and gives it its time, from `from` on (in ms) or from now. Throws a TaskFailure, States.Timeout after that. */
export async function withinTime(
  strand: Strand,
  request: Omit<TaskRequest, 'signal'>,
  timeoutSeconds: number | undefined,
  from?: number,
): Promise<Json> {
  const { host } = strand.run;
  if (timeoutSeconds === undefined) {
    return abortable(host.runTask({ ...request, signal: strand.signal }), strand.signal);
  }
  const now = host.clock.now();
  const work = linked(strand.signal);
  const timer = linked(strand.signal);
  const timeout = host.clock.sleep(Math.max(0, (from ?? now) + timeoutSeconds * 1000 - now), timer.signal).then(() => {
    throw new TaskFailure('States.Timeout', '');
  });
  // The race below may never begin to listen, when the host throws at once.
  timeout.catch(() => {});
  try {
    return await Promise.race([abortable(host.runTask({ ...request, signal: work.signal }), strand.signal), timeout]);
  } catch (error) {
    work.abort(error);
    throw error;
  } finally {
    timer.abort(ENDED);
    timer.release();
    work.release();
  }
}
