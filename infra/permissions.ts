/** What each part may do: from the calls that it makes to the statements of its role. */
import { Aws } from 'aws-cdk-lib';
import type { Json } from '../src/interpreter/ports.ts';
import { actionsOfDefinition } from '../src/orchestrator/permissions/actions.ts';
import { INSTANCE_LOOKS, scopeOf } from '../src/orchestrator/permissions/sets.ts';
import { type Scope, type Statement, statementsOf } from '../src/orchestrator/permissions/statements.ts';
import { deployedName } from '../src/orchestrator/step-functions/deployed.ts';
import type { Policy } from '../src/policies/policy.ts';
import type { FunctionName } from './bundle.ts';
import { arn, type MachineName } from './names.ts';

/** The resources of one deployment that its parts have to do with. */
export function resourcesOf({ name }: Policy) {
  const prefix = deployedName(name);
  return {
    table: arn('dynamodb', `table/${prefix}`),
    function: (called: FunctionName) => arn('lambda', `function:${prefix}-${called}`),
    functionLog: (called: FunctionName) => arn('logs', `log-group:/aws/lambda/${prefix}-${called}:*`),
    machine: (called: MachineName) => arn('states', `stateMachine:${prefix}-${called}`),
    executions: (called: MachineName) => arn('states', `execution:${prefix}-${called}:*`),
    /** Those of a Distributed Map: its label stands between the machine's name and their own. */
    children: (called: MachineName) => arn('states', `execution:${prefix}-${called}/*:*`),
  };
}

/** What a definition calls a function by, and which it is. */
const CALLED = {
  PlanFunction: 'plan',
  InstanceFunction: 'instance',
  LookFunction: 'look',
  HookFunction: 'hook',
  NotifyFunction: 'notify',
} as const;

/** Services in which a state machine reaches what was deployed with it, and nothing else. */
const DEPLOYED = /^(dynamodb|events|lambda|states):|^s3:GetObject$/;

/** Tracing knows no resources. */
const TRACING = [
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

/** Logs are delivered to Step Functions by CloudWatch's log delivery, which knows no resources either. */
const LOG_DELIVERY = [
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
];

/**
 * The statements of a state machine's role: what the states of its linked definition call, each on the least resources, and what logging
 * and tracing take; `orders` is the ARN of the bucket that large orders lie in. Throws for a call whose permission is not known.
 */
export function machineStatements(policy: Policy, machine: MachineName, definition: Json, orders: string): Statement[] {
  const actions = actionsOfDefinition(definition).map(({ action }) => action);
  const of = (service: RegExp) => actions.filter((action) => service.test(action));
  const resources = resourcesOf(policy);
  const text = JSON.stringify(definition);
  const called = Object.entries(CALLED).filter(([hole, name]) => text.includes(`\${${hole}}`) && isThere(policy, name));
  // A Distributed Map's children are executions of its own machine; the window's machine starts rollouts. Whoever starts an execution
  // through an alias is asked for the permission on the machine itself.
  const started = machine === 'window' ? 'rollout' : machine;
  const executions = [resources.executions(started), ...(started === machine ? [resources.children(machine)] : [])];
  return [
    ...statementsOf(
      actions.filter((action) => !DEPLOYED.test(action)),
      scope(policy),
    ),
    ...allow('Table', of(/^dynamodb:/), [resources.table]),
    ...allow(
      'Functions',
      of(/^lambda:/),
      called.map(([, name]) => resources.function(name)),
    ),
    ...allow('Hooks', machine === 'window' ? [] : ['lambda:InvokeFunction'], hookFunctions(policy)),
    ...allow('Orders', of(/^s3:GetObject$/), [`${orders}/runs/*`]),
    ...allow('StartExecutions', of(/^states:StartExecution$/), [resources.machine(started)]),
    ...allow('Executions', of(/^states:(Describe|Stop)Execution$/), executions),
    // Step Functions' own rule, by which it learns that an execution it waits for has ended.
    ...allow('WaitForExecutions', of(/^events:/), [
      arn('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'),
    ]),
    ...allow('Log', LOG_DELIVERY, ['*']),
    ...allow('Trace', TRACING, ['*']),
  ];
}

/** Whether a policy has a use for that function of its deployment. */
export function isThere({ hooks, notify }: Policy, name: FunctionName): boolean {
  if (name === 'notify') return notify.length > 0;
  return name !== 'hook' || Object.values(hooks).some((each) => each.some(({ url }) => url !== undefined));
}

/** The Lambda functions that the policy names as hooks, by ARN; a version or an alias behind a name is a part of its ARN. */
function hookFunctions({ hooks }: Policy): string[] {
  const names = Object.values(hooks).flatMap((each) => each.flatMap(({ lambda }) => lambda ?? []));
  return [...new Set(names)].sort().map((name) => (name.startsWith('arn:') ? name : arn('lambda', `function:${name}`)));
}

/** What a function calls of AWS, by what it calls it on. */
interface Calls {
  /** Reads of AWS, on whatever `statementsOf` says. */
  reads?: string[];
  table?: string[];
  indexes?: string[];
}

const CALLS: Record<FunctionName, Calls> = {
  plan: {
    reads: [
      'autoscaling:DescribeAutoScalingGroups',
      'autoscaling:DescribeInstanceRefreshes',
      'autoscaling:DescribeLifecycleHooks',
      'ec2:DescribeInstances',
      'elasticloadbalancing:DescribeTargetGroupAttributes',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
      'ssm:DescribeAvailablePatches',
      'ssm:DescribeInstanceInformation',
      'ssm:DescribeInstancePatchStates',
      'ssm:DescribeInstancePatches',
      'ssm:GetMaintenanceWindow',
      'ssm:GetMaintenanceWindowExecution',
    ],
    table: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    indexes: ['dynamodb:Query'],
  },
  health: {},
  instance: { reads: INSTANCE_LOOKS, table: ['dynamodb:UpdateItem'] },
  look: {
    reads: [
      'autoscaling:DescribeAutoScalingGroups',
      'autoscaling:DescribeInstanceRefreshes',
      'ec2:DescribeInstances',
      'elasticloadbalancing:DescribeTargetHealth',
      'ssm:DescribeInstancePatchStates',
      'ssm:DescribeInstancePatches',
    ],
  },
  hook: {},
  // What it publishes to, and the policy that says so, only the stack knows.
  notify: {},
  record: { table: ['dynamodb:UpdateItem'] },
};

/** The statements of a function's role; `further` are those on resources that only the stack knows. */
export function functionStatements(policy: Policy, name: FunctionName, further: Statement[]): Statement[] {
  const { reads = [], table = [], indexes = [] } = CALLS[name];
  const resources = resourcesOf(policy);
  return [
    ...statementsOf(reads, scope(policy)),
    ...allow('Table', table, [resources.table]),
    ...allow('Indexes', indexes, [`${resources.table}/index/*`]),
    ...further,
    ...allow('Log', ['logs:CreateLogStream', 'logs:PutLogEvents'], [resources.functionLog(name)]),
    ...allow('Trace', TRACING, ['*']),
  ];
}

/** Network interfaces, by which Lambda puts a function into a VPC. They cannot be limited to what does not exist yet. */
export const IN_VPC: Statement[] = allow(
  'Network',
  [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  ['*'],
  // Lambda calls them, the function's code must not: its calls say which function they are from.
  { Null: { 'lambda:SourceFunctionArn': 'true' } },
);

/** The statement that allows `actions` on `resources`; none when there are none of either. */
export function allow(
  sid: string,
  actions: string[],
  resources: string[],
  condition?: Statement['Condition'],
): Statement[] {
  if (actions.length === 0 || resources.length === 0) return [];
  const statement = { Sid: sid, Effect: 'Allow' as const, Action: actions, Resource: resources };
  return [condition === undefined ? statement : { ...statement, Condition: condition }];
}

function scope(policy: Policy): Scope {
  return scopeOf(policy, { partition: Aws.PARTITION, region: Aws.REGION, account: Aws.ACCOUNT_ID });
}
