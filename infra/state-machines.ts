/** The state machines: definition, role, log, a version for each definition that was deployed, and the alias that executions begin through. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { CfnStateMachine, CfnStateMachineAlias, CfnStateMachineVersion } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { deployedName } from '../src/orchestrator/step-functions/deployed.ts';
import type { Policy } from '../src/policies/policy.ts';
import { linkDefinition, readDefinition } from '../statemachine/definitions.ts';
import { ALIAS, LOG_DAYS, type MachineName } from './names.ts';
import { machineStatements } from './permissions.ts';
import { role } from './role.ts';

export interface DeployedMachine {
  machine: CfnStateMachine;
  alias: CfnStateMachineAlias;
}

export interface MachineProps {
  policy: Policy;
  name: MachineName;
  /** What the holes of its definition are filled with. */
  names: Record<string, string>;
  /** Where the definition is written. */
  folder: string;
  /** The ARN of the bucket that large orders lie in. */
  orders: string;
}

/**
 * A state machine of `policy`. Its definition is a file beside the stack, as `statemachine/` has it: together they would be more than a
 * template may hold.
 */
export function stateMachine(
  scope: Construct,
  id: string,
  { policy, name, names, folder, orders }: MachineProps,
): DeployedMachine {
  const definition = linkDefinition(readDefinition(name), readDefinition);
  const path = join(folder, `${name}.asl.json`);
  writeFileSync(path, JSON.stringify(definition));
  const { s3BucketName, s3ObjectKey } = new Asset(scope, `${id}Definition`, { path });
  const machineName = `${deployedName(policy.name)}-${name}`;
  const log = new CfnLogGroup(scope, `${id}Log`, {
    // With this prefix CloudWatch needs no resource policy for each log group, whose number is limited.
    logGroupName: `/aws/vendedlogs/states/${machineName}`,
    retentionInDays: LOG_DAYS,
  });
  log.applyRemovalPolicy(RemovalPolicy.DESTROY);
  const machine = new CfnStateMachine(scope, `${id}Machine`, {
    stateMachineName: machineName,
    stateMachineType: 'STANDARD',
    roleArn: role(scope, id, 'states', machineStatements(policy, name, definition, orders)).attrArn,
    definitionS3Location: { bucket: s3BucketName, key: s3ObjectKey },
    definitionSubstitutions: names,
    loggingConfiguration: {
      level: 'ALL',
      // Inputs hold the policy's health checks, and their headers may hold secrets.
      includeExecutionData: false,
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.attrArn } }],
    },
    tracingConfiguration: { enabled: true },
  });
  const version = new CfnStateMachineVersion(scope, `${id}Version`, {
    stateMachineArn: machine.attrArn,
    // Another revision is another version: executions under way go on by the one they began with.
    stateMachineRevisionId: machine.attrStateMachineRevisionId,
  });
  const alias = new CfnStateMachineAlias(scope, `${id}Alias`, {
    name: ALIAS,
    routingConfiguration: [{ stateMachineVersionArn: version.attrArn, weight: 100 }],
  });
  return { machine, alias };
}
