import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../statemachine/lint/json.ts';
import { lint } from '../../../statemachine/lint/lint.ts';
import { call, complaints, complaintsOfTask, done, machine, task } from './machines.ts';

const complaintsOfCall = (action: string, args: JsonObject | string, otherwise: JsonObject = {}) =>
  complaints({ Work: call(action, args, otherwise), Done: done });

describe('a call through the SDK', () => {
  it.each<[string, JsonObject | string]>([
    ['ec2:createTags', { Resources: ['i-1'], Tags: [{ Key: 'a', Value: '{% $states.input.b %}' }] }],
    ['ec2:createTags', { Resources: '{% $states.input %}', Tags: "{% [{'Key': 'a', 'Value': 'b'}] %}" }],
    ['ec2:createTags', "{% $merge([{'Resources': ['i-1']}, {'Tags': $states.input}]) %}"],
    [
      'autoscaling:setInstanceProtection',
      { AutoScalingGroupName: 'g', InstanceIds: ['i-1'], ProtectedFromScaleIn: true },
    ],
    ['ssm:sendCommand', { DocumentName: 'd', Parameters: { Operation: ['Install'] }, TimeoutSeconds: '{% 30 + 30 %}' }],
    ['s3:putObject', { Bucket: 'b', Key: 'k', Body: { any: 'thing' } }],
    [
      'elasticloadbalancingv2:describeTargetHealth',
      { TargetGroupArn: '{% $states.input %}', Targets: [{ Id: 'i-1', Port: 80 }] },
    ],
    ['cloudwatch:describeAlarms', { AlarmNames: '{% $states.input %}' }],
    // The SDK has this service's members in camel case, Step Functions has none.
    ['sfn:startExecution', { StateMachineArn: '{% $states.input %}' }],
  ])('is well: %s %j', async (action, args) => {
    expect(await complaintsOfCall(action, args)).toEqual([]);
  });

  it.each<[string, JsonObject | string, string]>([
    ['ec2:describeInstance', {}, 'Resource: ec2 has no action describeInstance'],
    ['ec2:DescribeInstances', {}, 'Resource: ec2 has no action DescribeInstances; it is written describeInstances'],
    ['sfn:startExecution', {}, 'Arguments: StartExecutionInput needs StateMachineArn'],
    ['elbv2:describeTargetHealth', {}, 'Resource: no client of elbv2 is here to check it by'],
    [
      'ec2:describeInstances',
      { instanceIds: [] },
      'Arguments.instanceIds: DescribeInstancesRequest has no member instanceIds: it is written InstanceIds',
    ],
    [
      'ec2:describeInstances',
      { Ids: [] },
      'Arguments.Ids: DescribeInstancesRequest has no member Ids: it has InstanceIds, ',
    ],
    ['ec2:describeInstances', { InstanceIds: 'i-1' }, 'Arguments.InstanceIds: must be a list, is "i-1"'],
    ['ec2:describeInstances', { InstanceIds: [1] }, 'Arguments.InstanceIds[0]: must be a string, is 1'],
    ['ec2:describeInstances', { MaxResults: '100' }, 'Arguments.MaxResults: must be a number, is "100"'],
    ['ec2:describeInstances', { DryRun: 'no' }, 'Arguments.DryRun: must be a boolean, is "no"'],
    ['ec2:createTags', { Resources: ['i-1'] }, 'Arguments: CreateTagsRequest needs Tags'],
    ['ec2:createTags', { Resources: ['i-1'], Tags: [{ Name: 'a' }] }, 'Arguments.Tags[0].Name: Tag has no member Name'],
    ['ec2:createTags', { Resources: ['i-1'], Tags: {} }, 'Arguments.Tags: must be a list, is {}'],
    [
      'ec2:createTags',
      { Resources: ['i-1'], Tags: "{% [{'Key': 'a', 'Vaule': 'b'}] %}" },
      'Arguments.Tags[].Vaule: Tag has no member Vaule',
    ],
    [
      'ec2:createTags',
      { Resources: ['i-1'], Tags: "{% $states.input.{'Ky': $} %}" },
      'Arguments.Tags[].Ky: Tag has no member Ky',
    ],
    [
      'ec2:createTags',
      "{% $merge([{'Resources': []}, $states.input ? {'tags': []} : {}]) %}",
      'Arguments.tags: CreateTagsRequest has no member tags: it is written Tags',
    ],
    ['ec2:createTags', "{% {'Resources': []} %}", 'Arguments: CreateTagsRequest needs Tags'],
    [
      'ssm:sendCommand',
      { DocumentName: 'd', Parameters: { Operation: 'Install' } },
      'Arguments.Parameters.Operation: must be a list, is "Install"',
    ],
    [
      'autoscaling:setInstanceProtection',
      { AutoScalingGroupName: 'g', ProtectedFromScaleIn: true },
      'Arguments: SetInstanceProtectionQuery needs InstanceIds',
    ],
  ])('is caught: %s %j', async (action, args, message) => {
    const found = await complaintsOfCall(action, args);
    expect(found).toEqual([expect.stringContaining(`Work › ${message}`)]);
  });
});

describe('an integration of Step Functions’ own', () => {
  const key = { pk: { S: 'a' } };
  const ofTask = (name: string, args: JsonObject) =>
    complaintsOfTask({ Resource: `arn:aws:states:::${name}`, Arguments: args });

  it.each<[string, JsonObject]>([
    ['lambda:invoke', { FunctionName: 'f', Payload: { any: ['thing'] } }],
    ['lambda:invoke.waitForTaskToken', { FunctionName: 'f', Payload: { token: '{% $states.context.Task.Token %}' } }],
    ['dynamodb:getItem', { TableName: 't', Key: key, ConsistentRead: true }],
    ['dynamodb:putItem', { TableName: 't', Item: { ...key, n: { N: '1' }, s: { SS: ['a'] } } }],
    [
      'dynamodb:updateItem',
      {
        TableName: 't',
        Key: key,
        UpdateExpression: 'SET #a = :a REMOVE b',
        ConditionExpression: 'c = :c',
        ExpressionAttributeNames: { '#a': 'a' },
        ExpressionAttributeValues: { ':a': { BOOL: true }, ':c': { S: 'x' } },
      },
    ],
    ['dynamodb:deleteItem', { TableName: 't', Key: key }],
  ])('is well: %s %j', async (name, args) => {
    expect(await ofTask(name, args)).toEqual([]);
  });

  it.each<[string, JsonObject, string]>([
    ['lambda:invoke', { Payload: {} }, 'Arguments: lambda:invoke needs FunctionName'],
    ['lambda:invoke', { FunctionName: 'f', Input: {} }, 'Arguments.Input: lambda:invoke has no member Input'],
    ['lambda:call', {}, 'Resource: not an integration that is known here'],
    ['dynamodb:getItem', { TableName: 't' }, 'Arguments: dynamodb:getItem needs Key'],
    ['dynamodb:putItem', { TableName: 't', Item: { pk: 'a' } }, 'Arguments.Item.pk: must be an object, is "a"'],
    ['dynamodb:putItem', { TableName: 't', Item: { pk: { N: 1 } } }, 'Arguments.Item.pk.N: must be a string, is 1'],
    [
      'dynamodb:putItem',
      { TableName: 't', Item: { pk: { Str: 'a' } } },
      'Arguments.Item.pk.Str: Item has no member Str',
    ],
    [
      'dynamodb:deleteItem',
      { TableName: 't', Key: key, ConditionExpression: 'holder = :me' },
      'Arguments.ExpressionAttributeValues: :me is used and not given',
    ],
    [
      'dynamodb:deleteItem',
      { TableName: 't', Key: key, ExpressionAttributeNames: { '#a': 'a' } },
      'Arguments.ExpressionAttributeNames: #a is given and not used',
    ],
  ])('is caught: %s %j', async (name, args, message) => {
    expect(await ofTask(name, args)).toEqual([expect.stringContaining(`Work › ${message}`)]);
  });
});

describe('the reading of an ItemReader', () => {
  const reading = (reader: JsonObject = {}): JsonObject => ({
    Each: {
      Type: 'Map',
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        ReaderConfig: { InputType: 'JSON', MaxItems: '{% $states.input.most %}' },
        Arguments: { Bucket: '{% $states.input.bucket %}', Key: 'items.json' },
        ...reader,
      },
      ItemSelector: { item: '{% $states.context.Map.Item.Value %}' },
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Work',
        States: { Work: { Type: 'Pass', End: true } },
      },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
      Next: 'Done',
    },
    Done: done,
  });

  it('is well', async () => {
    expect(await lint(machine(reading()))).toEqual([]);
  });

  it.each<[string, JsonObject, string]>([
    ['needs a Key', { Arguments: { Bucket: 'b' } }, 'ItemReader.Arguments: GetObjectRequest needs Key'],
    [
      'spells its arguments as S3 does',
      { Arguments: { Bucket: 'b', Key: 'k', bucket: 'b' } },
      'ItemReader.Arguments.bucket: GetObjectRequest has no member bucket: it is written Bucket',
    ],
    [
      'names a call that there is',
      { Resource: 'arn:aws:states:::s3:readObject' },
      'ItemReader.Resource: s3 has no action readObject',
    ],
    [
      'asks $states only for what is there',
      { Arguments: { Bucket: 'b', Key: '{% $states.result %}' } },
      'ItemReader.Arguments.Key: $states.result is there only in Assign and Output of a Task, Map or Parallel',
    ],
    [
      'is written in JSONata',
      { Arguments: { Bucket: 'b', Key: '{% $( %}' } },
      'ItemReader.Arguments.Key: JSONata does not read this',
    ],
  ])('%s', async (_, reader, expected) => {
    const found = await complaints(reading(reader));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`Each › ${expected}`);
  });
});

describe('what is read of a result', () => {
  const reading = (expression: string, resource = 'aws-sdk:ec2:describeInstances') =>
    complaints({
      Work: task({
        Resource: `arn:aws:states:::${resource}`,
        Arguments: resource.startsWith('lambda') ? { FunctionName: 'f' } : {},
        Assign: { a: `{% ${expression} %}` },
      }),
      Done: done,
    });

  it.each([
    '$states.result.Reservations.Instances[0].State.Name',
    '( $i := $states.result.Reservations.Instances[0]; $i.BlockDeviceMappings[DeviceName = $i.RootDeviceName].Ebs.VolumeId )',
    "$states.result.Reservations.Instances.{'id': InstanceId}",
    '$states.result.Reservations.Instances^(>LaunchTime)[0].InstanceId',
    '( $tag := function($key) { $states.result.Reservations.Instances.Tags[Key = $key].Value }; $tag("a") )',
    '$states.result.**.InstanceId',
  ])('is there: %s', async (expression) => {
    expect(await reading(expression)).toEqual([]);
  });

  it.each([
    ['$states.result.Instances', 'DescribeInstancesResult has no member Instances: this reads nothing'],
    ['$states.result.Reservations[0].Instances.InstanceID', 'Instance has no member InstanceID: this reads nothing'],
    ['( $i := $states.result.Reservations.Instances; $i.Status )', 'Instance has no member Status: this reads nothing'],
    ['$states.result.Reservations.Instances[Id = "a"]', 'Instance has no member Id: this reads nothing'],
    ["$states.result.Reservations.{'id': Id}", 'Reservation has no member Id: this reads nothing'],
  ])('is not there: %s', async (expression, message) => {
    expect(await reading(expression)).toEqual([`Work › Assign.a: ${message}`]);
  });

  it('is a function’s own business in its Payload', async () => {
    expect(await reading('$states.result.Payload.anything.at.all', 'lambda:invoke')).toEqual([]);
    expect(await reading('$states.result.payload', 'lambda:invoke')).toEqual([
      'Work › Assign.a: lambda:invoke has no member payload: this reads nothing',
    ]);
  });
});
