import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../statemachine/lint/json.ts';
import { call, complaints, done, task } from './machines.ts';

const begin = (assign: JsonObject): JsonObject => ({ Type: 'Pass', Assign: assign, Next: 'Wait' });
const wait = (assign: JsonObject = {}): JsonObject => ({ Type: 'Wait', Seconds: 5, Assign: assign, Next: 'Look' });
const look = (condition: string): JsonObject => ({
  Type: 'Choice',
  Choices: [{ Condition: `{% ${condition} %}`, Next: 'Done' }],
  Default: 'Wait',
});

describe('a loop ends', () => {
  it.each<[string, JsonObject, JsonObject, string]>([
    ['at a time', { until: '{% $millis() + 1000 %}' }, {}, '$millis() > $until'],
    ['after a count', { n: 0 }, { n: '{% $n + 1 %}' }, '$n >= 3'],
    ['after a count to nothing', { n: 3 }, { n: '{% $n - 1 %}' }, '$n = 0'],
  ])('%s', async (_, first, each, condition) => {
    expect(await complaints({ Begin: begin(first), Wait: wait(each), Look: look(condition), Done: done })).toEqual([]);
  });

  it('after the last page', async () => {
    const states = {
      Begin: { Type: 'Pass', Assign: { token: "{% '' %}" }, Next: 'Page' },
      Page: call('ec2:describeInstances', {}, { Assign: { token: '{% $states.result.NextToken %}' }, Next: 'More' }),
      More: { Type: 'Choice', Choices: [{ Condition: "{% $token != '' %}", Next: 'Page' }], Default: 'Done' },
      Done: done,
    };
    expect(await complaints(states)).toEqual([]);
  });
});

describe('a loop may go on for ever', () => {
  const endless = 'it can go round for ever: no Choice on the way looks at the time, a count or a page';

  it('when it only hopes for a result', async () => {
    const states = {
      Work: task({
        Assign: { ready: '{% $count($states.result.Reservations) > 0 %}' },
        Next: 'Look',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
      }),
      Look: { Type: 'Choice', Choices: [{ Condition: '{% $ready %}', Next: 'Done' }], Default: 'Work' },
      Done: done,
    };
    expect(await complaints(states)).toEqual([`Work › : ${endless}: Work → Look → Work`]);
  });

  it('when a variable is compared that stays as it is', async () => {
    const states = { Begin: begin({ n: 0 }), Wait: wait({ n: '{% $n %}' }), Look: look('$n > 3'), Done: done };
    expect(await complaints(states)).toEqual([`Wait › : ${endless}: Wait → Look → Wait`]);
  });

  it('when a Catch leads back without a look', async () => {
    const states = { Work: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Work' }] }), Done: done };
    expect(await complaints(states)).toEqual([`Work › : ${endless}: Work → Work`]);
  });

  it('when no end can be reached from it', async () => {
    const states = {
      Begin: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.a %}', Next: 'Done' }], Default: 'Wait' },
      Wait: wait({ n: 1 }),
      Look: { Type: 'Choice', Choices: [{ Condition: '{% $millis() > 1 %}', Next: 'Wait' }], Default: 'Wait' },
      Done: done,
    };
    expect(await complaints(states)).toEqual(['Wait › : no end can be reached from here: Wait → Look']);
  });
});

describe('a loop without a wait', () => {
  it('is told', async () => {
    const states = {
      Begin: { Type: 'Pass', Assign: { n: 0 }, Next: 'Look' },
      Look: { Type: 'Choice', Choices: [{ Condition: '{% $millis() > $n %}', Next: 'Done' }], Default: 'Count' },
      Count: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Next: 'Look' },
      Done: done,
    };
    expect(await complaints(states)).toEqual([
      'Look › : it goes round with neither a wait nor a task on the way: Look → Count → Look',
    ]);
  });
});
