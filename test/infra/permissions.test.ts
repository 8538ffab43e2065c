import { matchesGlob } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { entryFile, FUNCTIONS } from '../../infra/bundle.ts';
import type { Synthesized } from '../../infra/synthesize.ts';
import { actionsOfDefinition } from '../../src/orchestrator/permissions/actions.ts';
import { deployStatements, PART_OF, PARTS } from '../../src/orchestrator/permissions/deploy.ts';
import { ANYWHERE } from '../../src/orchestrator/permissions/statements.ts';
import { linkDefinition, readDefinition } from '../../statemachine/definitions.ts';
import { actionsOfModule } from '../orchestrator/permissions/actions-of-module.ts';
import {
  actionsOfRole,
  FULL_POLICY,
  folder,
  ofType,
  resourcesOf,
  roleStatements,
  SYNTHESIS_MS,
  synthesizeText,
} from './template.ts';

let full: Synthesized;
const outDir = folder();
beforeAll(async () => {
  full = await synthesizeText(FULL_POLICY, outDir);
}, SYNTHESIS_MS);

const TRACE = ['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments'];
const TRACED = TRACE.map((call) => `xray:${call}`);

/** What AWS asks of a state machine's role for its log, whatever the machine does. */
const LOGGED = [
  ...['Create', 'Delete', 'Get', 'Update'].map((verb) => `logs:${verb}LogDelivery`),
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
];

/** What AWS does in a function's name: writing its log, putting it into a VPC, keeping an event that it failed on. */
const IN_VPC = [
  ...['Assign', 'Unassign'].map((verb) => `ec2:${verb}PrivateIpAddresses`),
  ...['Create', 'Delete'].map((verb) => `ec2:${verb}NetworkInterface`),
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
];
const OF_FUNCTIONS: Record<(typeof FUNCTIONS)[number], string[]> = {
  plan: [],
  health: IN_VPC,
  instance: [],
  look: [],
  hook: IN_VPC,
  notify: [],
  record: ['sqs:SendMessage'],
};
/** Calls that the item table has and the function's handler, by the type of the table that it takes, cannot make. */
const NEVER_CALLED: Partial<Record<(typeof FUNCTIONS)[number], string[]>> = {
  plan: ['dynamodb:DeleteItem'],
  record: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
  instance: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
};
const FUNCTION_LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];

describe('a role allows what its part calls, nothing less and nothing more', () => {
  it('each state machine what its states call', () => {
    const machines = ofType(full.template, 'AWS::StepFunctions::StateMachine').map(([id]) => id.replace('Machine', ''));
    expect(machines).toEqual(expect.arrayContaining(['Rollout', 'Recover']));
    for (const machine of machines) {
      const definition = linkDefinition(readDefinition(machine.toLowerCase()), readDefinition);
      const called = actionsOfDefinition(definition).map(({ action }) => action);
      expect(withoutRepeats(actionsOfRole(full.template, `${machine}Role`))).toEqual(
        withoutRepeats([...called, ...LOGGED, ...TRACED]),
      );
    }
  });

  it.each(FUNCTIONS)('the function %s what the code calls that it reaches', async (name) => {
    const reached = (await actionsOfModule(entryFile(name))).map(({ action }) => action);
    const never = NEVER_CALLED[name] ?? [];
    expect(reached).toEqual(expect.arrayContaining(never));
    const called = reached.filter((action) => !never.includes(action));
    const role = `${name.charAt(0).toUpperCase()}${name.slice(1)}Role`;
    expect(withoutRepeats(actionsOfRole(full.template, role))).toEqual(
      withoutRepeats([...called, ...OF_FUNCTIONS[name], ...FUNCTION_LOG, ...TRACED]),
    );
  });

  it('whatever starts a state machine that alone', () => {
    const starters = roleStatements(full.template).filter(({ role }) => /RuleRole$|^MaintenanceWindowRole$/.test(role));
    expect(starters.map(({ role, actions, resources }) => [role, actions, resources])).toEqual([
      [
        'MaintenanceWindowRole',
        ['states:StartExecution'],
        [expect.stringMatching(/stateMachine:drydock-full-window$/)],
      ],
      ['RecoverRuleRole', ['states:StartExecution'], [`\${RecoverMachine}`]],
    ]);
  });
});

function withoutRepeats(actions: string[]): string[] {
  return [...new Set(actions)].sort();
}

/** Why an action is allowed on any resource. */
const ON_ANYTHING: [which: RegExp, reason: string][] = [
  [/^autoscaling:Describe/, 'reads of Auto Scaling cannot be limited to resources'],
  [/^cloudwatch:DescribeAlarms$/, 'composite alarms are told of to those alone who may read any'],
  [/^ec2:Describe/, 'reads of EC2 cannot be limited to resources'],
  [/^elasticloadbalancing:Describe/, 'reads of Elastic Load Balancing cannot be limited to resources'],
  [/^ssm:(Describe|Get|List)/, 'reads of patches, agents and commands cannot be limited to resources'],
  [/^ssm:CancelCommand$/, 'commands have no ARN; whose id is not known cannot be cancelled'],
  [/^states:SendTaskSuccess$/, 'a task token is the permission: it has no ARN, and nobody guesses it'],
  [/^xray:/, 'traces have no ARN'],
  [/^logs:.*LogDelivery|^logs:ListLogDeliveries$/, 'log deliveries have no ARN'],
  [/^logs:(DescribeLogGroups|DescribeResourcePolicies|PutResourcePolicy)$/, 'log delivery sets itself up by them'],
  [/^ec2:.*(NetworkInterface|PrivateIpAddresses)$/, 'Lambda makes interfaces that have no id before'],
];

/** Whose role it is, by its id. */
const SERVICES: [part: RegExp, service: string][] = [
  [/^(Hook|Notify)Role$/, 'lambda'],
  [/^(Rollout|Recover|Window)Role$/, 'states'],
  [/^(Plan|Health|Instance|Look|Record)Role$/, 'lambda'],
  [/^RecoverRuleRole$/, 'events'],
  [/^MaintenanceWindowRole$/, 'ssm'],
];

describe('no role', () => {
  it('allows an action by a wildcard', () => {
    const actions = roleStatements(full.template).flatMap((statement) => statement.actions);
    expect(actions.length).toBeGreaterThan(100);
    expect(actions.filter((action) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action))).toEqual([]);
  });

  it('allows an action on anything but for a reason', () => {
    const onAnything = roleStatements(full.template)
      .filter(({ resources }) => resources.includes('*'))
      .flatMap(({ actions }) => actions);
    expect(onAnything.filter((action) => !ON_ANYTHING.some(([which]) => which.test(action)))).toEqual([]);
    // A reason that nothing needs any more is none.
    expect(ON_ANYTHING.filter(([which]) => !onAnything.some((action) => which.test(action)))).toEqual([]);
  });

  it('writes to what no run has taken: reboot, terminate and restore are for tagged instances', () => {
    const violent = /^ec2:(RebootInstances|TerminateInstances|CreateReplaceRootVolumeTask)$/;
    const statements = roleStatements(full.template).filter(
      ({ actions, resources }) =>
        actions.some((action) => violent.test(action)) && resources.some((resource) => resource.includes(':instance/')),
    );
    expect(statements.length).toBeGreaterThan(1);
    for (const { condition } of statements) {
      expect(condition).toEqual({ Null: { 'aws:ResourceTag/drydock:run-id': 'false' } });
    }
  });

  it('lets the code of a function make network interfaces: Lambda alone does', () => {
    const network = roleStatements(full.template).filter(({ actions }) => actions.some((one) => /Interface/.test(one)));
    expect(network.map(({ role, condition }) => [role, condition])).toEqual([
      ['HealthRole', { Null: { 'lambda:SourceFunctionArn': 'true' } }],
      ['HookRole', { Null: { 'lambda:SourceFunctionArn': 'true' } }],
    ]);
  });

  it('is for another service than its own, or for another account where the service says which', () => {
    const roles = ofType(full.template, 'AWS::IAM::Role');
    expect(roles).toHaveLength(new Set(roleStatements(full.template).map(({ role }) => role)).size);
    for (const [id, { AssumeRolePolicyDocument }] of roles) {
      const [, service] = SERVICES.find(([part]) => part.test(id)) ?? [];
      const says = service === 'states' || service === 'events';
      expect({ id, AssumeRolePolicyDocument }).toEqual({
        id,
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: 'sts:AssumeRole',
              Principal: { Service: `${service}.amazonaws.com` },
              ...(says && { Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }),
            },
          ],
        },
      });
    }
  });
});

it('whoever deploys is told of every type of resource in the stack, and of no other', () => {
  const types = new Set(Object.values(resourcesOf(full.template)).map(({ Type }) => Type));
  expect([...types].sort()).toEqual([...Object.keys(PARTS), ...Object.keys(PART_OF)].sort());
});

it('whoever deploys may pass every role to the service that it is for', () => {
  const pass = deployStatements(ANYWHERE).find(({ Action }) => Action.includes('iam:PassRole'));
  const services = new Set(SERVICES.map(([, service]) => `${service}.amazonaws.com`));
  expect(pass?.Condition).toEqual({ StringEquals: { 'iam:PassedToService': [...services].sort() } });
});

it('whoever deploys may put code and definitions into the bucket that they go to, and read them there', () => {
  const scope = { ...ANYWHERE, partition: 'aws', account: '123456789012', region: 'eu-west-1', policy: 'full' };
  const allows = (action: string, resource: string) =>
    deployStatements(scope).some(
      ({ Action, Resource }) => Action.includes(action) && Resource.some((pattern) => matchesGlob(resource, pattern)),
    );
  expect(full.assets.length).toBeGreaterThan(8);
  for (const { bucketName, objectKey } of full.assets) {
    const bucket = bucketName.replace(`\${AWS::AccountId}`, scope.account).replace(`\${AWS::Region}`, scope.region);
    expect(bucket).toMatch(/^cdk-[a-z0-9]+-assets-123456789012-eu-west-1$/);
    expect(allows('s3:ListBucket', `arn:aws:s3:::${bucket}`)).toBe(true);
    expect(allows('s3:PutObject', `arn:aws:s3:::${bucket}/${objectKey}`)).toBe(true);
    expect(allows('s3:GetObject', `arn:aws:s3:::${bucket}/${objectKey}`)).toBe(true);
  }
  expect(allows('s3:PutObject', 'arn:aws:s3:::cdk-hnb659fds-assets-123456789012-us-east-1/key')).toBe(false);
});
