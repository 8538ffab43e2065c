import { describe, expect, it } from 'vitest';
import { detailsOf, machine, run, types } from './world.ts';

describe('a Pass', () => {
  it('hands its input on', async () => {
    const { result } = await run(machine({ P: { Type: 'Pass', End: true } }), { a: [1] });
    expect(result).toEqual({ status: 'SUCCEEDED', output: { a: [1] } });
  });

  it('evaluates Assign and Output over the variables as they were', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { n: 1 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { n: '{% $n + 1 %}', old: '{% $n %}' }, Output: '{% $n %}', Next: 'C' },
      C: { Type: 'Pass', Output: { n: '{% $n %}', old: '{% $old %}', before: '{% $states.input %}' }, End: true },
    };
    const outcome = await run(machine(states));
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: { n: 2, old: 1, before: 1 } });
    expect(outcome.events[4]?.details?.value).toMatchObject({ assignedVariables: { n: '2', old: '1' } });
  });

  it('takes only strings that begin and end with the marks for expressions', async () => {
    const Output = { a: ' {% 1 %}', b: '{% 1 %} ', c: '{%1%}', d: '$states.input', e: '{%\n 1 + 1 \n%}' };
    const { result } = await run(machine({ P: { Type: 'Pass', Output, End: true } }));
    expect(result).toEqual({
      status: 'SUCCEEDED',
      output: { a: ' {% 1 %}', b: '{% 1 %} ', c: 1, d: '$states.input', e: 2 },
    });
  });
});

describe('a Wait', () => {
  const elapsed = async (wait: object, input = {}) => {
    const { events } = await run(machine({ W: { Type: 'Wait', End: true, ...wait } }), input);
    return (events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0);
  };

  it('lasts its Seconds', async () => {
    expect(await elapsed({ Seconds: 90 })).toBe(90_000);
    expect(await elapsed({ Seconds: '{% $states.input.s * 2 %}' }, { s: 15 })).toBe(30_000);
  });

  it('lasts until its Timestamp, and not at all when that is past', async () => {
    expect(await elapsed({ Timestamp: '2026-03-10T02:00:05Z' })).toBe(5000);
    expect(await elapsed({ Timestamp: '2026-03-10T03:00:05.250+01:00' })).toBe(5250);
    expect(await elapsed({ Timestamp: '{% $states.input %}' }, '2016-03-14T01:59:00Z')).toBe(0);
  });

  it('lets expressions that follow see the time after it', async () => {
    const wait = {
      Type: 'Wait',
      Seconds: 60,
      Output: '{% $millis() - $toMillis($states.context.State.EnteredTime) %}',
      End: true,
    };
    expect((await run(machine({ W: wait }))).result).toEqual({ status: 'SUCCEEDED', output: 60_000 });
  });
});

describe('a Choice', () => {
  const choice = {
    Type: 'Choice',
    Choices: [
      { Condition: '{% $states.input.n > 10 %}', Next: 'Big', Output: 'big', Assign: { size: 'big' } },
      { Condition: '{% $states.input.n > 5 %}', Next: 'Big' },
    ],
    Default: 'Small',
    Output: 'small',
    Assign: { size: 'small' },
  };
  const states = {
    C: choice,
    Big: { Type: 'Pass', End: true },
    Small: { Type: 'Pass', Output: '{% $size %}', End: true },
  };

  it('takes the first rule that holds, with the Output of that rule', async () => {
    expect((await run(machine(states), { n: 11 })).result).toEqual({ status: 'SUCCEEDED', output: 'big' });
  });

  it('hands its input on when the rule has no Output', async () => {
    expect((await run(machine(states), { n: 6 })).result).toEqual({ status: 'SUCCEEDED', output: { n: 6 } });
  });

  it('takes Default with its own Output and Assign when none holds', async () => {
    const outcome = await run(machine(states), { n: 1 });
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: 'small' });
    expect(detailsOf(outcome, 'ChoiceStateExited')).toMatchObject({
      output: '"small"',
      assignedVariables: { size: '"small"' },
    });
  });

  it('fails with States.NoChoiceMatched when none holds and there is no Default', async () => {
    const only = { ...choice, Default: undefined, Choices: [{ Condition: false, Next: 'Big' }] };
    const { Default: _, ...rest } = only;
    const { result } = await run(machine({ C: rest, Big: { Type: 'Pass', End: true } }));
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });
});

describe('Succeed and Fail', () => {
  it('Succeed ends with its Output', async () => {
    const outcome = await run(machine({ S: { Type: 'Succeed', Output: '{% $states.input.a %}' } }), { a: 1 });
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: 1 });
    expect(types(outcome)).toEqual([
      'ExecutionStarted',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('Fail ends with Error and Cause, as values or as expressions', async () => {
    const fail = { Type: 'Fail', Error: 'Drydock.Halted', Cause: '{% "after " & $states.input.n %}' };
    const outcome = await run(machine({ F: fail }), { n: 3 });
    expect(outcome.result).toEqual({ status: 'FAILED', error: 'Drydock.Halted', cause: 'after 3' });
    expect(detailsOf(outcome, 'ExecutionFailed')).toEqual({ error: 'Drydock.Halted', cause: 'after 3' });
  });
});

describe('scopes', () => {
  const reads = (name: string) => ({
    StartAt: name,
    States: { [name]: { Type: 'Pass', Output: '{% $v %}', End: true } },
  });
  const startingWithV = (fan: object) =>
    machine({ A: { Type: 'Pass', Assign: { v: 'outer' }, Next: 'S' }, S: { ...fan, End: true } as never });

  it('branches and iterations see the variables of the scope around them', async () => {
    const parallel = await run(startingWithV({ Type: 'Parallel', Branches: [reads('B')] }));
    expect(parallel.result).toEqual({ status: 'SUCCEEDED', output: ['outer'] });
    const map = await run(startingWithV({ Type: 'Map', Items: [1], ItemProcessor: reads('B') }));
    expect(map.result).toEqual({ status: 'SUCCEEDED', output: ['outer'] });
  });

  it('children of a distributed Map see none', async () => {
    const processor = { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...reads('B') };
    const { result } = await run(startingWithV({ Type: 'Map', Items: [1], ItemProcessor: processor }));
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
  });

  it('what a branch assigns ends with it', async () => {
    const assigns = { StartAt: 'B', States: { B: { Type: 'Pass', Assign: { inner: 1 }, End: true } } };
    const states = {
      S: { Type: 'Parallel', Branches: [assigns], Next: 'Z' },
      Z: { Type: 'Pass', Output: '{% $exists($inner) %}', End: true },
    };
    expect((await run(machine(states))).result).toEqual({ status: 'SUCCEEDED', output: false });
  });
});

describe('$states.context', () => {
  it('tells of execution, state machine and state', async () => {
    const { result } = await run(machine({ P: { Type: 'Pass', Output: '{% $states.context %}', End: true } }), {
      a: 1,
    });
    expect(result).toEqual({
      status: 'SUCCEEDED',
      output: {
        Execution: {
          Id: 'arn:aws:states:eu-central-1:123456789012:execution:rollout:run-1',
          Input: { a: 1 },
          Name: 'run-1',
          RoleArn: 'arn:aws:iam::123456789012:role/rollout',
          StartTime: '2026-03-10T02:00:00.000Z',
          RedriveCount: 0,
        },
        StateMachine: { Id: 'arn:aws:states:eu-central-1:123456789012:stateMachine:rollout', Name: 'rollout' },
        State: { Name: 'P', EnteredTime: '2026-03-10T02:00:00.000Z' },
      },
    });
  });

  it('tells an iteration its item, also in the states of the iteration', async () => {
    const inner = {
      StartAt: 'P',
      States: { P: { Type: 'Pass', Output: '{% [$states.input, $states.context.Map.Item.Index] %}', End: true } },
    };
    const map = {
      Type: 'Map',
      ItemSelector: '{% $states.context.Map.Item.Value & "!" %}',
      ItemProcessor: inner,
      End: true,
    };
    const { result } = await run(machine({ M: map }), ['a', 'b']);
    expect(result).toEqual({
      status: 'SUCCEEDED',
      output: [
        ['a!', 0],
        ['b!', 1],
      ],
    });
  });
});
