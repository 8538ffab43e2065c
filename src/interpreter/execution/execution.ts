import type { Definition } from '../definition/types.ts';
import { type ExecutionIdentity, type ExecutionResult, type Host, StoppedExecution } from '../ports.ts';
import { ExecutionTimedOut, type Linked, linked } from './abort.ts';
import { errorDetails, StateFailure } from './failure.ts';
import { payloadOf } from './payload.ts';
import { runProgram } from './program.ts';
import { type Run, Strand } from './strand.ts';
import { NOT_TRUNCATED } from './visit.ts';

/**
 * Runs one execution to its end, or on from where its journal stops, and gives how it ended.
 * Rejects, and records nothing, when `host.signal` is aborted with anything but a StoppedExecution, and when host or journal
 * themselves fail: the execution is then to be run again over the same journal.
 */
export async function runExecution(
  definition: Definition,
  identity: ExecutionIdentity,
  host: Host,
): Promise<ExecutionResult> {
  const life = linked(host.signal);
  const input = payloadOf(identity.input);
  const main = new Strand(runOf(identity, host), {
    name: '',
    signal: life.signal,
    variables: {},
    previous: 0,
    now: host.clock.now(),
    mapContext: undefined,
  });
  // AWS ties the first state to 0, not to this event.
  const started = main.append(
    'ExecutionStarted',
    { input: input.text, inputDetails: NOT_TRUNCATED, roleArn: identity.roleArn },
    { advance: false },
  );
  const timer = limitTime(definition, host, started.timestamp, life);
  try {
    const output = await runProgram(main, definition, input);
    main.append('ExecutionSucceeded', { output: output.text, outputDetails: NOT_TRUNCATED });
    return { status: 'SUCCEEDED', output: output.value };
  } catch (error) {
    return ended(main, life.signal.aborted ? life.signal.reason : error);
  } finally {
    timer?.abort(new Error('the execution ended'));
    life.release();
  }
}

function limitTime(definition: Definition, host: Host, startedAt: number, life: Linked): Linked | undefined {
  if (definition.timeoutSeconds === undefined) return undefined;
  const timer = linked(life.signal);
  const left = startedAt + definition.timeoutSeconds * 1000 - host.clock.now();
  host.clock.sleep(Math.max(0, left), timer.signal).then(
    () => life.abort(new ExecutionTimedOut()),
    () => {},
  );
  return timer;
}

/** Records how an execution ended that did not succeed. Throws what is no end of the execution but a defect or a shutdown. */
function ended(main: Strand, reason: unknown): ExecutionResult {
  if (reason instanceof StateFailure) {
    const details = errorDetails(reason);
    main.append('ExecutionFailed', details);
    return { status: 'FAILED', ...details };
  }
  if (reason instanceof StoppedExecution) {
    const details = errorDetails(reason);
    main.append('ExecutionAborted', details, { previous: 0, evenAborted: true });
    return { status: 'ABORTED', ...details };
  }
  if (reason instanceof ExecutionTimedOut) {
    main.append('ExecutionTimedOut', {}, { evenAborted: true });
    return { status: 'TIMED_OUT' };
  }
  throw reason;
}

/** Takes partition, region and account from the execution's ARN. */
function runOf(identity: ExecutionIdentity, host: Host): Run {
  const [, partition = 'aws', , region = '', account = ''] = identity.executionArn.split(':');
  return { identity, host, partition, region, account };
}
