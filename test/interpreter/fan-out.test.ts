import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exceedsThreshold } from '../../src/interpreter/execution/distributed.ts';
import { type ChildResult, type Json, TaskFailure } from '../../src/interpreter/index.ts';
import { detailsOf, machine, run, types, VirtualClock } from './world.ts';

const task = {
  Type: 'Task',
  Resource: 'arn:aws:states:::aws-sdk:test:work',
  Arguments: '{% $states.input %}',
  End: true,
};
const processor = (mode: string, state: { [field: string]: Json } = task) => ({
  ProcessorConfig: { Mode: mode },
  StartAt: 'T',
  States: { T: state },
});
const map = (mode: string, more: { [field: string]: Json } = {}) =>
  machine({ M: { Type: 'Map', ItemProcessor: processor(mode), End: true, ...more } });

describe.each(['INLINE', 'DISTRIBUTED'])('a Map in %s mode', (mode) => {
  it('gives the results in the order of its items, whichever ends first', async () => {
    const clock = new VirtualClock();
    const work = async (seconds: Json) => {
      await clock.sleep(Number(seconds) * 1000);
      return `took ${seconds}`;
    };
    const { result } = await run(map(mode), [3, 1, 2], { clock, tasks: { work } });
    expect(result).toEqual({ status: 'SUCCEEDED', output: ['took 3', 'took 1', 'took 2'] });
  });

  it('never works on more than MaxConcurrency items, and gives away a place as soon as it is free', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    let running = 0;
    const work = async (seconds: Json) => {
      running += 1;
      log.push(`${clock.now() - Date.parse('2026-03-10T02:00:00Z')}:${seconds}`);
      expect(running).toBeLessThanOrEqual(2);
      await clock.sleep(Number(seconds));
      running -= 1;
      return null;
    };
    await run(map(mode, { MaxConcurrency: '{% 1 + 1 %}' }), [100, 10, 11, 12, 13], { clock, tasks: { work } });
    expect(log).toEqual(['0:100', '0:10', '10:11', '21:12', '33:13']);
  });

  it('gives an empty array for no items', async () => {
    expect((await run(map(mode), [])).result).toEqual({ status: 'SUCCEEDED', output: [] });
  });
});

describe('an inline Map', () => {
  it('fails with the first iteration that fails, and cuts the others off', async () => {
    const clock = new VirtualClock();
    const work = async (item: Json) => {
      await clock.sleep(item === 'bad' ? 10 : 1000);
      if (item === 'bad') throw new TaskFailure('My.Error', 'bad item');
      return item;
    };
    const outcome = await run(map('INLINE'), ['slow', 'bad'], { clock, tasks: { work } });
    expect(outcome.result).toEqual({ status: 'FAILED', error: 'My.Error', cause: 'bad item' });
    expect(types(outcome).slice(-6)).toEqual([
      'TaskFailed',
      'MapIterationFailed',
      'TaskStateAborted',
      'MapIterationAborted',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
    expect(clock.now() - Date.parse('2026-03-10T02:00:00Z')).toBe(10);
  });

  it('can be retried as a whole', async () => {
    let calls = 0;
    const work = () => {
      calls += 1;
      if (calls === 2) throw new TaskFailure('My.Error', '');
      return calls;
    };
    const retry = { Retry: [{ ErrorEquals: ['My.Error'] }], MaxConcurrency: 1 };
    const { result } = await run(map('INLINE', retry), ['a', 'b'], { tasks: { work } });
    expect(result).toEqual({ status: 'SUCCEEDED', output: [3, 4] });
  });
});

describe('a distributed Map', () => {
  const bad = (item: Json) => {
    if (typeof item === 'number' && item < 0) throw new TaskFailure('My.Error', `item ${item}`);
    return item;
  };

  it('records its Map Run, and leaves the steps of its children to their own histories', async () => {
    const outcome = await run(map('DISTRIBUTED'), [1, 2], { tasks: { work: bad } });
    expect(types(outcome)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
    expect(detailsOf(outcome, 'MapRunStarted').mapRunArn).toMatch(
      /^arn:aws:states:eu-central-1:123456789012:mapRun:rollout\/M:[0-9a-f-]{36}$/,
    );
  });

  it('fails with States.ExceedToleratedFailureThreshold when more fail than are tolerated', async () => {
    const outcome = await run(map('DISTRIBUTED', { ToleratedFailureCount: 1 }), [-1, 2, -3], { tasks: { work: bad } });
    const failure = {
      error: 'States.ExceedToleratedFailureThreshold',
      cause: 'The specified tolerated failure threshold was exceeded',
    };
    expect(outcome.result).toEqual({ status: 'FAILED', ...failure });
    expect(detailsOf(outcome, 'MapRunFailed')).toEqual(failure);
    expect(types(outcome).slice(-3)).toEqual(['MapRunFailed', 'MapStateFailed', 'ExecutionFailed']);
  });

  it('goes on within what is tolerated; a failed item keeps its place among the results', async () => {
    const { result } = await run(map('DISTRIBUTED', { ToleratedFailurePercentage: 34 }), [1, -2, 3], {
      tasks: { work: bad },
    });
    expect(result).toEqual({ status: 'SUCCEEDED', output: [1, { Error: 'My.Error', Cause: 'item -2' }, 3] });
  });

  it('stops the children that still run, and waits for them, before it fails', async () => {
    const clock = new VirtualClock();
    const children = new Map<string, ChildResult>();
    const work = async (item: Json) => {
      await clock.sleep(item === -1 ? 5 : 5000);
      return bad(item);
    };
    await run(map('DISTRIBUTED'), [1, -1, 2], { clock, children, tasks: { work } });
    expect([...children.values()].map(({ status }) => status).sort()).toEqual(['ABORTED', 'ABORTED', 'FAILED']);
    expect(clock.now() - Date.parse('2026-03-10T02:00:00Z')).toBe(5);
  });

  it('hands batches on, with BatchInput', async () => {
    const ItemBatcher = { MaxItemsPerBatch: 2, BatchInput: { run: '{% $states.context.Execution.Name %}' } };
    const { result } = await run(map('DISTRIBUTED', { ItemBatcher }), [1, 2, 3], { tasks: { work: (input) => input } });
    expect(result).toEqual({
      status: 'SUCCEEDED',
      output: [
        { BatchInput: { run: 'run-1' }, Items: [1, 2] },
        { BatchInput: { run: 'run-1' }, Items: [3] },
      ],
    });
  });

  it('asks for each child under the same name on every run', async () => {
    const names = async () => {
      const children = new Map<string, ChildResult>();
      await run(map('DISTRIBUTED'), [1, 1], { children, tasks: { work: bad } });
      return [...children.keys()];
    };
    expect(await names()).toEqual(await names());
    expect(new Set(await names()).size).toBe(2);
  });

  it('fails exactly when the failures exceed either threshold', () => {
    const threshold = fc.option(fc.nat(20), { nil: undefined });
    const share = fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(20), threshold, share, (items, failed, count, percentage) => {
        const exceeded = exceedsThreshold(Math.min(failed, items), items, {
          toleratedCount: count,
          toleratedPercentage: percentage,
        });
        const ofItems = (Math.min(failed, items) / items) * 100;
        const byCount = Math.min(failed, items) > (count ?? (percentage === undefined ? 0 : items));
        const byShare = percentage !== undefined && ofItems - percentage > 1e-9;
        expect(exceeded).toBe(byCount || byShare);
      }),
      { seed: 3 },
    );
  });
});

describe('a Parallel', () => {
  const branch = (state: { [field: string]: Json }) => ({ StartAt: 'B', States: { B: { ...state, End: true } } });

  it('gives its branches its Arguments and takes their results in their order', async () => {
    const Branches = [
      branch({ Type: 'Wait', Seconds: 5, Output: '{% $states.input & "1" %}' }),
      branch({ Type: 'Pass' }),
    ];
    const parallel = {
      Type: 'Parallel',
      Arguments: '{% $states.input.a %}',
      Branches,
      Output: '{% $states.result %}',
      End: true,
    };
    expect((await run(machine({ P: parallel }), { a: 'x' })).result).toEqual({
      status: 'SUCCEEDED',
      output: ['x1', 'x'],
    });
  });

  it('fails with the first branch that fails, and its Catch sees why', async () => {
    const fail = { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'My.Error', Cause: 'c' } } };
    const Catch = [{ ErrorEquals: ['My.Error'], Next: 'C', Output: '{% $states.errorOutput.Cause %}' }];
    const parallel = { Type: 'Parallel', Branches: [branch({ Type: 'Wait', Seconds: 60 }), fail], Catch, End: true };
    const outcome = await run(machine({ P: parallel, C: { Type: 'Pass', End: true } }));
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: 'c' });
    expect(types(outcome).slice(3, 8)).toEqual([
      'WaitStateEntered',
      'FailStateEntered',
      'WaitStateAborted',
      'ParallelStateFailed',
      'ParallelStateExited',
    ]);
    expect(outcome.clock.now()).toBe(Date.parse('2026-03-10T02:00:00Z'));
  });
});
