import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS, JSONATA_FUNCTIONS } from '../../../statemachine/lint/functions.ts';
import { complaints, complaintsOfTask, done, task } from './machines.ts';

/** What the lint says of an expression in a Pass state that knows `$run` and `$items`. */
const complaintsOf = (expression: string) =>
  complaints({
    Begin: { Type: 'Pass', Assign: { run: {}, items: [] }, Next: 'Use' },
    Use: { Type: 'Pass', Output: `{% ${expression} %}`, Next: 'Done' },
    Done: done,
  });

describe('an expression', () => {
  it.each([
    '$run.a & $string($items[0])',
    '( $f := function($n) { $n = 0 ? 1 : $n * $f($n - 1) }; $f(5) )',
    '$map($items, function($v, $i) { $v & $i })',
    '$items@$item.parts#$at.{"item": $item, "at": $at}',
    '$items[$ in $run.wanted].name',
    '$items ~> $sum',
    '$reduce($items, $append)',
    '$$.a & $.b',
    '$partition($range(1, 9, 1), 3) ~> $count',
    '$states.input.a & $states.context.Execution.Name',
  ])('is well: %s', async (expression) => {
    expect(await complaintsOf(expression)).toEqual([]);
  });

  it('must be JSONata', async () => {
    const [complaint, ...more] = await complaintsOfTask({
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: { why: "{% 'the run's end' %}" }, Next: 'Done' }],
    });
    expect(complaint).toBe('Work › Catch[0].Assign.why: JSONata does not read this: Syntax error: "s" at position 11');
    expect(more).toEqual([]);
  });

  it('must be the whole string', async () => {
    const complaint =
      'Work › Arguments.InstanceIds[0]: an expression is a whole string from {% to %}; here it would be taken as text';
    expect(await complaintsOfTask({ Arguments: { InstanceIds: ['i-{% $states.input %}'] } })).toContain(complaint);
  });

  it.each(['$eval("1")', '$map($items, $eval)'])('must not evaluate text: %s', async (expression) => {
    expect(await complaintsOf(expression)).toEqual([
      'Use › Output: Step Functions does not have $eval; $parse reads JSON',
    ]);
  });

  it('must call functions that there are', async () => {
    expect(await complaintsOf('$capitalize("a")')).toEqual([
      'Use › Output: $capitalize is called, and neither JSONata nor Step Functions has such a function',
    ]);
  });

  it('must not call a function where it is not bound yet', async () => {
    expect(await complaintsOf('( $f(1); $f := function($n) { $n } )')).toEqual([
      expect.stringContaining('$f is called, and neither'),
    ]);
  });
});

describe('the functions that the lint knows', () => {
  it.each([...JSONATA_FUNCTIONS])('$%s is one of JSONata', async (name) => {
    expect(await jsonata(`$type($${name})`).evaluate({})).toBe('function');
  });

  it('are those of JSONata, of Step Functions, and not $eval', () => {
    expect(FUNCTIONS).toContain('uuid');
    expect(FUNCTIONS).not.toContain('eval');
    expect(FUNCTIONS.size).toBe(JSONATA_FUNCTIONS.size + 5);
  });
});

describe('$states', () => {
  it('has the result in Assign and Output of a task', async () => {
    expect(await complaintsOfTask({ Assign: { a: '{% $states.result %}' }, Output: '{% $states.result %}' })).toEqual(
      [],
    );
  });

  it.each([
    ['Arguments', { Arguments: { InstanceIds: '{% $states.result %}' } }],
    ['TimeoutSeconds', { TimeoutSeconds: '{% $states.result %}' }],
    ['Catch[0].Output', { Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.result %}', Next: 'Done' }] }],
  ])('has no result in %s', async (field, otherwise) => {
    const path = field === 'Arguments' ? 'Arguments.InstanceIds' : field;
    expect(await complaintsOfTask(otherwise)).toEqual([
      `Work › ${path}: $states.result is there only in Assign and Output of a Task, Map or Parallel`,
    ]);
  });

  it('has no result where there was no work', async () => {
    expect(await complaintsOf('$states.result')).toEqual([
      expect.stringContaining('Use › Output: $states.result is there only'),
    ]);
  });

  it('has the error in a Catch', async () => {
    const caught = { ErrorEquals: ['States.ALL'], Assign: { why: '{% $states.errorOutput.Cause %}' }, Next: 'Done' };
    expect(await complaintsOfTask({ Catch: [caught] })).toEqual([]);
  });

  it('has the error nowhere else', async () => {
    expect(await complaintsOfTask({ Assign: { why: '{% $states.errorOutput.Cause %}' } })).toEqual([
      'Work › Assign.why: $states.errorOutput is there only in a Catch',
    ]);
  });

  it.each([
    ['$states.output', '$states.output is not known: it has input, context, result and errorOutput'],
    ['$states', '$states as a whole is not a value to hand on: name what is wanted of it'],
    ['$states.context.Execution.Arn', '$states.context.Execution.Arn is not known: it has Id, Input, Name'],
    ['$states.context.execution', '$states.context.execution is not known: it has Execution, State'],
  ])('%s is not known', async (expression, message) => {
    expect(await complaintsOf(expression)).toEqual([expect.stringContaining(`Use › Output: ${message}`)]);
  });

  it('has anything in its input and in an item', async () => {
    expect(await complaintsOf('$states.context.Execution.Input.a.b & $states.context.Map.Item.Value.c')).toEqual([]);
    expect(
      await complaints({ Work: task({ Arguments: { InstanceIds: '{% $states.input.a.b %}' } }), Done: done }),
    ).toEqual([]);
  });
});
