/** The construct: a policy as it runs on AWS. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, Stage } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { deployedName } from '../src/orchestrator/step-functions/deployed.ts';
import type { OperatingSystem, Policy } from '../src/policies/policy.ts';
import { deadLetterAlarm, executionAlarm } from './alarms.ts';
import { bundleFunctions } from './bundle.ts';
import { deadLetterPolicy, recordRule, recoverRule } from './event-rules.ts';
import { lambdaFunction } from './lambda-functions.ts';
import { maintenanceWindows } from './maintenance-windows.ts';
import { ordersBucket } from './orders-bucket.ts';
import { type LeftOut, patchBaselines } from './patch-baselines.ts';
import { allow, IN_VPC, isThere, resourcesOf } from './permissions.ts';
import { stateMachine } from './state-machines.ts';
import { itemTable } from './table.ts';

export interface PatchRolloutProps {
  policy: Policy;
  /** The document that `policy` was parsed from: plans are made from it. */
  policyText: string;
  /** Those that the groups run. Default: all on which Patch Manager can keep the policy. */
  operatingSystems?: readonly OperatingSystem[];
}

/**
 * All that one policy needs on AWS: state machines, functions, table, patch baselines, maintenance windows, the rules that wake and recover
 * rollouts, alarms. One for each policy in an account and region, since its parts are named after it. Writes the code and the definitions
 * below the cloud assembly's folder. Throws when a baseline that was asked for cannot keep the policy.
 */
export class PatchRollout extends Construct {
  /** The baselines that are not there, and why. */
  readonly leftOut: readonly LeftOut[];

  constructor(scope: Construct, id: string, { policy, policyText, operatingSystems }: PatchRolloutProps) {
    super(scope, id);
    const prefix = deployedName(policy.name);
    const folder = join(Stage.of(this)?.assetOutdir ?? '.', prefix);
    mkdirSync(folder, { recursive: true });

    const table = itemTable(this, 'Table', prefix);
    const document = join(folder, 'policy.yaml');
    writeFileSync(document, policyText);
    const policyFile = new Asset(this, 'Policy', { path: document });

    const orders = ordersBucket(this, 'Orders');

    const queue = new CfnQueue(this, 'DeadLetters', {
      queueName: `${prefix}-dead-letters`,
      messageRetentionPeriod: 1_209_600,
      sqsManagedSseEnabled: true,
    });
    const deadLetters = { arn: queue.attrArn, url: queue.ref };

    const code = bundleFunctions(folder);
    const tableName = { TABLE_NAME: table.ref };
    const topics = policy.notify.filter((place) => place.startsWith('arn:'));
    const readPolicy = allow('Policy', ['s3:GetObject'], [policyFile.bucket.arnForObjects(policyFile.s3ObjectKey)]);
    const policyPlace = { POLICY_BUCKET: policyFile.s3BucketName, POLICY_KEY: policyFile.s3ObjectKey };
    const plan = lambdaFunction(this, 'Plan', {
      policy,
      name: 'plan',
      code: code.plan,
      timeoutSeconds: 600,
      memoryMb: 1024,
      environment: {
        ...tableName,
        ...policyPlace,
        ORDERS_BUCKET: orders.ref,
      },
      further: [...readPolicy, ...allow('Orders', ['s3:PutObject'], [`${orders.attrArn}/runs/*`])],
    });
    const health = lambdaFunction(this, 'Health', {
      policy,
      name: 'health',
      code: code.health,
      timeoutSeconds: 900,
      memoryMb: 256,
      ...(policy.deployment !== undefined && { vpc: policy.deployment.vpc, further: IN_VPC }),
    });
    // Outside of the instances' network, from which AWS may be out of reach: so it asks the function that is inside.
    const instance = lambdaFunction(this, 'Instance', {
      policy,
      name: 'instance',
      code: code.instance,
      timeoutSeconds: 900,
      memoryMb: 256,
      environment: { ...tableName, HEALTH_FUNCTION: health.ref },
      further: allow('Check', ['lambda:InvokeFunction'], [health.attrArn]),
    });
    const look = lambdaFunction(this, 'Look', {
      policy,
      name: 'look',
      code: code.look,
      timeoutSeconds: 60,
      memoryMb: 512,
      further: allow('Orders', ['s3:GetObject'], [`${orders.attrArn}/runs/*`]),
    });
    // Functions that the policy has no use for are not there: of their names the definitions know all the same.
    const hook =
      isThere(policy, 'hook') &&
      lambdaFunction(this, 'Hook', {
        policy,
        name: 'hook',
        code: code.hook,
        timeoutSeconds: 900,
        memoryMb: 256,
        ...(policy.deployment !== undefined && { vpc: policy.deployment.vpc, further: IN_VPC }),
      });
    // Outside of the instances' network: webhooks and SNS are on the internet.
    const notify =
      isThere(policy, 'notify') &&
      lambdaFunction(this, 'Notify', {
        policy,
        name: 'notify',
        code: code.notify,
        timeoutSeconds: 110,
        memoryMb: 256,
        environment: policyPlace,
        further: [...readPolicy, ...allow('Topics', ['sns:Publish'], topics)],
      });
    const record = lambdaFunction(this, 'Record', {
      policy,
      name: 'record',
      code: code.record,
      timeoutSeconds: 30,
      memoryMb: 256,
      environment: tableName,
      deadLetters: deadLetters.arn,
      further: [
        // A task token says which execution it is of; IAM knows it by no ARN.
        ...allow('WakeExecutions', ['states:SendTaskSuccess'], ['*']),
        ...allow('DeadLetters', ['sqs:SendMessage'], [deadLetters.arn]),
      ],
    });

    const names = {
      TableName: table.ref,
      PlanFunction: plan.ref,
      InstanceFunction: instance.ref,
      LookFunction: look.ref,
      HookFunction: hook ? hook.ref : `${prefix}-hook`,
      NotifyFunction: notify ? notify.ref : `${prefix}-notify`,
    };
    const common = { policy, names, folder, orders: orders.attrArn };
    const rollout = stateMachine(this, 'Rollout', { ...common, name: 'rollout' });
    const recover = stateMachine(this, 'Recover', { ...common, name: 'recover' });
    const window = stateMachine(this, 'Window', {
      ...common,
      name: 'window',
      names: { TableName: table.ref, PlanFunction: plan.ref, RolloutStateMachine: rollout.alias.ref },
    });

    this.leftOut = patchBaselines(this, policy, operatingSystems);
    maintenanceWindows(this, policy, resourcesOf(policy).machine('window'));
    const rules = [
      recoverRule(this, 'RecoverRule', { rollout: rollout.machine.ref, recover, deadLetters }),
      recordRule(this, 'RecordRule', { functionArn: record.attrArn, deadLetters }),
    ];
    deadLetterPolicy(this, 'DeadLettersPolicy', deadLetters, rules);

    for (const [alarm, { machine }] of Object.entries({ rollout, recover, window })) {
      const name = `${prefix}-${alarm}-unsuccessful`;
      executionAlarm(this, `${alarm}Alarm`, { name, machineArn: machine.ref, topics });
    }
    deadLetterAlarm(this, 'DeadLettersAlarm', {
      name: `${prefix}-dead-letters`,
      queueName: queue.attrQueueName,
      topics,
    });
    // Whoever begins a run finds the bucket by this name.
    new CfnOutput(this, 'OrdersBucketName', { value: orders.ref }).overrideLogicalId('OrdersBucket');
  }
}
