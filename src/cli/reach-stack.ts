/** Reaching the stack of a policy. */
import { randomUUID } from 'node:crypto';
import type { SdkCloudOptions } from '../orchestrator/aws/sdk-cloud.ts';
import { stackCalls } from '../orchestrator/deployment/calls.ts';
import type { DeployPorts } from '../orchestrator/deployment/deploy.ts';
import { findStack, type Stack } from '../orchestrator/deployment/stack.ts';
import { realClock } from '../orchestrator/engine/clock.ts';
import { type Deployed, deployedName } from '../orchestrator/step-functions/deployed.ts';
import type { Context } from './context.ts';
import { locateDeployment } from './every-run.ts';
import { reachOptions } from './reach.ts';

export interface ReachedStack {
  deployed: Deployed;
  ports: DeployPorts;
  /** For further clients. */
  options: SdkCloudOptions;
  stackName: string;
  /** As it stands; undefined where there is none. */
  stack: Stack | undefined;
}

/** Looks for the stack of a policy in the account and region that the flags mean. Rejects with a `DrydockError` or the SDK's error. */
export async function reachStack(policy: string, context: Context): Promise<ReachedStack> {
  const deployed = await locateDeployment(policy, context);
  const options = { ...reachOptions(context), region: deployed.region };
  const ports = { calls: await stackCalls(options), clock: realClock(), uuid: randomUUID };
  const stackName = deployedName(policy);
  return { deployed, ports, options, stackName, stack: await findStack(ports.calls, stackName) };
}

/** `drydock-web in account 123456789012, eu-west-1` */
export function placeOf({ deployed: { account, region }, stackName }: ReachedStack): string {
  return `${stackName} in account ${account}, ${region}`;
}

/** What goes on after Ctrl-C, and how to look at it. */
export function goesOnText({ deployed: { region }, stackName }: ReachedStack): string {
  return (
    `CloudFormation goes on with stack ${stackName}; nothing more is done from here.\n` +
    `→ Look at it with aws cloudformation describe-stack-events --stack-name ${stackName} --region ${region}`
  );
}
