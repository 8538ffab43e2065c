import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelayMs } from '../../src/interpreter/execution/retry.ts';
import { type Json, TaskFailure } from '../../src/interpreter/index.ts';
import { detailsOf, machine, type Outcome, run, types } from './world.ts';

const task = (more: { [field: string]: Json } = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::aws-sdk:test:work',
  Arguments: { attempt: '{% $states.context.State.RetryCount %}' },
  End: true,
  ...more,
});
const caught = { Type: 'Pass', End: true };
const catching = (...errorEquals: string[]) => [{ ErrorEquals: errorEquals, Next: 'Caught' }];
const failing = (error: string, cause = 'because') => ({
  work: () => {
    throw new TaskFailure(error, cause);
  },
});

async function caughtBy(errorEquals: string, error: string): Promise<boolean> {
  const states = { T: task({ Catch: catching(errorEquals) }), Caught: caught };
  return (await run(machine(states), {}, { tasks: failing(error) })).result.status === 'SUCCEEDED';
}

describe('ErrorEquals', () => {
  it.each([
    ['My.Error', 'My.Error', true],
    ['My.Error', 'Other', false],
    ['States.ALL', 'Other', true],
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.DataLimitExceeded', false],
    ['States.ALL', 'States.Runtime', false],
    ['States.Runtime', 'States.Runtime', false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['States.TaskFailed', 'Other', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.TaskFailed', 'States.HeartbeatTimeout', false],
    ['States.HeartbeatTimeout', 'States.HeartbeatTimeout', true],
    ['States.Timeout', 'States.HeartbeatTimeout', true],
  ])('%s takes %s: %s', async (errorEquals, error, takes) => {
    expect(await caughtBy(errorEquals, error)).toBe(takes);
  });
});

describe('Catch', () => {
  it('hands on Error and Cause, and records them as the output of the state', async () => {
    const states = { T: task({ Catch: catching('States.ALL') }), Caught: caught };
    const outcome = await run(machine(states), {}, { tasks: failing('My.Error') });
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: { Error: 'My.Error', Cause: 'because' } });
    expect(types(outcome).slice(3, 6)).toEqual(['TaskStarted', 'TaskFailed', 'TaskStateExited']);
  });

  it('has its own Assign and Output, which see $states.errorOutput and $states.input', async () => {
    const catcher = {
      ErrorEquals: ['My.Error'],
      Next: 'Caught',
      Assign: { why: '{% $states.errorOutput.Cause %}' },
      Output: '{% $states.input.id %}',
    };
    const states = {
      T: task({ Catch: [catcher], Output: 'not used', Assign: { unused: 1 } }),
      Caught: { ...caught, Output: '{% [$states.input, $why, $exists($unused)] %}' },
    };
    const { result } = await run(machine(states), { id: 'i-1' }, { tasks: failing('My.Error') });
    expect(result).toEqual({ status: 'SUCCEEDED', output: ['i-1', 'because', false] });
  });

  it('takes the first catcher that matches', async () => {
    const Catch = [
      { ErrorEquals: ['A', 'B'], Next: 'Caught' },
      { ErrorEquals: ['States.ALL'], Next: 'Other' },
    ];
    const states = { T: task({ Catch }), Caught: { ...caught, Output: 1 }, Other: { ...caught, Output: 2 } };
    expect((await run(machine(states), {}, { tasks: failing('B') })).result).toMatchObject({ output: 1 });
    expect((await run(machine(states), {}, { tasks: failing('C') })).result).toMatchObject({ output: 2 });
  });
});

describe('Retry', () => {
  const gaps = ({ events }: Outcome) => {
    const at = (type: string) => events.filter((event) => event.type === type).map(({ timestamp }) => timestamp);
    const failed = at('TaskFailed');
    return at('TaskScheduled')
      .slice(1)
      .map((timestamp, i) => timestamp - (failed[i] ?? 0));
  };
  const retrying = (retrier: object, error = 'E') =>
    run(machine({ T: task({ Retry: [{ ErrorEquals: ['E'], ...retrier }] }) }), {}, { tasks: failing(error) });

  it('waits 1, 2 and 4 seconds by default, then fails', async () => {
    const outcome = await retrying({});
    expect(gaps(outcome)).toEqual([1000, 2000, 4000]);
    expect(outcome.result).toEqual({ status: 'FAILED', error: 'E', cause: 'because' });
  });

  it('multiplies the interval by the rate, up to MaxDelaySeconds', async () => {
    const outcome = await retrying({ IntervalSeconds: 3, BackoffRate: 1.5, MaxAttempts: 5, MaxDelaySeconds: 7 });
    expect(gaps(outcome)).toEqual([3000, 4500, 6750, 7000, 7000]);
  });

  it('does not retry with MaxAttempts 0, nor what it does not match', async () => {
    expect(gaps(await retrying({ MaxAttempts: 0 }))).toEqual([]);
    expect(gaps(await retrying({}, 'Other'))).toEqual([]);
  });

  it('counts the attempts of each retrier for itself, and all of them in RetryCount', async () => {
    const attempts: Json[] = [];
    const tasks = {
      work: (args: Json) => {
        attempts.push(args);
        throw new TaskFailure(attempts.length % 2 === 0 ? 'A' : 'B', '');
      },
    };
    const Retry = [
      { ErrorEquals: ['A'], MaxAttempts: 2, IntervalSeconds: 1 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 1, IntervalSeconds: 1 },
    ];
    await run(machine({ T: task({ Retry }) }), {}, { tasks });
    expect(attempts).toEqual([{ attempt: 0 }, { attempt: 1 }, { attempt: 2 }]);
  });

  it('with full jitter waits anything up to the delay, the same for the same execution', async () => {
    const jitter = { MaxAttempts: 6, JitterStrategy: 'FULL' };
    const first = gaps(await retrying(jitter));
    expect(first).toEqual(gaps(await retrying(jitter)));
    expect(new Set(first).size).toBe(6);
    first.forEach((gap, i) => {
      expect(gap).toBeLessThanOrEqual(1000 * 2 ** i);
    });
  });

  it('never waits longer than the cap, nor less than nothing', () => {
    const retriers = fc.record({
      errorEquals: fc.constant(['States.ALL']),
      intervalSeconds: fc.integer({ min: 1, max: 1000 }),
      maxAttempts: fc.constant(100),
      backoffRate: fc.double({ min: 1, max: 10, noNaN: true }),
      maxDelaySeconds: fc.integer({ min: 1001, max: 5000 }),
      jitter: fc.constantFrom('FULL' as const, 'NONE' as const),
    });
    fc.assert(
      fc.property(
        retriers,
        fc.nat(100),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (retrier, made, dice) => {
          const delay = retryDelayMs(retrier, made, () => dice);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(retrier.maxDelaySeconds * 1000);
          if (retrier.jitter === 'NONE') expect(delay).toBeGreaterThanOrEqual(retrier.intervalSeconds * 1000);
        },
      ),
      { seed: 7 },
    );
  });
});

describe('an expression that cannot be evaluated', () => {
  const items = { ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } } };
  const next = { Type: 'Pass', End: true };
  it.each<[string, { [field: string]: Json }]>([
    ['Output', { Type: 'Pass', Output: '{% $no %}' }],
    ['Output/a/b[0]', { Type: 'Pass', Output: { a: { b: ['{% $no %}'] } } }],
    ['Assign/x', { Type: 'Pass', Assign: { x: '{% $no %}' } }],
    ['Arguments', task({ Arguments: '{% $no %}' })],
    ['Arguments/Id', task({ Arguments: { Id: '{% $no %}' } })],
    ['TimeoutSeconds', task({ TimeoutSeconds: '{% $no %}' })],
    ['HeartbeatSeconds', task({ HeartbeatSeconds: '{% $no %}' })],
    ['Seconds', { Type: 'Wait', Seconds: '{% $no %}' }],
    ['Timestamp', { Type: 'Wait', Timestamp: '{% $no %}' }],
    ['Choices[0]/Condition', { Type: 'Choice', Choices: [{ Condition: '{% $no %}', Next: 'N' }] }],
    ['Choices[0]/Output', { Type: 'Choice', Choices: [{ Condition: true, Next: 'N', Output: '{% $no %}' }] }],
    ['Items', { Type: 'Map', Items: '{% $no %}', ...items }],
    ['MaxConcurrency', { Type: 'Map', MaxConcurrency: '{% $no %}', ...items }],
    ['ToleratedFailureCount', { Type: 'Map', ToleratedFailureCount: '{% $no %}', ...items }],
    ['ToleratedFailurePercentage', { Type: 'Map', ToleratedFailurePercentage: '{% $no %}', ...items }],
    ['ItemSelector/x', { Type: 'Map', Items: [1], ItemSelector: { x: '{% $no %}' }, ...items }],
    ['Error', { Type: 'Fail', Error: '{% $no %}' }],
    ['Cause', { Type: 'Fail', Cause: '{% $no %}' }],
  ])('fails its state with its location: %s', async (location, state) => {
    const { End: _, ...fields } = state;
    const flows = !['Choice', 'Fail'].includes(String(state.Type));
    const states =
      state.Type === 'Fail' ? { S: fields } : { S: { ...fields, ...(flows ? { Next: 'N' } : {}) }, N: next };
    const outcome = await run(machine(states));
    const cause = `An error occurred while executing the state 'S' (entered at the event id #2). The JSONata expression '$no' specified for the field '${location}' returned nothing (undefined).`;
    expect(outcome.result).toEqual({ status: 'FAILED', error: 'States.QueryEvaluationError', cause });
    expect(detailsOf(outcome, 'EvaluationFailed')).toEqual({
      cause,
      error: 'States.QueryEvaluationError',
      location,
      state: 'S',
    });
  });

  it.each([
    ['{% 1 + "a" %}', 'threw an error during evaluation. T2002'],
    ['{% $sum %}', 'threw an error during evaluation. a function is not JSON'],
    ['{% $states.input.nothing %}', 'returned nothing (undefined).'],
    ['{% [$states.input.a, $sum] %}', 'threw an error'],
  ])('says why %s failed', async (Output, why) => {
    const { result } = await run(machine({ S: { Type: 'Succeed', Output } }), { a: 1 });
    expect(result).toMatchObject({ error: 'States.QueryEvaluationError', cause: expect.stringContaining(why) });
  });

  it('says which type was expected', async () => {
    const { result } = await run(machine({ S: { Type: 'Wait', Seconds: '{% {"a": 1} %}', End: true } }));
    expect(result).toMatchObject({
      cause: expect.stringContaining(`Expected 'number', but was 'object' for value: {"a":1}`),
    });
  });

  it('can be caught and retried like any other error of the state', async () => {
    const broken = task({
      Output: '{% $states.context.State.RetryCount < 2 ? $no : "done" %}',
      Retry: [{ ErrorEquals: ['States.QueryEvaluationError'], MaxAttempts: 1 }],
      Catch: catching('States.QueryEvaluationError'),
    });
    const outcome = await run(
      machine({ T: broken, Caught: { ...caught, Output: 'caught' } }),
      {},
      { tasks: { work: () => 1 } },
    );
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: 'caught' });
    expect(types(outcome).filter((type) => type === 'EvaluationFailed')).toHaveLength(2);
  });
});

describe('a payload above 262,144 bytes', () => {
  const text = (bytes: number) => 'a'.repeat(bytes - 2);

  it('fails with States.DataLimitExceeded, counted in bytes of UTF-8', async () => {
    const pass = (Output: string) => run(machine({ S: { Type: 'Pass', Output, End: true } }));
    expect((await pass(text(262_144))).result.status).toBe('SUCCEEDED');
    expect((await pass(text(262_145))).result).toMatchObject({ error: 'States.DataLimitExceeded' });
    expect((await pass('€'.repeat(87_381))).result).toMatchObject({ error: 'States.DataLimitExceeded' });
  });

  it('fails the task that returned it', async () => {
    const outcome = await run(machine({ T: task() }), {}, { tasks: { work: () => text(262_145) } });
    expect(outcome.result).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(detailsOf(outcome, 'TaskFailed')).toMatchObject({ error: 'States.DataLimitExceeded' });
  });
});
