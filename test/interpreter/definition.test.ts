import { describe, expect, it } from 'vitest';
import { DefinitionError, type Json, loadDefinition } from '../../src/interpreter/index.ts';
import { machine } from './world.ts';

function problems(json: Json): string[] {
  try {
    loadDefinition(json);
    return [];
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const state = (fields: { [field: string]: Json }) => machine({ S: fields });
const task = { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:ssm:sendCommand', End: true };
const map = (more: { [field: string]: Json }, processor: { [field: string]: Json } = {}) => ({
  Type: 'Map',
  End: true,
  ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } }, ...processor },
  ...more,
});

describe('a definition', () => {
  it('is loaded when it uses every field that is supported', () => {
    const everything = machine(
      {
        T: {
          ...task,
          Comment: 'c',
          Arguments: { a: '{% $states.input %}' },
          Assign: { v: '{% $states.result %}' },
          Output: '{% $states.result %}',
          TimeoutSeconds: '{% 60 %}',
          HeartbeatSeconds: 10,
          Retry: [
            {
              ErrorEquals: ['States.ALL'],
              IntervalSeconds: 1,
              MaxAttempts: 2,
              BackoffRate: 1.5,
              MaxDelaySeconds: 9,
              JitterStrategy: 'FULL',
            },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'M', Assign: { e: '{% $states.errorOutput %}' }, Output: {} }],
          Next: 'M',
          End: false,
        },
        M: map(
          {
            Label: 'Wave',
            Items: [1],
            ItemSelector: '{% $states.context.Map.Item.Value %}',
            MaxConcurrency: '{% 2 %}',
            ToleratedFailureCount: 1,
            ToleratedFailurePercentage: 10.5,
            ItemBatcher: { MaxItemsPerBatch: 5, BatchInput: { b: 1 } },
          },
          { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
        ),
      },
      { Comment: 'c', Version: '1.0', TimeoutSeconds: 60 },
    );
    expect(problems(everything)).toEqual([]);
  });

  it('is refused with all its problems at once, each with its path', () => {
    const json = machine({
      A: { Type: 'Pass', InputPath: '$.a', Next: 'Nowhere' },
      'B b': { Type: 'Wait', End: true },
      C: { Type: 'Sleep' },
      D: { ...task, Retry: [{ ErrorEquals: [] }], Output: '{% $sum( %}' },
    });
    const found = problems(json).join('\n');
    expect(found).toMatch(/^\$\.States\.A\.InputPath: .*JSONPath/m);
    expect(found).toMatch(/^\$\.States\['B b'\]: a Wait has either Seconds or Timestamp/m);
    expect(found).toMatch(/^\$\.States\.C\.Type: expected one of Pass, Task/m);
    expect(found).toMatch(/^\$\.States\.D\.Retry\[0\]\.ErrorEquals: /m);
  });

  it.each([
    'InputPath',
    'OutputPath',
    'ResultPath',
    'Parameters',
    'ResultSelector',
    'TimeoutSecondsPath',
    'HeartbeatSecondsPath',
    'Credentials',
    'Surprise',
  ])('is refused when a Task has %s', (field) => {
    expect(problems(state({ ...task, [field]: 'x' })).join()).toContain(`$.States.S.${field}: `);
  });

  it.each(['ItemsPath', 'ResultWriter', 'Iterator', 'MaxConcurrencyPath', 'ToleratedFailureCountPath'])(
    'is refused when a Map has %s',
    (field) => {
      expect(problems(state(map({ [field]: {} }))).join()).toContain(`$.States.S.${field}: '${field}'`);
    },
  );

  describe('with an ItemReader', () => {
    const distributed = { ProcessorConfig: { Mode: 'DISTRIBUTED' } };
    const reader = (more: { [field: string]: Json } = {}, config: { [field: string]: Json } = {}) => ({
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON', ...config },
      Arguments: { Bucket: 'b', Key: '{% $states.input.key %}' },
      ...more,
    });
    const at = '$.States.S.ItemReader';

    it.each([
      ['a JSON array', reader()],
      ['at most so many items', reader({}, { MaxItems: 5 })],
      ['as many as are wanted', reader({}, { MaxItems: '{% $states.input.most %}' })],
    ])('is loaded when it reads %s', (_, ItemReader) => {
      expect(problems(state(map({ ItemReader }, distributed)))).toEqual([]);
    });

    it.each<[string, { [field: string]: Json }, string]>([
      ['another resource', reader({ Resource: 'arn:aws:states:::s3:listObjectsV2' }), `${at}.Resource: only arn:aws`],
      ['CSV', reader({}, { InputType: 'CSV' }), `${at}.ReaderConfig.InputType: only JSON is supported`],
      ['JSONL', reader({}, { InputType: 'JSONL' }), `${at}.ReaderConfig.InputType: only JSON`],
      ['MANIFEST', reader({}, { InputType: 'MANIFEST' }), `${at}.ReaderConfig.InputType: only JSON`],
      ['PARQUET', reader({}, { InputType: 'PARQUET' }), `${at}.ReaderConfig.InputType: only JSON`],
      ['no InputType', reader({ ReaderConfig: {} }), `${at}.ReaderConfig.InputType: `],
      ['ItemsPointer', reader({}, { ItemsPointer: '/a' }), `${at}.ReaderConfig.ItemsPointer: 'ItemsPointer': an array`],
      ['Transformation', reader({}, { Transformation: 'NONE' }), `${at}.ReaderConfig.Transformation: 'Transf`],
      [
        'MaxItemsPath',
        reader({}, { MaxItemsPath: '$.n' }),
        `${at}.ReaderConfig.MaxItemsPath: 'MaxItemsPath' is a field of`,
      ],
      ['no items at all', reader({}, { MaxItems: 0 }), `${at}.ReaderConfig.MaxItems: `],
      ['Parameters', reader({ Parameters: {} }), `${at}.Parameters: 'Parameters' is a field of JSONPath`],
      ['a version', reader({ Arguments: { Bucket: 'b', Key: 'k', VersionId: 'v' } }), `${at}.Arguments.VersionId: `],
      ['no Key', reader({ Arguments: { Bucket: 'b' } }), `${at}.Arguments.Key: `],
      [
        'an expression that cannot be',
        reader({ Arguments: { Bucket: 'b', Key: '{% $states.result.key %}' } }),
        `${at}.Arguments.Key: $states.result does not exist here`,
      ],
    ])('is refused when it asks for %s', (_, ItemReader, expected) => {
      const found = problems(state(map({ ItemReader }, distributed)));
      expect(found).toHaveLength(1);
      expect(found[0]).toContain(expected);
    });

    it('is refused together with Items', () => {
      expect(problems(state(map({ ItemReader: reader(), Items: [1] }, distributed)))).toEqual([
        `${at}: 'ItemReader' and 'Items' exclude each other`,
      ]);
    });

    it('is refused when the Map is inline', () => {
      expect(problems(state(map({ ItemReader: reader() })))).toEqual([
        `${at}: 'ItemReader' belongs to DISTRIBUTED mode`,
      ]);
    });
  });

  it.each([
    ['JSONPath at the top', { QueryLanguage: 'JSONPath', StartAt: 'S', States: { S: { Type: 'Succeed' } } }],
    ['no query language, which is JSONPath', { StartAt: 'S', States: { S: { Type: 'Succeed' } } }],
    ['JSONPath in a state', state({ Type: 'Succeed', QueryLanguage: 'JSONPath' })],
  ] as const)('is refused in %s', (_, json) => {
    expect(problems(json).join()).toContain('JSONata');
  });

  it('may say JSONata state by state', () => {
    expect(problems({ StartAt: 'S', States: { S: { Type: 'Succeed', QueryLanguage: 'JSONata' } } })).toEqual([]);
  });

  it.each([
    ['a Next that is no state', state({ Type: 'Pass', Next: 'X' }), "leads to 'X'"],
    ['neither Next nor End', state({ Type: 'Pass' }), 'needs either "Next" or "End"'],
    ['Next and End', state({ Type: 'Pass', Next: 'S', End: true }), 'needs either "Next" or "End"'],
    [
      'a state that nothing leads to',
      machine({ A: { Type: 'Succeed' }, B: { Type: 'Succeed' } }),
      '$.States.B: is never reached',
    ],
    [
      'a start that is no state',
      machine({ A: { Type: 'Succeed' } }, { StartAt: 'B' }),
      "$.StartAt: there is no state 'B'",
    ],
    [
      'States.ALL beside another name',
      state({ ...task, Catch: [{ ErrorEquals: ['States.ALL', 'X'], Next: 'S' }] }),
      'must stand alone',
    ],
    [
      'States.ALL before another retrier',
      state({ ...task, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] }),
      'must come last',
    ],
    [
      'an expression that is none',
      state({ Type: 'Succeed', Output: { a: ['{% 1 + %}'] } }),
      '$.States.S.Output.a[0]: ',
    ],
    ['$eval', state({ Type: 'Succeed', Output: '{% $eval("1") %}' }), '$eval is not allowed'],
    [
      '$states.result in Arguments',
      state({ ...task, Arguments: '{% $states.result %}' }),
      '$states.result does not exist here',
    ],
    [
      '$states.result in a Pass',
      state({ Type: 'Pass', Output: '{% $states.result.a %}', End: true }),
      '$states.result does not exist here',
    ],
    [
      '$states.errorOutput outside Catch',
      state({ ...task, Output: '{% $states.errorOutput %}' }),
      '$states.errorOutput does not exist here',
    ],
    ['a number out of range', state({ ...task, TimeoutSeconds: 0 }), '$.States.S.TimeoutSeconds: '],
    [
      'a text for a number',
      state({ Type: 'Wait', Seconds: 'ten', End: true }),
      'expected a value or a JSONata expression',
    ],
    [
      'a heartbeat as long as the timeout',
      state({ ...task, TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
      'smaller than TimeoutSeconds',
    ],
    [
      'a time without its offset',
      state({ Type: 'Wait', Timestamp: '2026-03-10T00:00:00', End: true }),
      '$.States.S.Timestamp: ',
    ],
    [
      'a resource of another kind',
      state({ ...task, Resource: 'arn:aws:states:eu-central-1:1:activity:x' }),
      '$.States.S.Resource: ',
    ],
    [
      'a variable called states',
      state({ Type: 'Pass', Assign: { states: 1 }, End: true }),
      "'states' cannot be the name",
    ],
    [
      'ItemBatcher in an inline Map',
      state(map({ ItemBatcher: { MaxItemsPerBatch: 1 } })),
      'belongs to DISTRIBUTED mode',
    ],
    [
      'EXPRESS children',
      state(map({}, { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' } })),
      'STANDARD',
    ],
    ['Items that are neither', state(map({ Items: 7 })), '$.States.S.Items: '],
  ])('is refused for %s', (_, json, told) => {
    expect(problems(json).join('\n')).toContain(told);
  });

  it('is refused when an inner scope assigns a variable of an outer one, but not when a distributed child does', () => {
    const assigning = { StartAt: 'P', States: { P: { Type: 'Pass', Assign: { v: 1 }, End: true } } };
    const outer = (inner: Json) => machine({ A: { Type: 'Pass', Assign: { v: 0 }, Next: 'S' }, S: inner });
    expect(problems(outer({ Type: 'Parallel', Branches: [assigning], End: true })).join()).toContain(
      "$.States.S.Branches[0].States.P.Assign: 'v' is a variable of an outer scope",
    );
    expect(problems(outer(map({}, { ...assigning, ProcessorConfig: { Mode: 'DISTRIBUTED' } })))).toEqual([]);
  });
});
