import { describe, expect, it } from 'vitest';
import { complaints, done, task } from './machines.ts';

const use = (name: string, more = {}) => ({ Type: 'Pass', Output: `{% $${name} %}`, Next: 'Done', ...more });
const choice = (yes: object, no: object) => ({
  Type: 'Choice',
  Choices: [{ Condition: '{% $states.input.a %}', ...yes }],
  ...no,
});

describe('a variable is known', () => {
  it('after it was assigned on every way', async () => {
    const either = choice({ Assign: { a: 1 }, Next: 'Use' }, { Assign: { a: 2 }, Default: 'Use' });
    expect(await complaints({ Fork: either, Use: use('a'), Done: done })).toEqual([]);
  });

  it('in a loop that began with it', async () => {
    const states = {
      Begin: { Type: 'Pass', Assign: { n: 0 }, Next: 'Again' },
      Again: { Type: 'Wait', Seconds: 1, Assign: { n: '{% $n + 1 %}' }, Next: 'Enough' },
      Enough: { Type: 'Choice', Choices: [{ Condition: '{% $n > 3 %}', Next: 'Done' }], Default: 'Again' },
      Done: done,
    };
    expect(await complaints(states)).toEqual([]);
  });

  it('inside a Map that is not distributed', async () => {
    const program = { StartAt: 'Inner', States: { Inner: { Type: 'Pass', Output: '{% $a %}', End: true } } };
    const states = {
      Begin: { Type: 'Pass', Assign: { a: 1 }, Next: 'Each' },
      Each: {
        Type: 'Map',
        ItemProcessor: program,
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
        Next: 'Done',
      },
      Done: done,
    };
    expect(await complaints(states)).toEqual([]);
  });
});

describe('a variable is not known', () => {
  it('when nobody assigns it', async () => {
    expect(await complaints({ Use: use('a'), Done: done })).toEqual(['Use › Output: $a is assigned nowhere']);
  });

  it('when it is not assigned on one of the ways', async () => {
    const fork = choice({ Assign: { a: 1 }, Next: 'Use' }, { Default: 'Other' });
    const other = { Type: 'Pass', Next: 'Use' };
    expect(await complaints({ Fork: fork, Other: other, Use: use('a'), Done: done })).toEqual([
      'Use › Output: $a is not assigned on the way Fork → Other → Use',
    ]);
  });

  it('on the way of a Choice’s rule, where only its Default assigns it', async () => {
    const fork = choice({ Next: 'Use' }, { Assign: { a: 1 }, Default: 'Use' });
    expect(await complaints({ Fork: fork, Use: use('a'), Done: done })).toEqual([
      'Use › Output: $a is not assigned on the way Fork → Use',
    ]);
  });

  it('on the way of a Catch, where only success assigns it', async () => {
    const caught = [{ ErrorEquals: ['States.ALL'], Next: 'Use' }];
    const states = { Work: task({ Assign: { a: 1 }, Catch: caught, Next: 'Use' }), Use: use('a'), Done: done };
    expect(await complaints(states)).toEqual(['Use › Output: $a is not assigned on the way Work → Use']);
    const both = [{ ...caught[0], Assign: { a: 2 } }];
    expect(await complaints({ ...states, Work: task({ Assign: { a: 1 }, Catch: both, Next: 'Use' }) })).toEqual([]);
  });

  it('in the state that assigns it, nor to its other variables', async () => {
    const states = {
      Begin: { Type: 'Pass', Assign: { a: 1, b: '{% $a %}' }, Output: '{% $a %}', Next: 'Done' },
      Done: done,
    };
    const unknown = '$a is not assigned on the way Begin';
    expect(await complaints(states)).toEqual([`Begin › Assign.b: ${unknown}`, `Begin › Output: ${unknown}`]);
  });

  it('outside the Map that assigned it inside', async () => {
    const program = { StartAt: 'Inner', States: { Inner: { Type: 'Pass', Assign: { a: 1 }, End: true } } };
    const states = {
      Each: { Type: 'Map', ItemProcessor: program, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Use' }], Next: 'Use' },
      Use: use('a'),
      Done: done,
    };
    expect(await complaints(states)).toEqual(['Use › Output: $a is assigned nowhere']);
  });

  it('in the child of a Distributed Map', async () => {
    const program = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Inner',
      States: { Inner: { Type: 'Pass', Output: '{% $a %}', End: true } },
    };
    const states = {
      Begin: { Type: 'Pass', Assign: { a: 1 }, Next: 'Each' },
      Each: {
        Type: 'Map',
        ItemProcessor: program,
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
        Next: 'Done',
      },
      Done: done,
    };
    expect(await complaints(states)).toEqual(['Inner › Output: $a is assigned nowhere']);
  });

  it('as a block’s own outside that block', async () => {
    const output = '{% [($x := 1; $x), $x] %}';
    expect(await complaints({ Use: use('a', { Output: output }), Done: done })).toEqual([
      'Use › Output: $x is assigned nowhere',
    ]);
  });
});

describe('a variable of the states around a Map', () => {
  it('is not assigned inside it', async () => {
    const program = { StartAt: 'Inner', States: { Inner: { Type: 'Pass', Assign: { a: 2 }, End: true } } };
    const states = {
      Begin: { Type: 'Pass', Assign: { a: 1 }, Next: 'Each' },
      Each: {
        Type: 'Map',
        ItemProcessor: program,
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
        Next: 'Done',
      },
      Done: done,
    };
    expect(await complaints(states)).toEqual([
      'Inner › Assign: $a is a variable of the states around this Map, which cannot be assigned in here',
    ]);
  });
});
