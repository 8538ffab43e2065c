import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { Json } from '../../../src/interpreter/ports.ts';
import { actionsOfCall, actionsOfDefinition } from '../../../src/orchestrator/permissions/actions.ts';
import { definition } from '../../../statemachine/definitions.ts';
import { actionsOfModule } from './actions-of-module.ts';

const task = (Resource: string, Arguments: Json = {}): Json => ({ Type: 'Task', Resource, Arguments, End: true });
const machine = (States: { [name: string]: Json }): { [name: string]: Json } => ({ StartAt: 'A', States });
const actions = (States: { [name: string]: Json }) => actionsOfDefinition(machine(States)).map(({ action }) => action);

test.each([
  [
    'arn:aws:states:::aws-sdk:elasticloadbalancingv2:describeTargetHealth',
    ['elasticloadbalancing:DescribeTargetHealth'],
  ],
  ['arn:aws:states:::aws-sdk:sfn:startExecution', ['states:StartExecution']],
  ['arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken', ['dynamodb:UpdateItem']],
  ['arn:aws:states:::aws-sdk:s3:listObjectsV2', ['s3:ListBucket']],
  ['arn:aws:states:::aws-sdk:sts:getCallerIdentity', []],
  ['arn:aws:states:::dynamodb:getItem', ['dynamodb:GetItem']],
  ['arn:aws:states:::lambda:invoke', ['lambda:InvokeFunction']],
  ['arn:aws:states:::lambda:invoke.waitForTaskToken', ['lambda:InvokeFunction']],
  ['arn:aws:lambda:eu-west-1:123456789012:function:look', ['lambda:InvokeFunction']],
  ['arn:aws-cn:states:::sns:publish', ['sns:Publish']],
  ['arn:aws:states:::states:startExecution', ['states:StartExecution']],
])('%s needs %j', (resource, needed) => {
  expect(actions({ A: task(resource) })).toEqual(needed);
});

test('waiting for the end of another execution needs the right to watch, to stop it, and to the rule that tells of it', () => {
  expect(actions({ A: task('arn:aws:states:::states:startExecution.sync:2') })).toEqual([
    'events:DescribeRule',
    'events:PutRule',
    'events:PutTargets',
    'states:DescribeExecution',
    'states:StartExecution',
    'states:StopExecution',
  ]);
});

test('tags given on creation need a permission of their own, also where an expression gives them', () => {
  const snapshot = 'arn:aws:states:::aws-sdk:ec2:createSnapshot';
  expect(actions({ A: task(snapshot) })).toEqual(['ec2:CreateSnapshot']);
  const both = ['ec2:CreateSnapshot', 'ec2:CreateTags'];
  expect(actions({ A: task(snapshot, { TagSpecifications: [] }) })).toEqual(both);
  expect(actions({ A: task(snapshot, "{% $merge([{'TagSpecifications': []}]) %}") })).toEqual(both);
});

test('states inside Maps and Parallels count, and say who they are', () => {
  const inner = machine({ Look: task('arn:aws:states:::aws-sdk:ssm:getCommandInvocation') });
  const nested = machine({ Each: { Type: 'Map', ItemProcessor: { ...inner } } });
  expect(actionsOfDefinition(machine({ Both: { Type: 'Parallel', Branches: [nested, inner] } }))).toEqual([
    { action: 'ssm:GetCommandInvocation', by: ['Look'] },
  ]);
});

test('a Distributed Map starts, watches and stops executions of its own machine; an inline one does not', () => {
  const map = (Mode: string, more: { [key: string]: Json } = {}) =>
    actions({ Wave: { Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode }, ...machine({}) }, ...more } });
  const itself = ['states:DescribeExecution', 'states:StartExecution', 'states:StopExecution'];
  expect(map('INLINE')).toEqual([]);
  expect(map('DISTRIBUTED')).toEqual(itself);
  expect(map('DISTRIBUTED', { ItemReader: { Resource: 'arn:aws:states:::s3:getObject' } })).toEqual([
    's3:GetObject',
    ...itself,
  ]);
  expect(map('DISTRIBUTED', { ResultWriter: { Resource: 'arn:aws:states:::s3:putObject' } })).toContain('s3:PutObject');
});

test.each(['arn:aws:states:::ecs:runTask.sync', 'arn:aws:states:::http:invoke', 'not a resource'])(
  '%s is refused: a list that lacks something would be worse than none',
  (resource) => {
    expect(() => actions({ A: task(resource) })).toThrow(resource);
  },
);

test('the rollout as deployed needs what its instances need too', () => {
  const needed = new Map(actionsOfDefinition(definition('rollout')).map(({ action, by }) => [action, by]));
  expect(needed.get('ssm:SendCommand')?.toSorted()).toEqual(
    ['SendHook', 'SendPatchCommand', 'SendHook (stored)', 'SendPatchCommand (stored)'].sort(),
  );
  expect(needed.get('ec2:CreateTags')).toContain('CreateSnapshot');
  expect(needed.get('states:StartExecution')).toContain('Wave');
  expect(needed.get('lambda:InvokeFunction')).toContain('LookInDock');
});

test('names of clients and names of Step Functions are one service', () => {
  expect(actionsOfCall('elastic-load-balancing-v2', 'describeTargetGroups')).toEqual(
    actionsOfCall('elasticloadbalancingv2', 'describeTargetGroups'),
  );
  expect(actionsOfCall('service-quotas', 'listServiceQuotas')).toEqual(['servicequotas:ListServiceQuotas']);
});

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** An entry file beside this one, for as long as the test goes on. */
function entry(text: string): string {
  const folder = mkdtempSync(join(root, 'test/orchestrator/permissions/entry-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'entry.ts');
  writeFileSync(file, text);
  return file;
}

test('a program needs what the code it reaches calls through the port', async () => {
  const needed = await actionsOfModule(join(root, 'src/orchestrator/lambda/look.ts'));
  expect(needed).toEqual([
    { action: 'autoscaling:DescribeAutoScalingGroups', by: ['src/orchestrator/lambda/look.ts'] },
    { action: 'autoscaling:DescribeInstanceRefreshes', by: ['src/orchestrator/lambda/look.ts'] },
    { action: 'ec2:DescribeInstances', by: ['src/orchestrator/lambda/look.ts'] },
    { action: 'elasticloadbalancing:DescribeTargetHealth', by: ['src/orchestrator/lambda/look.ts'] },
    { action: 's3:GetObject', by: ['src/orchestrator/lambda/look.ts'] },
    { action: 'ssm:DescribeInstancePatchStates', by: ['src/orchestrator/lambda/look.ts'] },
    { action: 'ssm:DescribeInstancePatches', by: ['src/orchestrator/lambda/look.ts'] },
  ]);
});

test('it needs nothing for what it imports and does not use', async () => {
  const needed = await actionsOfModule(
    entry(
      "import { findGroups } from '../../../../src/orchestrator/fleet/read.ts';\nexport const handler = findGroups;\n",
    ),
  );
  expect(needed.map(({ action }) => action)).toEqual(['autoscaling:DescribeAutoScalingGroups']);
});

test('commands, calls and paginators of the SDK are found, types are not', async () => {
  const needed = await actionsOfModule(
    entry(`
      import { DynamoDB, paginateQuery } from '@aws-sdk/client-dynamodb';
      import { type ListExecutionsCommand, SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
      const table = new DynamoDB();
      export async function handler(only?: ListExecutionsCommand) {
        for await (const page of paginateQuery({ client: table }, { TableName: 't' })) console.log(page, only);
        await table.updateItem({ TableName: 't', Key: {} });
        await new SFNClient().send(new SendTaskSuccessCommand({ taskToken: 't', output: '{}' }));
        return [1].map(String);
      }
    `),
  );
  expect(needed.map(({ action }) => action)).toEqual([
    'dynamodb:Query',
    'dynamodb:UpdateItem',
    'states:SendTaskSuccess',
  ]);
});

test('a client that is loaded at its first call counts as well', async () => {
  const needed = await actionsOfModule(
    entry(`
      export const handler = async () => {
        const { STS } = await import('@aws-sdk/client-sts');
        const { IAM } = await import('@aws-sdk/client-iam');
        return [await new STS().getCallerIdentity({}), await new IAM().simulatePrincipalPolicy({ PolicySourceArn: '', ActionNames: [] })];
      };
    `),
  );
  expect(needed.map(({ action }) => action)).toEqual(['iam:SimulatePrincipalPolicy']);
});
