import { readFileSync } from 'node:fs';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { SFN } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Synthesized } from '../../infra/synthesize.ts';
import { clientSettings, REGION } from '../aws/clients.ts';
import { findMoto, type Moto, startMoto } from '../aws/moto.ts';
import { FULL_POLICY, folder, resourcesOf, roleStatements, SYNTHESIS_MS, synthesizeText } from './template.ts';

/** Types that Moto's CloudFormation does not know; listed in test/aws/README.md. */
const LACKING = [
  'AWS::CloudWatch::Alarm',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::MaintenanceWindow',
  'AWS::SSM::MaintenanceWindowTask',
  'AWS::SSM::PatchBaseline',
  'AWS::StepFunctions::StateMachineAlias',
  'AWS::StepFunctions::StateMachineVersion',
];
const BUCKET = 'assets';

const source = await findMoto();
const missing = 'missing' in source ? source.missing : undefined;
if (missing !== undefined) console.warn(`left out: ${missing}`);

describe.skipIf(missing !== undefined)('the stack, created in Moto', () => {
  const outDir = folder();
  let moto: Moto;
  let stack: Synthesized;
  beforeAll(async () => {
    if ('missing' in source) return;
    moto = await startMoto(source);
    stack = await synthesizeText(FULL_POLICY, outDir, { assetBucket: BUCKET });
    const s3 = new S3({ ...clientSettings(moto.url), forcePathStyle: true });
    await s3.createBucket({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } });
    for (const { bucketName, objectKey, path } of stack.assets) {
      await s3.putObject({ Bucket: bucketName, Key: objectKey, Body: readFileSync(path) });
    }
    await new CloudFormation(clientSettings(moto.url)).createStack({
      StackName: stack.stackName,
      TemplateBody: JSON.stringify(withoutLacking(stack.template)),
      Capabilities: ['CAPABILITY_IAM'],
    });
  }, 2 * SYNTHESIS_MS);
  afterAll(async () => {
    await moto?.[Symbol.asyncDispose]();
  });

  it('has every resource that Moto knows', async () => {
    const cloudFormation = new CloudFormation(clientSettings(moto.url));
    const { StackResources = [] } = await cloudFormation.describeStackResources({ StackName: stack.stackName });
    const wanted = Object.entries(resourcesOf(stack.template)).filter(([, { Type }]) => !LACKING.includes(Type));
    expect(StackResources.map(({ LogicalResourceId }) => LogicalResourceId).sort()).toEqual(
      wanted.map(([id]) => id).sort(),
    );
  });

  it('has the table that locks, runs and their outcomes are kept in', async () => {
    const dynamodb = new DynamoDB(clientSettings(moto.url));
    const TableName = 'drydock-full';
    const { Table } = await dynamodb.describeTable({ TableName });
    const key = (of: { KeySchema?: { AttributeName?: string | undefined }[] | undefined } | undefined) =>
      of?.KeySchema?.map(({ AttributeName }) => AttributeName);
    expect(key(Table)).toEqual(['pk']);
    expect(Table?.BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST');
    expect(
      Object.fromEntries((Table?.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, key(index)])),
    ).toEqual({ runs: ['kind', 'startedAt'], ofRun: ['runId', 'pk'] });
  });

  it('has roles with the statements of the template', async () => {
    const cloudFormation = new CloudFormation(clientSettings(moto.url));
    const iam = new IAM(clientSettings(moto.url));
    const { StackResourceDetail } = await cloudFormation.describeStackResource({
      StackName: stack.stackName,
      LogicalResourceId: 'RolloutRole',
    });
    const RoleName = StackResourceDetail?.PhysicalResourceId;
    const { PolicyDocument = '' } = await iam.getRolePolicy({ RoleName, PolicyName: 'drydock' });
    // Moto gives it back in Python's words, which are no JSON.
    const sids = [...decodeURIComponent(PolicyDocument).matchAll(/.Sid.: .(\w+)/g)].map(([, sid]) => sid);
    expect(sids).toEqual(
      roleStatements(stack.template).flatMap(({ role, sid }) => (role === 'RolloutRole' ? [sid] : [])),
    );
    expect(PolicyDocument).toContain(`arn:aws:lambda:${REGION}:123456789012:function:drydock-full-plan`);
  });

  it('has the state machines by the names that runs are begun with', async () => {
    const { stateMachines = [] } = await new SFN(clientSettings(moto.url)).listStateMachines({});
    expect(stateMachines.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['drydock-full-rollout', 'drydock-full-recover']),
    );
  });
});

/** The template without what Moto does not know; whatever refers to an alias gets an ARN in its place. */
function withoutLacking(template: Record<string, unknown>): unknown {
  const resources = resourcesOf(template);
  const isLacking = (id: string) => LACKING.includes(resources[id]?.Type ?? '');
  const mended = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(mended);
    if (typeof value !== 'object' || value === null) return value;
    if ('Ref' in value && typeof value.Ref === 'string' && isLacking(value.Ref)) {
      return `arn:aws:states:${REGION}:123456789012:stateMachine:${value.Ref}`;
    }
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mended(member)]));
  };
  return {
    ...template,
    Resources: mended(Object.fromEntries(Object.entries(resources).filter(([id]) => !isLacking(id)))),
  };
}
