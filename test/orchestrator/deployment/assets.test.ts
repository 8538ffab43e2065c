import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadAssets } from '../../../src/orchestrator/deployment/assets.ts';
import type { AssetCalls } from '../../../src/orchestrator/deployment/calls.ts';
import { DEPLOYED, sdkError } from './cloud-formation.ts';

const status = (httpStatusCode: number) => sdkError('Unknown', 'UnknownError', { $metadata: { httpStatusCode } });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-assets-'));
  for (const name of ['a', 'b']) writeFileSync(join(folder, name), `content of ${name}`);
});
afterAll(() => rmSync(folder, { recursive: true }));

const assets = () =>
  ['a', 'b'].map((name) => ({
    path: join(folder, name),
    objectKey: `${name}.zip`,
    bucketName: `cdk-assets-\${AWS::AccountId}-\${AWS::Region}`,
  }));

/** A bucket in which these objects are. */
function bucket(there: string[], failures: Partial<Record<keyof AssetCalls, Error>> = {}) {
  const put: object[] = [];
  const asked: object[] = [];
  const failIf = (call: keyof AssetCalls) => {
    if (failures[call] !== undefined) throw failures[call];
  };
  const calls: AssetCalls = {
    headBucket: async (input) => {
      asked.push(input);
      failIf('headBucket');
    },
    headObject: async (input) => {
      asked.push(input);
      failIf('headObject');
      if (!there.includes(input.Key ?? '')) throw status(404);
    },
    putObject: async (input) => {
      failIf('putObject');
      put.push(input);
    },
  };
  return { calls, put, asked };
}

describe('the files of a deployment', () => {
  it('are uploaded where they are not there yet, into the bucket of this account and region', async () => {
    const { calls, put, asked } = bucket(['a.zip']);
    expect(await uploadAssets(calls, DEPLOYED, assets(), { ownBucket: true })).toBe(1);
    expect(put).toEqual([
      {
        Bucket: 'cdk-assets-123456789012-eu-west-1',
        Key: 'b.zip',
        Body: Buffer.from('content of b'),
        ExpectedBucketOwner: '123456789012',
      },
    ]);
    // A bucket whose name can be guessed is not written to when it is somebody else's.
    for (const input of asked) expect(input).toMatchObject({ ExpectedBucketOwner: '123456789012' });
  });

  it('go into a bucket that was named, whoever owns it', async () => {
    const { calls, put } = bucket([]);
    await uploadAssets(calls, DEPLOYED, assets(), { ownBucket: false });
    expect(put).toHaveLength(2);
    for (const input of put) expect(input).not.toHaveProperty('ExpectedBucketOwner');
  });

  it('are uploaded by who may write and not list', async () => {
    const { calls, put } = bucket([], { headObject: status(403) });
    await uploadAssets(calls, DEPLOYED, assets(), { ownBucket: true });
    expect(put).toHaveLength(2);
  });

  it.each([
    [
      404,
      /there is no bucket cdk-assets-123456789012-eu-west-1/,
      /npx cdk bootstrap aws:\/\/123456789012\/eu-west-1.*--bucket/,
    ],
    [301, /is not in eu-west-1/, /Name one in eu-west-1 with --bucket/],
    [403, /may not be used/, /s3:ListBucket.*s3:PutObject/],
  ])('have no bucket when it answers %d: nothing is uploaded', async (code, message, next) => {
    const { calls, put } = bucket([], { headBucket: status(code) });
    await expect(uploadAssets(calls, DEPLOYED, assets(), { ownBucket: true })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
      next: expect.stringMatching(next),
    });
    expect(put).toEqual([]);
  });

  it('that may not be written are an error', async () => {
    const { calls } = bucket([], { putObject: status(403) });
    await expect(uploadAssets(calls, DEPLOYED, assets(), { ownBucket: true })).rejects.toMatchObject({ exitCode: 2 });
  });
});
