import { describe, expect, it } from 'vitest';
import { inspect } from '../../../statemachine/lint/lint.ts';
import { call, complaints, complaintsOfTask, done, machine, retrier, task } from './machines.ts';

const caught = (...errors: string[]) => ({ ErrorEquals: errors, Next: 'Done' });
const all = caught('States.ALL');

describe('a task', () => {
  it('is well with a timeout, a bounded retry with jitter, and a catch of everything', async () => {
    expect(await complaintsOfTask({})).toEqual([]);
  });

  it.each([
    ['TimeoutSeconds', 'a task without it may wait for ever'],
    ['Retry', 'no retrier takes States.TaskFailed: throttling and errors of AWS itself are not tried again'],
    ['Catch', 'no catcher takes States.ALL: a failure here would end the execution'],
  ])('needs %s', async (field, message) => {
    const { [field]: _, ...without } = task();
    expect(await complaints({ Work: without, Done: done })).toEqual([`Work › ${field}: ${message}`]);
  });

  it.each([
    [{ BackoffRate: 1 }, 'BackoffRate: must be above 1: waits have to grow'],
    [{ MaxAttempts: 0 }, 'MaxAttempts: must be from 1 to 100'],
    [{ MaxAttempts: 1000 }, 'MaxAttempts: must be from 1 to 100'],
    [{ JitterStrategy: 'NONE' }, 'JitterStrategy: must be FULL: many instances would try again at one moment'],
  ])('is not tried again with %j', async (otherwise, message) => {
    expect(await complaintsOfTask({ Retry: [retrier(otherwise)] })).toEqual([`Work › Retry[0].${message}`]);
  });

  it('has a bound to its growing waits', async () => {
    const { MaxDelaySeconds: _, ...unbounded } = retrier();
    expect(await complaintsOfTask({ Retry: [unbounded] })).toEqual([
      'Work › Retry[0].MaxDelaySeconds: is missing: growing waits need a bound',
    ]);
  });

  it('need not try again what never helps', async () => {
    const never = { ErrorEquals: ['Ec2.SdkClientException'], MaxAttempts: 0 };
    expect(await complaintsOfTask({ Retry: [never, retrier()] })).toEqual([]);
  });
});

describe('a Map', () => {
  it('catches everything', async () => {
    const program = { StartAt: 'Inner', States: { Inner: { Type: 'Pass', End: true } } };
    expect(await complaints({ Each: { Type: 'Map', ItemProcessor: program, Next: 'Done' }, Done: done })).toEqual([
      'Each › Catch: no catcher takes States.ALL: a failure here would end the execution',
    ]);
  });
});

describe('a machine', () => {
  it('bounds its own time', async () => {
    const { TimeoutSeconds: _, ...unbounded } = machine({ Work: task(), Done: done });
    expect(await inspect(unbounded)).toEqual([
      { state: '', field: 'TimeoutSeconds', message: 'an execution without it may run for a year' },
    ]);
  });
});

describe('the errors that are looked for', () => {
  it('go from the special to the general', async () => {
    const special = caught('Ec2.SdkClientException');
    expect(await complaintsOfTask({ Catch: [special, caught('States.TaskFailed'), all] })).toEqual([]);
  });

  it.each([
    [[caught('States.ALL', 'States.Timeout')], 'Catch[0].ErrorEquals: States.ALL must stand alone'],
    [[all, caught('States.Timeout')], 'Catch[0].ErrorEquals: States.ALL must be the last'],
    [
      [all, caught('States.Timeout')],
      'Catch[1].ErrorEquals: States.Timeout is never looked for: States.ALL before it matches everything',
    ],
    [
      [caught('States.Timeout'), caught('States.Timeout'), all],
      'Catch[1].ErrorEquals: States.Timeout is never looked for: an entry before it has it already',
    ],
    [
      [caught('States.TaskFailed'), caught('Ec2.Ec2Exception'), all],
      'Catch[1].ErrorEquals: Ec2.Ec2Exception is never looked for: States.TaskFailed before it matches every failure of a task but a timeout',
    ],
    [[caught('States.Timeuot'), all], 'Catch[0].ErrorEquals: Step Functions gives no error the name States.Timeuot'],
  ])('%j', async (catchers, message) => {
    expect(await complaintsOfTask({ Catch: catchers })).toContain(`Work › ${message}`);
  });

  it('may be timeouts after all other failures of a task', async () => {
    expect(await complaintsOfTask({ Catch: [caught('States.TaskFailed'), caught('States.Timeout'), all] })).toEqual([]);
  });

  it.each([
    ['ec2:describeInstances', 'Ec2.Ec2Exception'],
    ['autoscaling:describeAutoScalingGroups', 'AutoScaling.ResourceContentionException'],
    ['autoscaling:describeAutoScalingGroups', 'AutoScaling.AutoScalingException'],
    ['ssm:describeInstanceInformation', 'Ssm.InvalidInstanceIdException'],
    ['elasticloadbalancingv2:describeTargetGroups', 'ElasticLoadBalancingV2.TargetGroupNotFoundException'],
  ])('exist: %s may fail with %s', async (action, error) => {
    expect(await complaints({ Work: call(action, {}, { Catch: [caught(error), all] }), Done: done })).toEqual([]);
  });

  it.each([
    ['ec2:describeInstances', 'Ec2.UnauthorizedOperation', 'what its model does not declare is Ec2.Ec2Exception'],
    [
      'autoscaling:describeAutoScalingGroups',
      'AutoScaling.ResourceContentionFault',
      'what its model does not declare is AutoScaling.AutoScalingException',
    ],
    ['ssm:describeInstanceInformation', 'SSM.InvalidInstanceIdException', 'is written Ssm.InvalidInstanceIdException'],
  ])('do not exist: %s never fails with %s', async (action, error, message) => {
    const found = await complaints({ Work: call(action, {}, { Catch: [caught(error), all] }), Done: done });
    expect(found).toEqual([expect.stringContaining(message)]);
    expect(found[0]).toContain('Work › Catch[0].ErrorEquals: ');
  });
});
