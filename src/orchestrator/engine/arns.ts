/** Names in the shape of Step Functions' ARNs, for what lives in no AWS account. */

/** The account that is nobody's. */
export const ACCOUNT = '000000000000';

/** `arn:aws:states:eu-west-1:000000000000:stateMachine:rollout` */
export function stateMachineArn(region: string, name: string): string {
  return `arn:aws:states:${region}:${ACCOUNT}:stateMachine:${name}`;
}

/** `arn:aws:states:eu-west-1:000000000000:execution:rollout:<name>` */
export function executionArn(stateMachine: string, name: string): string {
  return `${stateMachine.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** The role that executions claim to have: nothing checks it. */
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/drydock`;

/** What a child of the Map Run `…:mapRun:<machine>/<label>:<id>` is called, as Step Functions does. */
export function childArns(mapRunArn: string, name: string): { arn: string; stateMachineArn: string } {
  const [, head, machine] = /^(arn:[^:]*:states:[^:]*:[^:]*):mapRun:([^:]+):.+$/.exec(mapRunArn) ?? [];
  if (head === undefined || machine === undefined) throw new Error(`${mapRunArn} is not the ARN of a Map Run`);
  return { arn: `${head}:execution:${machine}:${name}`, stateMachineArn: `${head}:stateMachine:${machine}` };
}

/** The last part of an ARN, or the name itself when it is none. */
export function nameOf(arnOrName: string): string {
  return arnOrName.slice(arnOrName.lastIndexOf(':') + 1);
}
