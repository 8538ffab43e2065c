import { describe, expect, it } from 'vitest';
import { readDefinition } from '../../../statemachine/definitions.ts';
import type { JsonObject } from '../../../statemachine/lint/json.ts';
import { machineOf } from '../../../statemachine/lint/machine.ts';
import { whole } from '../../../statemachine/lint/rules/whole.ts';
import { call, complaints, done, task } from './machines.ts';

const group = { AutoScalingGroupName: 'g', InstanceIds: ['i-1'] };
const caughtTo = (Next: string, more: JsonObject = {}) => [{ ErrorEquals: ['States.ALL'], ...more, Next }];

const detach = (Next: string, otherwise: JsonObject = {}) =>
  call(
    'autoscaling:detachInstances',
    { ...group, ShouldDecrementDesiredCapacity: true },
    { Next, Catch: caughtTo(Next), ...otherwise },
  );
const attach = (otherwise: JsonObject = {}) => call('autoscaling:attachInstances', group, otherwise);
const quarantine = (key: string, otherwise: JsonObject = {}) =>
  call('ec2:createTags', { Resources: ['i-1'], Tags: [{ Key: key, Value: 'yes' }] }, otherwise);
/** An end that says that the instance could not be made whole. */
const failed = caughtTo('Done', { Assign: { outcome: 'failed' } });

const open = (way: string, by = 'Detach') =>
  `${way.split(' → ').at(-1)} › : an instance that ${by} took out of its group may be left outside: ${way}`;

describe('an instance that was detached is whole again', () => {
  it.each<[string, JsonObject]>([
    ['once it is attached', attach({ Catch: failed })],
    ['once it is terminated', call('ec2:terminateInstances', { InstanceIds: ['i-1'] }, { Catch: failed })],
    ['once it is tagged as quarantined', quarantine('drydock:quarantined', { Catch: failed })],
    ['where a look shows it', { Type: 'Pass', Comment: 'whole: it is a member again', Next: 'Done' }],
    ['where the run says that it failed', { Type: 'Pass', Assign: { outcome: 'failed' }, Next: 'Done' }],
  ])('%s', async (_, closing) => {
    expect(await complaints({ Detach: detach('Close'), Close: closing, Done: done })).toEqual([]);
  });

  it('when the choice that ends it says that a look has shown so', async () => {
    const look = {
      Type: 'Choice',
      Comment: 'whole: never left',
      Choices: [{ Condition: true, Next: 'Done' }],
      Default: 'Done',
    };
    expect(await complaints({ Detach: detach('Look'), Look: look, Done: done })).toEqual([]);
  });
});

describe('an instance may be left outside', () => {
  it('when the way goes on to an end', async () => {
    const states = { Detach: detach('Work'), Work: task(), Done: done };
    expect(await complaints(states)).toEqual([open('Detach → Work → Done')]);
  });

  it('when the detach seems to have failed', async () => {
    const states = {
      Detach: detach('Attach', { Catch: caughtTo('Done') }),
      Attach: attach({ Catch: failed }),
      Done: done,
    };
    expect(await complaints(states)).toEqual([open('Detach → Done')]);
  });

  it('when the task ends the execution itself', async () => {
    const { Next: _, ...last } = detach('', { Catch: caughtTo('Attach'), End: true });
    expect(await complaints({ Detach: last, Attach: attach({ Catch: failed }), Done: done })).toEqual([open('Detach')]);
  });

  it.each<[string, JsonObject]>([
    ['attach', attach()],
    ['termination', call('ec2:terminateInstances', { InstanceIds: ['i-1'] })],
    ['tag', quarantine('drydock:quarantined')],
  ])('when the %s that closes fails', async (_, closing) => {
    expect(await complaints({ Detach: detach('Close'), Close: closing, Done: done })).toEqual([
      open('Detach → Close → Done'),
    ]);
  });

  it('when it is tagged as something else', async () => {
    const states = { Detach: detach('Tag'), Tag: quarantine('drydock:phase'), Done: done };
    expect(await complaints(states)).toEqual([open('Detach → Tag → Done')]);
  });

  it('when a choice has a way around the attach', async () => {
    const choice = { Type: 'Choice', Choices: [{ Condition: true, Next: 'Wait' }], Default: 'Attach' };
    const states = {
      Standby: call(
        'autoscaling:enterStandby',
        { ...group, ShouldDecrementDesiredCapacity: true },
        { Next: 'Fork', Catch: caughtTo('Attach') },
      ),
      Fork: choice,
      Wait: { Type: 'Wait', Seconds: 1, Next: 'Done' },
      Attach: attach({ Catch: failed }),
      Done: done,
    };
    expect(await complaints(states)).toEqual([open('Standby → Fork → Wait → Done', 'Standby')]);
  });

  it('when only a remark says so in its middle', async () => {
    const look = { Type: 'Pass', Comment: 'is it whole: perhaps', Next: 'Done' };
    expect(await complaints({ Detach: detach('Look'), Look: look, Done: done })).toEqual([
      open('Detach → Look → Done'),
    ]);
  });
});

describe('the way of an instance', () => {
  const definition = readDefinition('patch-instance');
  const problems = (change: (states: JsonObject) => unknown) => {
    const changed = structuredClone(definition);
    change(Object(changed.States));
    return whole(machineOf(changed));
  };

  it('leaves none outside', () => {
    expect(problems(() => {})).toEqual([]);
  });

  it.each([
    ['Untag said nothing', ({ Untag }: JsonObject) => delete Object(Untag).Comment],
    [
      'CloseAsFailed failed in silence',
      ({ CloseAsFailed }: JsonObject) => delete Object(CloseAsFailed).Catch[0].Assign,
    ],
  ])('would leave one outside if %s', (_, change) => {
    const found = problems(change);
    expect(new Set(found.map(({ state }) => state))).toEqual(new Set(['Done']));
    for (const state of ['Detach', 'EnterStandby']) {
      expect(found.map(({ message }) => message)).toContainEqual(
        expect.stringContaining(`that ${state} took out of its group`),
      );
    }
  });
});
