import { readFileSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FUNCTIONS } from '../../infra/bundle.ts';
import type { Synthesized } from '../../infra/synthesize.ts';
import { STANDARD_POLICY } from '../../src/policies/standard.ts';
import { linkDefinition, readDefinition } from '../../statemachine/definitions.ts';
import {
  FULL_POLICY,
  folder,
  ofType,
  resourcesOf,
  roleStatements,
  SYNTHESIS_MS,
  synthesizeText,
  textOf,
} from './template.ts';

let full: Synthesized;
let standard: Synthesized;
const [fullFolder, againFolder, standardFolder] = [folder(), folder(), folder()];
beforeAll(async () => {
  full = await synthesizeText(FULL_POLICY, fullFolder);
  standard = await synthesizeText(STANDARD_POLICY, standardFolder);
}, SYNTHESIS_MS);

describe('the template of a policy', () => {
  it('consists of these resources', () => {
    const counts = Object.groupBy(Object.values(resourcesOf(full.template)), ({ Type }) => Type);
    const lines = Object.entries(counts).map(([type, of]) => `${of?.length} ${type}`);
    expect(lines.sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1))).toMatchInlineSnapshot(`
      [
        "12 AWS::IAM::Role",
        "10 AWS::Logs::LogGroup",
        "20 AWS::SSM::PatchBaseline",
        "4 AWS::CloudWatch::Alarm",
        "1 AWS::DynamoDB::Table",
        "2 AWS::Events::Rule",
        "7 AWS::Lambda::Function",
        "1 AWS::Lambda::Permission",
        "1 AWS::S3::Bucket",
        "1 AWS::S3::BucketPolicy",
        "1 AWS::SQS::Queue",
        "1 AWS::SQS::QueuePolicy",
        "2 AWS::SSM::MaintenanceWindow",
        "2 AWS::SSM::MaintenanceWindowTask",
        "3 AWS::StepFunctions::StateMachine",
        "3 AWS::StepFunctions::StateMachineAlias",
        "3 AWS::StepFunctions::StateMachineVersion",
      ]
    `);
  });

  it('has nothing that costs by the hour: no server, no NAT gateway, no key, no provisioned capacity', () => {
    const types = Object.values(resourcesOf(full.template)).map(({ Type }) => Type);
    expect(types.filter((type) => /EC2|KMS|NatGateway|SecretsManager|RDS|ECS/.test(type))).toEqual([]);
    expect(JSON.stringify(full.template)).not.toMatch(/ProvisionedThroughput|ProvisionedConcurrency/);
  });

  it('gives each role what is written beside this test', async () => {
    await expect(rolesAsText(full.template)).toMatchFileSnapshot('roles.snap.txt');
  });

  it('is as small as what CloudFormation takes without a bucket', () => {
    expect(JSON.stringify(standard.template).length).toBeLessThan(51_200);
  });

  it('asks for no parameters and no bootstrap version', () => {
    expect(Object.keys(full.template).sort()).toEqual(['Description', 'Outputs', 'Resources']);
  });

  it('is the same when it is made again elsewhere, and so are its assets', { timeout: SYNTHESIS_MS }, async () => {
    const again = await synthesizeText(FULL_POLICY, againFolder);
    expect(again.template).toEqual(full.template);
    expect(again.assets.map(({ objectKey }) => objectKey)).toEqual(full.assets.map(({ objectKey }) => objectKey));
  });
});

/** Roles as a reviewer reads them. */
function rolesAsText(template: unknown): string {
  const byRole = Map.groupBy(roleStatements(template), ({ role }) => role);
  const short = (resource: string) =>
    resource.replaceAll(`\${AWS::Partition}`, 'aws').replace(`\${AWS::Region}:\${AWS::AccountId}`, '…');
  return [...byRole]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([role, statements]) => {
      const lines = statements.flatMap(({ sid, actions, resources, condition }) => [
        `  ${sid}`,
        ...actions.map((action) => `    ${action}`),
        ...resources.map((resource) => `    on ${short(resource).replace(/[0-9a-f]{64}/, 'HASH')}`),
        ...(condition === undefined ? [] : [`    if ${JSON.stringify(condition)}`]),
      ]);
      return [role, ...lines, ''].join('\n');
    })
    .join('\n');
}

describe('the files that go with it', () => {
  it('are there, under keys that tell their content, in the bucket of cdk bootstrap', () => {
    expect(full.assets).toHaveLength(
      ofType(full.template, 'AWS::StepFunctions::StateMachine').length + 2 + FUNCTIONS.length,
    );
    for (const { path, objectKey, bucketName } of full.assets) {
      expect(statSync(path).isFile()).toBe(true);
      expect(objectKey).toMatch(/^[0-9a-f]{64}\.(json|zip|yaml)$/);
      expect(bucketName).toBe(`cdk-hnb659fds-assets-\${AWS::AccountId}-\${AWS::Region}`);
    }
  });

  it('are all that the template names', () => {
    const keys = new Set(JSON.stringify(full.template).match(/[0-9a-f]{64}\.(?:json|zip|yaml)/g));
    const assets = full.assets.map(({ objectKey }) => objectKey);
    expect([...keys].filter((key) => !assets.includes(key))).toEqual([]);
    // The template does not name itself.
    expect(assets.filter((key) => !keys.has(key))).toHaveLength(1);
  });

  it('go to another bucket when it is named', { timeout: SYNTHESIS_MS }, async () => {
    const { assets, template } = await synthesizeText(STANDARD_POLICY, folder(), { assetBucket: 'our-assets' });
    expect(new Set(assets.map(({ bucketName }) => bucketName))).toEqual(new Set(['our-assets']));
    expect(JSON.stringify(template)).toContain('our-assets');
    expect(JSON.stringify(template)).not.toContain('cdk-hnb659fds');
  });

  it('hold the policy as it was written', () => {
    const policy = full.assets.find(({ objectKey }) => objectKey.endsWith('.yaml'));
    expect(readFileSync(policy?.path ?? '', 'utf8')).toBe(FULL_POLICY);
  });
});

describe('the table', () => {
  it('is paid for by the call, can be put back to any second, and forgets what has expired', () => {
    const [table, ...others] = ofType(full.template, 'AWS::DynamoDB::Table').map(([, properties]) => properties);
    expect(others).toEqual([]);
    expect(table).toMatchObject({
      TableName: 'drydock-full',
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });
});

describe('the state machines', () => {
  const machines = () => ofType(full.template, 'AWS::StepFunctions::StateMachine');

  it('are the files of statemachine/, linked, and every hole in them is filled', () => {
    expect(machines().length).toBeGreaterThan(1);
    for (const [, { StateMachineName, DefinitionS3Location, DefinitionSubstitutions }] of machines()) {
      const { Key } = z.object({ Key: z.string() }).parse(DefinitionS3Location);
      const text = readFileSync(full.assets.find(({ objectKey }) => objectKey === Key)?.path ?? '', 'utf8');
      const name = textOf(StateMachineName).replace('drydock-full-', '');
      expect(JSON.parse(text)).toEqual(linkDefinition(readDefinition(name), readDefinition));
      const holes = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, hole]) => hole);
      expect(holes.length).toBeGreaterThan(0);
      expect(Object.keys(DefinitionSubstitutions ?? {})).toEqual(expect.arrayContaining([...new Set(holes)]));
    }
  });

  it('log every transition but nothing that is handed on: it may hold the secrets of a health check', () => {
    for (const [, { LoggingConfiguration, TracingConfiguration }] of machines()) {
      expect(LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
      expect(TracingConfiguration).toEqual({ Enabled: true });
    }
  });

  it('get a version with each revision, which the alias live names', () => {
    for (const [id] of machines()) {
      const part = id.replace('Machine', '');
      expect(resourcesOf(full.template)[`${part}Version`]?.Properties).toEqual({
        StateMachineArn: { 'Fn::GetAtt': [id, 'Arn'] },
        StateMachineRevisionId: { 'Fn::GetAtt': [id, 'StateMachineRevisionId'] },
      });
      expect(resourcesOf(full.template)[`${part}Alias`]?.Properties).toEqual({
        Name: 'live',
        RoutingConfiguration: [{ StateMachineVersionArn: { 'Fn::GetAtt': [`${part}Version`, 'Arn'] }, Weight: 100 }],
      });
    }
  });

  it('end in logs that are forgotten with the history', () => {
    const groups = ofType(full.template, 'AWS::Logs::LogGroup');
    expect(groups.length).toBe(machines().length + FUNCTIONS.length);
    expect(new Set(groups.map(([, { RetentionInDays }]) => RetentionInDays))).toEqual(new Set([90]));
  });
});

describe('the functions', () => {
  const functions = (of: Synthesized) =>
    new Map(ofType(of.template, 'AWS::Lambda::Function').map(([, p]) => [textOf(p.FunctionName), p]));

  it('are called by their policy', () => {
    expect([...functions(full).keys()].sort()).toEqual(FUNCTIONS.map((name) => `drydock-full-${name}`).sort());
  });

  it('that a policy has no use for are not there', () => {
    expect([...functions(standard).keys()].join()).not.toMatch(/hook|notify/);
  });

  it('are in a VPC only where instances are asked: nothing there would reach AWS without a NAT gateway', () => {
    const network = { SubnetIds: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'], SecurityGroupIds: ['sg-0a1b2c3d'] };
    const inVpc = [...functions(full)].filter(([, { VpcConfig }]) => VpcConfig !== undefined);
    expect(inVpc.map(([name, { VpcConfig }]) => [name, VpcConfig])).toEqual([
      ['drydock-full-health', network],
      ['drydock-full-hook', network],
    ]);
    expect([...functions(standard).values()].filter(({ VpcConfig }) => VpcConfig !== undefined)).toEqual([]);
  });

  it('find the policy by the environment, so that another policy is no other code', () => {
    const { Environment, Code } = functions(full).get('drydock-full-plan') ?? {};
    const { Variables } = z.object({ Variables: z.record(z.string(), z.unknown()) }).parse(Environment);
    expect(Object.keys(Variables).sort()).toEqual(['ORDERS_BUCKET', 'POLICY_BUCKET', 'POLICY_KEY', 'TABLE_NAME']);
    expect(textOf(Variables.POLICY_KEY)).toMatch(/\.yaml$/);
    expect(Code).toEqual({
      ...z.object({}).loose().parse(functions(standard).get('drydock-standard-plan')?.Code),
    });
  });
});

describe('the rules', () => {
  const rule = (id: string) => resourcesOf(full.template)[id]?.Properties ?? {};

  it('start recover with the id of a rollout that ended badly, and of nothing else', () => {
    expect(rule('RecoverRule').EventPattern).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [{ Ref: 'RolloutMachine' }], status: ['ABORTED', 'FAILED', 'TIMED_OUT'] },
    });
    expect(rule('RecoverRule').Targets).toEqual([
      {
        Id: 'recover',
        Arn: { Ref: 'RecoverAlias' },
        RoleArn: { 'Fn::GetAtt': ['RecoverRuleRole', 'Arn'] },
        InputTransformer: { InputPathsMap: { run: '$.detail.name' }, InputTemplate: '{"runId": <run>}' },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
      },
    ]);
  });

  it('tell record of patch commands that are over, and lose no event that cannot be handed on', () => {
    expect(rule('RecordRule').EventPattern).toEqual({
      source: ['aws.ssm'],
      'detail-type': ['EC2 Command Invocation Status-change Notification'],
      detail: { 'document-name': ['AWS-RunPatchBaseline'], status: ['Cancelled', 'Failed', 'Success', 'TimedOut'] },
    });
    const letters = { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } };
    expect(rule('RecordRule').Targets).toEqual([
      { Id: 'record', Arn: { 'Fn::GetAtt': ['RecordFunction', 'Arn'] }, DeadLetterConfig: letters },
    ]);
    expect(rule('RecordFunction').DeadLetterConfig).toEqual({ TargetArn: letters.Arn });
  });
});

describe('the alarms', () => {
  it('watch each state machine and the dead letters, and tell the topics of the policy alone', () => {
    const alarms = ofType(full.template, 'AWS::CloudWatch::Alarm');
    const machines = ofType(full.template, 'AWS::StepFunctions::StateMachine');
    expect(alarms).toHaveLength(machines.length + 1);
    for (const [, { AlarmActions }] of alarms) {
      expect(AlarmActions).toEqual(['arn:aws:sns:eu-central-1:123456789012:patching']);
    }
    const metrics = JSON.stringify(alarms);
    for (const end of ['ExecutionsFailed', 'ExecutionsAborted', 'ExecutionsTimedOut']) {
      expect(metrics.split(`"${end}"`)).toHaveLength(machines.length + 1);
    }
  });
});
