import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Json, TaskFailure } from '../../../src/interpreter/ports.ts';
import type { Cloud } from '../../../src/orchestrator/aws/cloud.ts';
import { createDispatcher, type DispatcherOptions } from '../../../src/orchestrator/aws/dispatcher.ts';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { openDatabase } from '../../../src/orchestrator/engine/database.ts';
import { itemTable } from '../../../src/orchestrator/table/table.ts';

const START = Date.UTC(2026, 0, 1);

/** A cloud of which only the calls that a test gives are there: by `service.action`. */
function cloudOf(calls: { [name: string]: (input: unknown) => Promise<unknown> }): Cloud {
  const services: { [service: string]: { [action: string]: unknown } } = {};
  for (const [name, call] of Object.entries(calls)) {
    const [service = '', action = ''] = name.split('.');
    services[service] = { ...services[service], [action]: call };
  }
  return services as unknown as Cloud;
}

function dispatcher(options: Partial<DispatcherOptions>) {
  const clock = virtualClock(START);
  const table = itemTable(openDatabase({}));
  return createDispatcher({ cloud: cloudOf({}), lambdas: {}, table, clock, remote: false, ...options });
}

function run(options: Partial<DispatcherOptions>, resource: string, args: Json, signal = new AbortController().signal) {
  return dispatcher(options).runTask({
    resource: `arn:aws:states:::${resource}`,
    arguments: args,
    stateName: 'Ask',
    executionArn: 'arn:aws:states:eu-west-1:000000000000:execution:rollout:run-1',
    signal,
  });
}

async function failure(work: Promise<unknown>): Promise<{ error: string; cause: string }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TaskFailure) return { error: error.error, cause: error.cause };
    throw error;
  }
  throw new Error('it did not fail');
}

function awsError(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name }, more);
}

describe('a call of an AWS service', () => {
  it('takes the arguments as they are and gives what comes back as JSON', async () => {
    const seen: unknown[] = [];
    const cloud = cloudOf({
      'autoscaling.detachInstances': async (input) => {
        seen.push(input);
        return {
          $metadata: { httpStatusCode: 200 },
          Activities: [
            {
              StartTime: new Date(START),
              EndTime: new Date(START + 1),
              Progress: 50,
              Details: undefined,
              Data: new Uint8Array([104, 105]),
              Gone: null,
              List: [undefined, 1],
            },
          ],
        };
      },
    });
    const args = { InstanceIds: ['i-1'], ShouldDecrementDesiredCapacity: true };
    expect(await run({ cloud }, 'aws-sdk:autoscaling:detachInstances', args)).toEqual({
      Activities: [
        {
          StartTime: '2026-01-01T00:00:00Z',
          EndTime: '2026-01-01T00:00:00.001Z',
          Progress: 50,
          Data: 'aGk=',
          Gone: null,
          List: [null, 1],
        },
      ],
    });
    expect(seen).toEqual([args]);
  });

  it('reads an object for an ItemReader, and gives its text', async () => {
    const seen: unknown[] = [];
    const cloud = cloudOf({
      's3.getObject': async (input) => {
        seen.push(input);
        return { $metadata: {}, Body: { transformToString: async () => '[{"id":"i-1"}]' }, ContentLength: 14 };
      },
    });
    const args = { Bucket: 'plans', Key: 'run-1.json' };
    expect(await run({ cloud }, 's3:getObject', args)).toEqual({ Body: '[{"id":"i-1"}]', ContentLength: 14 });
    expect(seen).toEqual([args]);
  });

  it('names what kept an ItemReader from its object as S3 does', async () => {
    const cloud = cloudOf({
      's3.getObject': async () => {
        throw awsError('NoSuchKey', 'The specified key does not exist.', { $metadata: { httpStatusCode: 404 } });
      },
    });
    expect(await failure(run({ cloud }, 's3:getObject', { Bucket: 'plans', Key: 'gone' }))).toEqual({
      error: 'S3.NoSuchKeyException',
      cause: 'The specified key does not exist. (Service: S3, Status Code: 404, Request ID: none)',
    });
  });

  it('gives an empty object where nothing comes back', async () => {
    const cloud = cloudOf({ 'ec2.createTags': async () => ({ $metadata: {} }) });
    expect(await run({ cloud }, 'aws-sdk:ec2:createTags', {})).toEqual({});
  });

  it('reads a body that is a stream as text', async () => {
    const body = Object.assign(Readable.from(['patches']), { transformToString: async () => 'patches: []' });
    const cloud = cloudOf({ 's3.getObject': async () => ({ Body: body, ETag: 'e' }) });
    expect(await run({ cloud }, 'aws-sdk:s3:getObject', { Bucket: 'b', Key: 'k' })).toEqual({
      Body: 'patches: []',
      ETag: 'e',
    });
  });

  it('sends the token task without its token part', async () => {
    const cloud = cloudOf({ 'ssm.sendCommand': async () => ({ Command: { CommandId: 'c-1' } }) });
    expect(await run({ cloud }, 'aws-sdk:ssm:sendCommand.waitForTaskToken', {})).toEqual({
      Command: { CommandId: 'c-1' },
    });
  });

  it.each([
    'aws-sdk:autoscaling:launchRockets',
    'aws-sdk:moon:describeInstances',
    'aws-sdk:ec2:constructor',
    'aws-sdk:ec2:toString',
    'states:startExecution',
    'dynamodb:query',
  ])('refuses what it does not know: %s', async (resource) => {
    const cloud = cloudOf({ 'ec2.describeInstances': async () => ({}) });
    const { error, cause } = await failure(run({ cloud }, resource, {}));
    expect(error).toBe('States.Runtime');
    expect(cause).toContain(resource);
  });

  it('holds the time still while a call is on the network, and only then', async () => {
    const clock = virtualClock(START);
    const turns = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
    const times: number[] = [];
    const cloud = cloudOf({
      'ec2.describeInstances': async () => {
        await turns();
        times.push(clock.now() - START);
        return {};
      },
    });
    for (const remote of [true, false]) {
      const call = run({ cloud, clock, remote }, 'aws-sdk:ec2:describeInstances', {});
      await clock.run(clock.sleep(1000));
      await call;
    }
    expect(times).toEqual([0, 2000]);
  });

  it('lets go of a call when the task is aborted, with the reason', async () => {
    const cloud = cloudOf({ 'ec2.describeInstances': () => new Promise(() => {}) });
    const stop = new AbortController();
    const call = run({ cloud }, 'aws-sdk:ec2:describeInstances', {}, stop.signal);
    stop.abort(new Error('timed out'));
    await expect(call).rejects.toThrow('timed out');
    await expect(run({ cloud }, 'aws-sdk:ec2:describeInstances', {}, stop.signal)).rejects.toThrow('timed out');
  });
});

describe('the error name of a failed call', () => {
  it.each([
    [
      'autoscaling:attachInstances',
      awsError('ResourceContentionFault', 'm'),
      'AutoScaling.ResourceContentionException',
    ],
    ['autoscaling:attachInstances', awsError('ResourceContention', 'm'), 'AutoScaling.ResourceContentionException'],
    [
      'autoscaling:exitStandby',
      awsError('ScalingActivityInProgressFault', 'm'),
      'AutoScaling.ScalingActivityInProgressException',
    ],
    ['autoscaling:attachInstances', awsError('ValidationError', 'm'), 'AutoScaling.AutoScalingException'],
    ['autoscaling:attachInstances', awsError('Throttling', 'm'), 'AutoScaling.AutoScalingException'],
    ['ec2:describeInstances', awsError('InvalidInstanceID.NotFound', 'm'), 'Ec2.Ec2Exception'],
    ['ec2:describeInstances', awsError('RequestLimitExceeded', 'm'), 'Ec2.Ec2Exception'],
    ['ssm:getCommandInvocation', awsError('InvocationDoesNotExist', 'm'), 'Ssm.InvocationDoesNotExistException'],
    ['ssm:sendCommand', awsError('InvalidInstanceId', 'm'), 'Ssm.InvalidInstanceIdException'],
    ['ssm:sendCommand', awsError('AccessDeniedException', 'm'), 'Ssm.SsmException'],
    ['ssm:sendCommand', awsError('InternalServerError', 'm'), 'Ssm.InternalServerErrorException'],
    [
      'elasticloadbalancingv2:describeTargetHealth',
      awsError('TargetGroupNotFoundException', 'm'),
      'ElasticLoadBalancingV2.TargetGroupNotFoundException',
    ],
    [
      'elasticloadbalancingv2:describeTargetHealth',
      awsError('InvalidTarget', 'm'),
      'ElasticLoadBalancingV2.InvalidTargetException',
    ],
    ['cloudwatch:describeAlarms', awsError('InvalidNextToken', 'm'), 'CloudWatch.InvalidNextTokenException'],
    ['s3:putObject', awsError('NoSuchBucket', 'm'), 'S3.NoSuchBucketException'],
    ['s3:putObject', awsError('SlowDown', 'm'), 'S3.S3Exception'],
    ['ec2:describeInstances', awsError('TimeoutError', 'm'), 'Ec2.SdkClientException'],
    ['ssm:sendCommand', awsError('Error', 'connect', { code: 'ECONNREFUSED' }), 'Ssm.SdkClientException'],
    ['ssm:sendCommand', awsError('CredentialsProviderError', 'm'), 'Ssm.SdkClientException'],
    ['ssm:sendCommand', new Error('Region is missing'), 'Ssm.SdkClientException'],
    ['ssm:sendCommand', new TaskFailure('States.Runtime', 'ours'), 'States.Runtime'],
  ])('of %s rejected with %s is as Step Functions names it', async (call, rejection, expected) => {
    const cloud = cloudOf({ [call.replace(':', '.')]: () => Promise.reject(rejection) });
    expect((await failure(run({ cloud }, `aws-sdk:${call}`, {}))).error).toBe(expected);
  });

  it('comes with a cause in the words of the SDK that Step Functions uses', async () => {
    const rejection = awsError('ValidationError', 'The instance i-1 is not in the group.', {
      $metadata: { httpStatusCode: 400, requestId: 'r-1' },
    });
    const cloud = cloudOf({ 'autoscaling.detachInstances': () => Promise.reject(rejection) });
    expect((await failure(run({ cloud }, 'aws-sdk:autoscaling:detachInstances', {}))).cause).toBe(
      'The instance i-1 is not in the group. (Service: AutoScaling, Status Code: 400, Request ID: r-1)',
    );
  });
});

describe('a Lambda function', () => {
  const lambdas: DispatcherOptions['lambdas'] = {
    'drydock-health': async (payload, { clock }) => ({ saw: payload, at: clock.now() }),
    failing: async () => {
      throw awsError('HealthCheckFailed', '3 of 3 refused');
    },
  };

  it.each([
    'drydock-health',
    'drydock-health:live',
    'arn:aws:lambda:eu-west-1:123456789012:function:drydock-health',
    'arn:aws:lambda:eu-west-1:123456789012:function:drydock-health:live',
  ])('is found by %s and answers as lambda:invoke does', async (FunctionName) => {
    expect(await run({ lambdas }, 'lambda:invoke', { FunctionName, Payload: { a: 1 } })).toEqual({
      ExecutedVersion: '$LATEST',
      Payload: { saw: { a: 1 }, at: START },
      StatusCode: 200,
    });
  });

  it("that throws fails the task with the error's name, and a cause that says what and where", async () => {
    const { error, cause } = await failure(run({ lambdas }, 'lambda:invoke', { FunctionName: 'failing' }));
    expect(error).toBe('HealthCheckFailed');
    expect(JSON.parse(cause)).toEqual({
      errorType: 'HealthCheckFailed',
      errorMessage: '3 of 3 refused',
      trace: expect.arrayContaining([expect.stringContaining('dispatcher.test.ts')]),
    });
  });

  it.each(['nobody', 'toString', ''])('that is not here is one of AWS: "%s"', async (FunctionName) => {
    const asked: unknown[] = [];
    const cloud = cloudOf({
      'lambda.invoke': async (input) => {
        asked.push(input);
        return { Payload: Object.assign(new Uint8Array(), { transformToString: () => '{"done":true}' }) };
      },
    });
    const answer = await run({ cloud, lambdas }, 'lambda:invoke', { FunctionName, Payload: { hook: 'afterPatch' } });
    expect(answer).toEqual({ StatusCode: 200, Payload: { done: true } });
    expect(asked).toEqual([{ FunctionName, Payload: '{"hook":"afterPatch"}' }]);
  });

  it('of AWS that throws fails the task with the name of its error', async () => {
    const thrown = '{"errorType":"SmokeTestFailed","errorMessage":"502","trace":[]}';
    const cloud = cloudOf({
      'lambda.invoke': async () => ({
        FunctionError: 'Unhandled',
        Payload: Object.assign(new Uint8Array(), { transformToString: () => thrown }),
      }),
    });
    const failed = await failure(run({ cloud, lambdas }, 'lambda:invoke', { FunctionName: 'smoke-test' }));
    expect(failed).toMatchObject({ error: 'SmokeTestFailed', cause: thrown });
  });

  it('of AWS that is not there is said to be so', async () => {
    const missing = Object.assign(new Error('Function not found: nobody'), { name: 'ResourceNotFoundException' });
    const cloud = cloudOf({ 'lambda.invoke': () => Promise.reject(missing) });
    const { error, cause } = await failure(run({ cloud, lambdas }, 'lambda:invoke', { FunctionName: 'nobody' }));
    expect(error).toBe('Lambda.ResourceNotFoundException');
    expect(cause).toContain('Function not found: nobody');
  });

  it('hears of the abort of its task', async () => {
    const stop = new AbortController();
    const heard: unknown[] = [];
    const waiting: DispatcherOptions['lambdas'] = {
      waiting: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            heard.push(signal.reason);
            reject(new Error('gave up'));
          });
        }),
    };
    const call = run({ lambdas: waiting }, 'lambda:invoke', { FunctionName: 'waiting' }, stop.signal);
    const reason = new Error('timed out');
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(heard).toEqual([reason]);
  });
});

describe('the item table', () => {
  it('is reached by the four calls of the DynamoDB integration', async () => {
    const table = itemTable(openDatabase({}));
    const key = { TableName: 'drydock', Key: { pk: { S: 'lock#web' } } };
    const call = (action: string, args: Json) => run({ table }, `dynamodb:${action}`, args);
    await call('putItem', { TableName: 'drydock', Item: { pk: { S: 'lock#web' }, holder: { S: 'run-1' } } });
    await call('updateItem', {
      ...key,
      UpdateExpression: 'SET n = :n',
      ExpressionAttributeValues: { ':n': { N: '1' } },
    });
    expect(await call('getItem', key)).toEqual({
      Item: { pk: { S: 'lock#web' }, holder: { S: 'run-1' }, n: { N: '1' } },
    });
    await call('deleteItem', key);
    expect(await call('getItem', key)).toEqual({});
    const refused = call('deleteItem', { ...key, ConditionExpression: 'attribute_exists(pk)' });
    expect((await failure(refused)).error).toBe('DynamoDB.ConditionalCheckFailedException');
  });
});
