/** Roles: one for each part, with what that part does and nothing else. */
import { Aws } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { policyDocument, type Statement } from '../src/orchestrator/permissions/statements.ts';

/** Services that say for which account they take a role on: for another one they may not. */
const SAY_ACCOUNT = new Set(['states', 'events']);

/** The role `IDRole` for `service` (`lambda`, `states`, …). CloudFormation names it, so that nobody can be waiting for the name. */
export function role(scope: Construct, id: string, service: string, statements: Statement[]): CfnRole {
  return new CfnRole(scope, `${id}Role`, {
    assumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: `${service}.amazonaws.com` },
          Action: 'sts:AssumeRole',
          ...(SAY_ACCOUNT.has(service) && { Condition: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
        },
      ],
    },
    policies: [{ policyName: 'drydock', policyDocument: policyDocument(statements) }],
  });
}
