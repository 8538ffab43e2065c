import { describe, expect, it } from 'vitest';
import {
  type ChildResult,
  type Json,
  loadDefinition,
  StoppedExecution,
  TaskFailure,
  type TaskRequest,
} from '../../src/interpreter/index.ts';
import { detailsOf, Killed, MemoryJournal, machine, run, type Tasks, types, VirtualClock } from './world.ts';

const BEGIN = Date.parse('2026-03-10T02:00:00Z');

type Fields = { [field: string]: Json };

const reader = (config: Fields = {}, args: Fields = {}) => ({
  Resource: 'arn:aws:states:::s3:getObject',
  ReaderConfig: { InputType: 'JSON', ...config },
  Arguments: { Bucket: 'plans', Key: '{% $states.input.key %}', ...args },
});
const work = {
  Type: 'Task',
  Resource: 'arn:aws:states:::aws-sdk:test:work',
  Arguments: '{% $states.input %}',
  End: true,
};
const map = (more: Fields = {}, others: { [name: string]: Json } = {}) =>
  machine({
    M: {
      Type: 'Map',
      ItemReader: reader(),
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'T', States: { T: work } },
      End: true,
      ...more,
    },
    ...others,
  });
const input = { key: 'run-1/wave-1.json' };

/** Tasks of which one reads an object that holds `content`; `reads` takes what it was asked. */
function tasks(content: Json, reads: TaskRequest[] = []): Tasks {
  return {
    getObject: (_, request) => {
      reads.push(request);
      return { Body: typeof content === 'string' ? content : JSON.stringify(content), ContentLength: 1 };
    },
    work: (item) => item,
  };
}

const caught = {
  Catch: [{ ErrorEquals: ['States.ItemReaderFailed'], Next: 'C', Output: '{% $states.errorOutput %}' }],
};
const after = { C: { Type: 'Pass', End: true } };

describe('a Map with an ItemReader', () => {
  it('works on the items of the JSON array that it reads from S3', async () => {
    const reads: TaskRequest[] = [];
    const { result } = await run(map(), input, { tasks: tasks([{ id: 'i-1' }, 'two', null], reads) });
    expect(result).toEqual({ status: 'SUCCEEDED', output: [{ id: 'i-1' }, 'two', null] });
    expect(reads).toHaveLength(1);
    expect(reads[0]).toMatchObject({
      resource: 'arn:aws:states:::s3:getObject',
      arguments: { Bucket: 'plans', Key: 'run-1/wave-1.json' },
      stateName: 'M',
    });
  });

  it('reads once the Map Run has started, and records neither the reading nor how many items there will be', async () => {
    const outcome = await run(map(), input, { tasks: tasks([1, 2]) });
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
    expect(detailsOf(outcome, 'MapStateStarted')).toEqual({ length: 0 });
  });

  it.each<[Json, Json[]]>([
    [2, [1, 2]],
    ['{% $states.input.most %}', [1, 2, 3]],
    [100, [1, 2, 3, 4]],
  ])('takes no more than MaxItems: %s', async (MaxItems, expected) => {
    const outcome = await run(
      map({ ItemReader: reader({ MaxItems }) }),
      { ...input, most: 3 },
      { tasks: tasks([1, 2, 3, 4]) },
    );
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: expected });
  });

  it('shows each item to ItemSelector, and batches what that gives', async () => {
    const more = {
      ItemSelector: { at: '{% $states.context.Map.Item.Index %}', id: '{% $states.context.Map.Item.Value.id %}' },
      ItemBatcher: { MaxItemsPerBatch: 2 },
    };
    const { result } = await run(map(more), input, { tasks: tasks([{ id: 'a' }, { id: 'b' }, { id: 'c' }]) });
    expect(result).toEqual({
      status: 'SUCCEEDED',
      output: [
        {
          Items: [
            { at: 0, id: 'a' },
            { at: 1, id: 'b' },
          ],
        },
        { Items: [{ at: 2, id: 'c' }] },
      ],
    });
  });

  it('gives an empty array for an empty one', async () => {
    expect((await run(map(), input, { tasks: tasks([]) })).result).toEqual({ status: 'SUCCEEDED', output: [] });
  });

  it.each([
    [49, 'FAILED'],
    [50, 'SUCCEEDED'],
  ])('takes ToleratedFailurePercentage %d of the items that were read', async (percentage, status) => {
    const flaky = {
      ...tasks([-1, 2, -3, 4]),
      work: (item: Json) => {
        if (Number(item) < 0) throw new TaskFailure('My.Error', 'negative');
        return item;
      },
    };
    const outcome = await run(map({ ToleratedFailurePercentage: percentage }), input, { tasks: flaky });
    expect(outcome.result.status).toBe(status);
  });
});

describe('items that cannot be read', () => {
  const where =
    "An error occurred while executing the state 'M' (entered at the event id #2). " +
    'The items could not be read from s3://plans/run-1/wave-1.json: ';

  it.each<[string, Json, string]>([
    ['not JSON', 'hello', "it is not JSON: Unexpected token 'h'"],
    ['an object', { a: 1 }, 'it is JSON, but not an array'],
    ['a number', '12', 'it is JSON, but not an array'],
  ])('fail the Map Run with States.ItemReaderFailed: %s', async (_, content, why) => {
    const outcome = await run(map(), input, { tasks: tasks(content) });
    expect(outcome.result).toMatchObject({ status: 'FAILED', error: 'States.ItemReaderFailed' });
    expect(detailsOf(outcome, 'MapRunFailed').cause).toContain(where + why);
    expect(types(outcome).slice(2)).toEqual([
      'MapStateStarted',
      'MapRunStarted',
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });

  it('fail with what S3 said when the object is missing or denied', async () => {
    const getObject = () => {
      throw new TaskFailure('S3.NoSuchKeyException', 'The specified key does not exist.');
    };
    expect((await run(map(), input, { tasks: { getObject } })).result).toEqual({
      status: 'FAILED',
      error: 'States.ItemReaderFailed',
      cause: `${where}S3.NoSuchKeyException: The specified key does not exist.`,
    });
  });

  it('fail when S3 does not answer within 60 seconds, and the call is told to stop', async () => {
    const clock = new VirtualClock();
    let toldToStop = false;
    const getObject = (_: Json, { signal }: TaskRequest) =>
      new Promise<Json>(() => {
        signal.addEventListener('abort', () => {
          toldToStop = true;
        });
      });
    const { result } = await run(map(), input, { clock, tasks: { getObject } });
    expect(result).toMatchObject({ error: 'States.ItemReaderFailed', cause: `${where}no answer within 60 s` });
    expect(clock.now() - BEGIN).toBe(60_000);
    expect(toldToStop).toBe(true);
  });

  it.each(['States.ItemReaderFailed', 'States.TaskFailed', 'States.ALL'])('are tried again by %s', async (name) => {
    let reads = 0;
    const getObject = () => {
      reads += 1;
      if (reads === 1) throw new TaskFailure('S3.S3Exception', 'SlowDown');
      return { Body: '[7]' };
    };
    const outcome = await run(map({ Retry: [{ ErrorEquals: [name], IntervalSeconds: 5 }] }), input, {
      tasks: { ...tasks([]), getObject },
    });
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: [7] });
    expect(outcome.clock.now() - BEGIN).toBe(5000);
  });

  it('are caught', async () => {
    const { result } = await run(map(caught, after), input, { tasks: tasks('') });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'States.ItemReaderFailed' } });
  });

  it('do not matter to an execution that is stopped meanwhile: it ends ABORTED', async () => {
    const controller = new AbortController();
    const getObject = () => {
      controller.abort(new StoppedExecution('Operator', 'enough'));
      return new Promise<Json>(() => {});
    };
    const { result } = await run(map(), input, { signal: controller.signal, tasks: { getObject } });
    expect(result).toEqual({ status: 'ABORTED', error: 'Operator', cause: 'enough' });
  });

  it.each<[string, Fields, Fields]>([
    ['Bucket', {}, { Bucket: '{% 7 %}' }],
    ['MaxItems', { MaxItems: '{% 0 %}' }, {}],
  ])('are not looked for when %s is nonsense', async (field, config, args) => {
    const reads: TaskRequest[] = [];
    const outcome = await run(map({ ItemReader: reader(config, args) }), input, { tasks: tasks([], reads) });
    expect(outcome.result).toMatchObject({ error: 'States.QueryEvaluationError' });
    expect(String(detailsOf(outcome, 'EvaluationFailed').location)).toContain(field);
    expect(reads).toEqual([]);
  });
});

describe('an execution with an ItemReader that was killed', () => {
  /** Runs until `events` are recorded, then again over them: what it read the second time, and how it ended. */
  async function again(json: Json, events: number, content: Json) {
    const definition = loadDefinition(json);
    const clock = new VirtualClock();
    const journal = new MemoryJournal(clock, [], events);
    const children = new Map<string, ChildResult>();
    await expect(run(definition, input, { clock, journal, children, tasks: tasks(content) })).rejects.toThrow(Killed);
    const childrenBefore = [...children.keys()];
    const reads: TaskRequest[] = [];
    const recorded = [...journal.events];
    const outcome = await run(definition, input, { clock, recorded, children, tasks: tasks(content, reads) });
    return {
      outcome,
      reads: reads.length,
      childrenBefore,
      children: [...children.keys()],
      last: recorded.at(-1)?.type,
    };
  }
  const selecting = { ItemSelector: '{% $states.context.Map.Item.Value + $states.context.Map.Item.Index %}' };

  it('reads again and goes on with the children that it had', async () => {
    const killed = await again(map(selecting), 4, [10, 20]);
    expect(killed.last).toBe('MapRunStarted');
    expect(killed.outcome.result).toEqual({ status: 'SUCCEEDED', output: [10, 21] });
    expect(killed.reads).toBe(1);
    expect(killed.childrenBefore).toHaveLength(2);
    expect(killed.children).toEqual(killed.childrenBefore);
  });

  it('reads again for results that are not recorded yet', async () => {
    const killed = await again(map(selecting), 5, [10, 20]);
    expect(killed.last).toBe('MapRunSucceeded');
    expect(killed.outcome.result).toEqual({ status: 'SUCCEEDED', output: [10, 21] });
    expect(killed.reads).toBe(1);
  });

  it.each([
    ['what the Map gave is', map(), [1], 7, 'MapStateExited'],
    ['its failed reading is', map(caught, after), 'hello', 5, 'MapRunFailed'],
    [
      'the failure of its ItemSelector is',
      map({ ItemSelector: '{% $nothing %}', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }] }, after),
      [1],
      6,
      'MapRunFailed',
    ],
    [
      'the failed evaluation alone is',
      map({ ItemSelector: '{% $nothing %}', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }] }, after),
      [1],
      5,
      'EvaluationFailed',
    ],
  ])('does not read again when %s recorded', async (_, json, content, events, last) => {
    const killed = await again(json, events, content);
    expect(killed.last).toBe(last);
    expect(killed.outcome.result.status).toBe('SUCCEEDED');
    expect(killed.reads).toBe(0);
  });
});
