/** The files of a deployment: they lie in a bucket before CloudFormation is asked for anything. */
import { readFile } from 'node:fs/promises';
import { explainAwsError } from '../aws/explain.ts';
import { DrydockError, EXIT } from '../errors.ts';
import { mapLimited } from '../fleet/pages.ts';
import type { Deployed } from '../step-functions/deployed.ts';
import type { AssetCalls } from './calls.ts';

/** A file that has to lie in a bucket. */
export interface Asset {
  path: string;
  /** The same content has the same key: what lies there already is right. */
  objectKey: string;
  /** `${AWS::AccountId}` and `${AWS::Region}` in it stand for those of the stack. */
  bucketName: string;
}

/** Uploads under way at once. */
const AT_ONCE = 4;

/** The bucket's name in the account and region of the deployment. */
export function bucketOf({ bucketName }: Asset, { account, region, partition }: Deployed): string {
  return bucketName
    .replaceAll(`\${AWS::AccountId}`, account)
    .replaceAll(`\${AWS::Region}`, region)
    .replaceAll(`\${AWS::Partition}`, partition);
}

/** Where CloudFormation reads a template that is too long to be sent along. */
export function assetUrl(asset: Asset, deployed: Deployed): string {
  const suffix = deployed.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://${bucketOf(asset, deployed)}.s3.${deployed.region}.${suffix}/${asset.objectKey}`;
}

/**
 * Puts there what is not there yet, and gives how many that were. Rejects with a `DrydockError` (exit code 2) before anything is
 * uploaded when a bucket is not there, not in the region of the stack, or may not be written to. With `ownBucket` the bucket has
 * to belong to the account of the deployment: its name can be guessed, and whoever has it gets to give the functions their code.
 */
export async function uploadAssets(
  calls: AssetCalls,
  deployed: Deployed,
  assets: readonly Asset[],
  { ownBucket }: { ownBucket: boolean },
): Promise<number> {
  const owner = ownBucket ? { ExpectedBucketOwner: deployed.account } : {};
  for (const bucket of new Set(assets.map((asset) => bucketOf(asset, deployed)))) {
    await calls.headBucket({ Bucket: bucket, ...owner }).catch((error: unknown) => {
      throw bucketTrouble(bucket, deployed, error);
    });
  }
  const uploaded = await mapLimited(assets, AT_ONCE, async (asset): Promise<number> => {
    const object = { Bucket: bucketOf(asset, deployed), Key: asset.objectKey, ...owner };
    if (await isThere(calls, object)) return 0;
    await calls.putObject({ ...object, Body: await readFile(asset.path) }).catch((error: unknown) => {
      throw bucketTrouble(object.Bucket, deployed, error);
    });
    return 1;
  });
  return uploaded.reduce((sum, one) => sum + one, 0);
}

/** Who may write but not list is told 403 of an object that is not there. */
async function isThere(calls: AssetCalls, object: { Bucket: string; Key: string }): Promise<boolean> {
  try {
    await calls.headObject(object);
    return true;
  } catch (error) {
    const status = httpStatus(error);
    if (status === 404 || status === 403) return false;
    throw error;
  }
}

function bucketTrouble(bucket: string, { account, region }: Deployed, error: unknown): unknown {
  const trouble = (what: string, next: string) =>
    new DrydockError(`nothing was deployed: ${what}`, { exitCode: EXIT.badInput, next, cause: error });
  // An answer to HEAD has no body, and so no code: only its status says what it is.
  switch (httpStatus(error)) {
    case 404:
      return trouble(
        `there is no bucket ${bucket} for the files of the deployment`,
        `Make the one of the CDK once in this account and region (npx cdk bootstrap aws://${account}/${region}), or name one of yours with --bucket.`,
      );
    case 301:
    case 307:
    case 400:
      return trouble(
        `the bucket ${bucket} is not in ${region}, and Lambda takes code only from a bucket in its own region`,
        `Name one in ${region} with --bucket.`,
      );
    case 403:
      return trouble(
        `the bucket ${bucket} may not be used: your credentials lack rights on it, or it belongs to another account than ${account}`,
        'Needed are s3:ListBucket on it and s3:GetObject, s3:PutObject on what is in it. Another bucket is named with --bucket.',
      );
    default:
      return explainAwsError(error) ?? error;
  }
}

function httpStatus(error: unknown): number | undefined {
  const metadata: unknown = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
