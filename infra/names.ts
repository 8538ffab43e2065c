/** What the parts of a deployment are called. Their names follow from the policy's, so that whoever knows it finds them. */
import { Aws } from 'aws-cdk-lib';

/** The state machines that are deployed: that of one instance is inside the others. */
export const MACHINES = ['rollout', 'recover', 'window'] as const;
export type MachineName = (typeof MACHINES)[number];

/** The alias that executions begin through: it names the version that was deployed last. */
export const ALIAS = 'live';

/** How long logs are kept: as long as Step Functions keeps the history that they go with. */
export const LOG_DAYS = 90;

/** An ARN in the account, region and partition that the stack is created in. */
export function arn(service: string, resource: string): string {
  return `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
}
