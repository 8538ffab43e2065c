/** Where a policy's deployment is. Its parts have names that follow from the policy's, so no list of them has to be kept. */
import { clientConfig, type SdkCloudOptions } from '../aws/sdk-cloud.ts';
import { DrydockError, EXIT } from '../errors.ts';

/** A policy's deployment in an account and region. */
export interface Deployed {
  policy: string;
  region: string;
  account: string;
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  partition: string;
}

/** The state machines of a deployment. */
export const DEPLOYED_MACHINES = ['rollout', 'recover', 'window'] as const;
export type DeployedMachine = (typeof DEPLOYED_MACHINES)[number];

/** The name of the policy's stack, and of the table in it. */
export function deployedName(policy: string): string {
  return `drydock-${policy}`;
}

/** `arn:aws:states:eu-west-1:123456789012:stateMachine:drydock-standard-rollout` */
export function machineArn({ partition, region, account, policy }: Deployed, machine: DeployedMachine): string {
  return `arn:${partition}:states:${region}:${account}:stateMachine:${deployedName(policy)}-${machine}`;
}

/** The alias that executions are begun through: it names the version that the last deployment made. */
export function liveArn(deployed: Deployed, machine: DeployedMachine): string {
  return `${machineArn(deployed, machine)}:live`;
}

/** An execution begun through an alias has the ARN of one of the state machine itself. */
export function executionArn(deployed: Deployed, machine: DeployedMachine, name: string): string {
  return `${machineArn(deployed, machine).replace(':stateMachine:', ':execution:')}:${name}`;
}

/** Where the policy's deployment is for whoever the credentials belong to. Nothing is asked of the deployment itself. */
export async function whereDeployed(policy: string, region: string, options: SdkCloudOptions): Promise<Deployed> {
  const { STS } = await import('@aws-sdk/client-sts');
  const { Account = '', Arn = '' } = await new STS(clientConfig(options)).getCallerIdentity({});
  return { policy, region, account: Account, partition: Arn.split(':')[1] || 'aws' };
}

const GONE = new Set([
  'ResourceNotFound',
  'ResourceNotFoundException',
  'StateMachineDeleting',
  'StateMachineDoesNotExist',
]);

/** What it means when a part of the deployment is not there; undefined for any other error. */
export function notDeployed({ policy, account, region }: Deployed, error: unknown): DrydockError | undefined {
  if (!(error instanceof Error && GONE.has(error.name))) return undefined;
  return new DrydockError(
    `policy ${policy} is not deployed in account ${account}, ${region}, or not whole: ${error.message}`,
    {
      exitCode: EXIT.badInput,
      next: `Deploy it with drydock deploy. What a run left behind there is found with drydock recover.`,
      cause: error,
    },
  );
}
