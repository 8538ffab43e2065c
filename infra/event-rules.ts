/** What EventBridge hears and hands on: rollouts that ended badly to `recover`, commands that ended to the function `record`. */
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allow } from './permissions.ts';
import { role } from './role.ts';
import type { DeployedMachine } from './state-machines.ts';

/** The queue of events that could not be handed on. */
export interface DeadLetters {
  arn: string;
  url: string;
}

/**
 * Starts `recover` with the id of each rollout that ended without putting everything back itself. Children of a Distributed Map say
 * another state machine and do not match.
 */
export function recoverRule(
  scope: Construct,
  id: string,
  { rollout, recover, deadLetters }: { rollout: string; recover: DeployedMachine; deadLetters: DeadLetters },
): CfnRule {
  // Asked for is the permission on the machine, also where it is started through its alias.
  const mayStart = allow('StartRecover', ['states:StartExecution'], [recover.machine.ref]);
  return new CfnRule(scope, id, {
    description: 'Makes whole what a rollout that was stopped, timed out or failed has left behind.',
    eventPattern: {
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [rollout], status: ['ABORTED', 'FAILED', 'TIMED_OUT'] },
    },
    targets: [
      {
        id: 'recover',
        arn: recover.alias.ref,
        roleArn: role(scope, id, 'events', mayStart).attrArn,
        // The name of a rollout's execution is the run's id.
        inputTransformer: { inputPathsMap: { run: '$.detail.name' }, inputTemplate: '{"runId": <run>}' },
        deadLetterConfig: { arn: deadLetters.arn },
      },
    ],
  });
}

/** The document that runs are waited for of. */
const DOCUMENTS = ['AWS-RunPatchBaseline'];
/** Statuses after which a command does nothing more. */
const OVER = ['Cancelled', 'Failed', 'Success', 'TimedOut'];

/** Tells the function `record` of each patch command that ended on an instance. */
export function recordRule(
  scope: Construct,
  id: string,
  { functionArn, deadLetters }: { functionArn: string; deadLetters: DeadLetters },
): CfnRule {
  const rule = new CfnRule(scope, id, {
    description: 'Wakes rollouts whose patch command has ended.',
    eventPattern: {
      source: ['aws.ssm'],
      'detail-type': ['EC2 Command Invocation Status-change Notification'],
      detail: { 'document-name': DOCUMENTS, status: OVER },
    },
    targets: [{ id: 'record', arn: functionArn, deadLetterConfig: { arn: deadLetters.arn } }],
  });
  new CfnPermission(scope, `${id}Permission`, {
    action: 'lambda:InvokeFunction',
    functionName: functionArn,
    principal: 'events.amazonaws.com',
    sourceArn: rule.attrArn,
  });
  return rule;
}

/** Lets these rules, and nobody without TLS, send to the queue. */
export function deadLetterPolicy(scope: Construct, id: string, deadLetters: DeadLetters, rules: CfnRule[]): void {
  new CfnQueuePolicy(scope, id, {
    queues: [deadLetters.url],
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Rules',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: deadLetters.arn,
          Condition: { ArnEquals: { 'aws:SourceArn': rules.map(({ attrArn }) => attrArn) } },
        },
        {
          Sid: 'TlsAlone',
          Effect: 'Deny',
          Principal: '*',
          Action: 'sqs:*',
          Resource: deadLetters.arn,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    },
  });
}
