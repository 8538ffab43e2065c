/** The bucket for what is too large for an execution's input: waves of thousands of instances. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** No run lasts longer than two weeks. */
const KEPT_DAYS = 30;

/**
 * A bucket that CloudFormation names. It stays when the stack goes, since one with objects in it cannot be deleted; they expire, and an
 * empty bucket costs nothing.
 */
export function ordersBucket(scope: Construct, id: string): CfnBucket {
  const bucket = new CfnBucket(scope, id, {
    publicAccessBlockConfiguration: {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    bucketEncryption: {
      serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    },
    lifecycleConfiguration: {
      rules: [
        {
          status: 'Enabled',
          expirationInDays: KEPT_DAYS,
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
      ],
    },
  });
  bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
  const tlsAlone = new CfnBucketPolicy(scope, `${id}Policy`, {
    bucket: bucket.ref,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'TlsAlone',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [bucket.attrArn, `${bucket.attrArn}/*`],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    },
  });
  tlsAlone.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return bucket;
}
