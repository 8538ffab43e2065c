import { describe, expect, it } from 'vitest';
import { type Json, StoppedExecution, TaskFailure, type TaskRequest } from '../../src/interpreter/index.ts';
import { detailsOf, Killed, MemoryJournal, machine, run, types, VirtualClock } from './world.ts';

const callback = (more: { [field: string]: Json } = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
  Arguments: { token: '{% $states.context.Task.Token %}' },
  End: true,
  ...more,
});
const never = () => new Promise<Json>(() => {});

describe('an execution that is stopped', () => {
  it('ends ABORTED with error and cause, without any Catch', async () => {
    const stop = new AbortController();
    const tasks = {
      'sendMessage.waitForTaskToken': () => {
        queueMicrotask(() => stop.abort(new StoppedExecution('Operator', 'enough')));
        return never();
      },
    };
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'C' }];
    const outcome = await run(
      machine({ T: callback({ Catch }), C: { Type: 'Pass', End: true } }),
      {},
      { tasks, signal: stop.signal },
    );
    expect(outcome.result).toEqual({ status: 'ABORTED', error: 'Operator', cause: 'enough' });
    expect(types(outcome).slice(-2)).toEqual(['TaskStarted', 'ExecutionAborted']);
    expect(outcome.events.at(-1)).toMatchObject({ previousEventId: 0 });
  });

  it('rejects and records nothing when the engine shuts down', async () => {
    const shutdown = new AbortController();
    const journal = new MemoryJournal(new VirtualClock());
    const tasks = {
      'sendMessage.waitForTaskToken': () => {
        queueMicrotask(() => shutdown.abort(new Error('shutting down')));
        return never();
      },
    };
    const running = run(machine({ T: callback() }), {}, { tasks, journal, signal: shutdown.signal });
    await expect(running).rejects.toThrow('shutting down');
    expect(journal.events.at(-1)?.type).toBe('TaskStarted');
  });
});

describe('TimeoutSeconds of the state machine', () => {
  const slow = machine({ W: { Type: 'Wait', Seconds: 60, End: true } }, { TimeoutSeconds: 30 });

  it('ends the execution TIMED_OUT', async () => {
    const outcome = await run(slow);
    expect(outcome.result).toEqual({ status: 'TIMED_OUT' });
    expect(types(outcome)).toEqual(['ExecutionStarted', 'WaitStateEntered', 'ExecutionTimedOut']);
    expect(outcome.clock.now() - Date.parse('2026-03-10T02:00:00Z')).toBe(30_000);
  });

  it('counts from the recorded start when the execution was cut off', async () => {
    const journal = new MemoryJournal(new VirtualClock(), [], 2);
    await expect(run(slow, {}, { journal })).rejects.toThrow(Killed);
    const clock = new VirtualClock(Date.parse('2026-03-10T02:00:20Z'));
    expect((await run(slow, {}, { clock, recorded: journal.events })).result).toEqual({ status: 'TIMED_OUT' });
    expect(clock.now()).toBe(Date.parse('2026-03-10T02:00:30Z'));
  });
});

describe('a Task that waits for a token', () => {
  it('has the token in its arguments and its request', async () => {
    const seen: TaskRequest[] = [];
    const tasks = {
      'sendMessage.waitForTaskToken': (_args: Json, request: TaskRequest) => {
        seen.push(request);
        request.onSubmitted?.({ MessageId: 'm' });
        return 'approved';
      },
    };
    const outcome = await run(machine({ T: callback({ HeartbeatSeconds: 10 }) }), {}, { tasks });
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: 'approved' });
    expect(seen[0]?.arguments).toEqual({ token: seen[0]?.taskToken });
    expect(seen[0]?.heartbeatMs).toBe(10_000);
    expect(types(outcome).slice(2, 6)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
    expect(detailsOf(outcome, 'TaskScheduled')).toMatchObject({
      resource: 'sendMessage.waitForTaskToken',
      resourceType: 'sqs',
      heartbeatInSeconds: 10,
    });
  });

  it('fails with States.HeartbeatTimeout when the host says that no heartbeat came', async () => {
    const tasks = {
      'sendMessage.waitForTaskToken': () => {
        throw new TaskFailure('States.HeartbeatTimeout', '');
      },
    };
    const outcome = await run(machine({ T: callback({ HeartbeatSeconds: 10 }) }), {}, { tasks });
    expect(outcome.result).toEqual({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
    expect(types(outcome)).toContain('TaskTimedOut');
  });

  it('keeps token, submission and what is left of its time when the execution was cut off', async () => {
    const definition = machine({ T: callback({ TimeoutSeconds: 100 }) });
    const requests: TaskRequest[] = [];
    const tasks = {
      'sendMessage.waitForTaskToken': (_args: Json, request: TaskRequest) => {
        requests.push(request);
        if (request.submitted === undefined) request.onSubmitted?.({ MessageId: 'm' });
        return never();
      },
    };
    const clock = new VirtualClock();
    const journal = new MemoryJournal(clock, [], 5);
    await expect(run(definition, {}, { clock, journal, tasks })).rejects.toThrow(Killed);
    expect(types(journal)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
    ]);
    const later = new VirtualClock(Date.parse('2026-03-10T02:01:30Z'));
    const outcome = await run(definition, {}, { clock: later, recorded: journal.events, tasks });
    expect(requests[1]).toMatchObject({ taskToken: requests[0]?.taskToken, submitted: { MessageId: 'm' } });
    expect(outcome.result).toEqual({ status: 'FAILED', error: 'States.Timeout' });
    expect(later.now()).toBe(Date.parse('2026-03-10T02:01:40Z'));
  });
});

describe('a Lambda function named by its own ARN', () => {
  const states = { T: { Type: 'Task', Resource: 'arn:aws:lambda:eu-central-1:1:function:plan', End: true } };

  it('has the events of Lambda, and gets the input of the state without Arguments', async () => {
    const outcome = await run(machine(states), { a: 1 }, { tasks: { plan: (args) => args } });
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: { a: 1 } });
    expect(types(outcome).slice(2, 5)).toEqual([
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
    ]);
    expect(detailsOf(outcome, 'LambdaFunctionScheduled')).toEqual({
      input: '{"a":1}',
      inputDetails: { truncated: false },
      resource: 'arn:aws:lambda:eu-central-1:1:function:plan',
    });
  });

  it('records its failure with error and cause', async () => {
    const fail = () => {
      throw new TaskFailure('Exception', '{"errorMessage":"no"}');
    };
    const outcome = await run(machine(states), {}, { tasks: { plan: fail } });
    expect(detailsOf(outcome, 'LambdaFunctionFailed')).toEqual({ error: 'Exception', cause: '{"errorMessage":"no"}' });
  });
});

describe('previousEventId', () => {
  const links = async (json: Json, input: Json = {}) =>
    (await run(json, input)).events.map(({ id, previousEventId, type }) => [id, previousEventId, type]);

  it('ties iterations and joins of a Map as Step Functions does', async () => {
    const ItemProcessor = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
    expect(await links(machine({ M: { Type: 'Map', MaxConcurrency: 1, ItemProcessor, End: true } }), [1, 2])).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'MapStateEntered'],
      [3, 2, 'MapStateStarted'],
      [4, 3, 'MapIterationStarted'],
      [5, 4, 'PassStateEntered'],
      [6, 5, 'PassStateExited'],
      [7, 6, 'MapIterationSucceeded'],
      [8, 6, 'MapIterationStarted'],
      [9, 8, 'PassStateEntered'],
      [10, 9, 'PassStateExited'],
      [11, 10, 'MapIterationSucceeded'],
      [12, 11, 'MapStateSucceeded'],
      [13, 11, 'MapStateExited'],
      [14, 13, 'ExecutionSucceeded'],
    ]);
  });

  it('of an EvaluationFailed is what came before the state, but in a Wait the state itself', async () => {
    const pass = { Type: 'Pass', Output: '{% $no %}', End: true };
    expect((await links(machine({ A: { Type: 'Pass', Next: 'P' }, P: pass }))).slice(-3)).toEqual([
      [4, 3, 'PassStateEntered'],
      [5, 3, 'EvaluationFailed'],
      [6, 5, 'ExecutionFailed'],
    ]);
    const wait = { Type: 'Wait', Timestamp: '{% "today" %}', End: true };
    expect((await links(machine({ W: wait }))).slice(-2)).toEqual([
      [3, 2, 'EvaluationFailed'],
      [4, 3, 'ExecutionFailed'],
    ]);
  });
});
