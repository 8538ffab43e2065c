import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { SFN } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Synthesized } from '../../infra/synthesize.ts';
import { clientSettings, REGION } from '../aws/clients.ts';
import { findMoto, type Moto, startMoto } from '../aws/moto.ts';
import { LACKING, withoutLacking } from './known-to-moto.ts';
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
import { unzip } from './unzip.ts';

const BUCKET = 'assets';

/** What Lambda does with a function: its module is loaded, its handler called once. */
const CALL = `
  const { handler } = await import(process.env.MODULE);
  const answer = await Promise.resolve(JSON.parse(process.env.EVENT)).then(handler).catch((error) => error.message);
  console.log(JSON.stringify(answer));
`;

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
  it('has functions that run as they were uploaded, by what the stack tells them', {
    timeout: SYNTHESIS_MS,
  }, async () => {
    const command = { 'command-id': '0c0ffee0', 'instance-id': 'i-0a1b2c3d', status: 'Success' };
    expect(await run('record', { detail: command })).toEqual({ woken: false });
    const { Item } = await new DynamoDB(clientSettings(moto.url)).getItem({
      TableName: 'drydock-full',
      Key: { pk: { S: 'command#0c0ffee0#i-0a1b2c3d' } },
    });
    expect(Item).toMatchObject({ status: { S: 'Success' } });

    const order = { policy: 'full', group: 'web', runId: 'r', startedAt: '2026-11-24T00:00:00.000Z' };
    // The policy is read, or it would be refused first; and Moto has no such group.
    expect(await run('plan', order)).toMatch(/web/);
    expect(await run('look', { groupName: 'web', targetGroupArns: [] })).toMatch(/group web does not exist/);
  });

  /** What a function answers that runs with the environment that Moto keeps for it; its error's message when it fails. */
  async function run(name: string, event: unknown): Promise<unknown> {
    const [, { Code, Environment }] = ofType(stack.template, 'AWS::Lambda::Function').find(
      ([, { FunctionName }]) => FunctionName === `drydock-full-${name}`,
    ) ?? ['', {}];
    const { S3Key } = z.object({ S3Key: z.string() }).parse(Code);
    const variables = z.object({ Variables: z.record(z.string(), z.unknown()) }).safeParse(Environment).data?.Variables;
    const told = Object.entries(variables ?? {}).map(([key, value]) => [
      key,
      textOf(value).replace(`\${Table}`, 'drydock-full'),
    ]);
    const archive = stack.assets.find(({ objectKey }) => objectKey === S3Key)?.path ?? '';
    const module = join(outDir, `${name}.mjs`);
    writeFileSync(module, unzip(readFileSync(archive)).content);
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', CALL], {
      env: {
        PATH: process.env.PATH,
        AWS_REGION: REGION,
        AWS_ENDPOINT_URL: moto.url,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        ...Object.fromEntries(told),
        MODULE: module,
        EVENT: JSON.stringify(event),
      },
    });
    return JSON.parse(stdout);
  }
});
