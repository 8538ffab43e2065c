/** The Lambda functions: code, role, log. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import type { Statement } from '../src/orchestrator/permissions/statements.ts';
import { deployedName } from '../src/orchestrator/step-functions/deployed.ts';
import type { Policy } from '../src/policies/policy.ts';
import type { FunctionName } from './bundle.ts';
import { LOG_DAYS } from './names.ts';
import { functionStatements } from './permissions.ts';
import { role } from './role.ts';

export interface FunctionProps {
  policy: Policy;
  name: FunctionName;
  /** The zip archive of its code. */
  code: string;
  timeoutSeconds: number;
  memoryMb: number;
  environment?: Record<string, string>;
  /** What it may do besides what its calls need. */
  further?: Statement[];
  vpc?: { subnetIds: string[]; securityGroupIds: string[] };
  /** Where an event goes that it failed on three times; the role needs `sqs:SendMessage` there. */
  deadLetters?: string;
}

/** A function `drydock-POLICY-NAME`. */
export function lambdaFunction(scope: Construct, id: string, props: FunctionProps): CfnFunction {
  const { policy, name, environment, further = [], vpc, deadLetters } = props;
  const functionName = `${deployedName(policy.name)}-${name}`;
  const { s3BucketName, s3ObjectKey } = new Asset(scope, `${id}Code`, { path: props.code });
  const log = new CfnLogGroup(scope, `${id}Log`, {
    logGroupName: `/aws/lambda/${functionName}`,
    retentionInDays: LOG_DAYS,
  });
  log.applyRemovalPolicy(RemovalPolicy.DESTROY);
  const made = new CfnFunction(scope, `${id}Function`, {
    functionName,
    runtime: 'nodejs24.x',
    architectures: ['arm64'],
    handler: 'index.handler',
    code: { s3Bucket: s3BucketName, s3Key: s3ObjectKey },
    role: role(scope, id, 'lambda', functionStatements(policy, name, further)).attrArn,
    timeout: props.timeoutSeconds,
    memorySize: props.memoryMb,
    tracingConfig: { mode: 'Active' },
    loggingConfig: { logGroup: log.ref, logFormat: 'JSON' },
    ...(environment !== undefined && { environment: { variables: environment } }),
    ...(vpc !== undefined && { vpcConfig: vpc }),
    ...(deadLetters !== undefined && { deadLetterConfig: { targetArn: deadLetters } }),
  });
  return made;
}
