/** What a person's or a pipeline's credentials need, by what they are to do. */
import { definition, type StateMachineName } from '../../../statemachine/definitions.ts';
import type { Policy } from '../../policies/policy.ts';
import { actionsOfDefinition } from './actions.ts';
import { deployStatements } from './deploy.ts';
import {
  ANYWHERE,
  type PolicyDocument,
  policyDocument,
  type Scope,
  type Statement,
  statementsOf,
} from './statements.ts';

export const PERMISSION_SETS = ['plan', 'run', 'step-functions', 'deploy', 'doctor', 'encrypted-volumes'] as const;

/**
 * `plan`: reads only. `run`: runs by the embedded engine, steering and recovery. `step-functions`: runs by the state machines that are
 * deployed, whose own roles do the work. `deploy`: deploying and removing them. `doctor`: what lets it check more. `encrypted-volumes`: beside `run`, where root
 * volumes are encrypted with a key of your own.
 */
export type PermissionSet = (typeof PERMISSION_SETS)[number];

/** Reading a group: what `drydock plan` calls. */
const PLAN = [
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
];

/** What the looks at an instance read. */
export const INSTANCE_LOOKS = [
  'autoscaling:DescribeAutoScalingInstances',
  'cloudwatch:DescribeAlarms',
  'ec2:DescribeInstances',
  'elasticloadbalancing:DescribeTargetHealth',
  'ssm:DescribeInstanceInformation',
  'ssm:DescribeInstancePatchStates',
  'ssm:DescribeInstancePatches',
  'ssm:GetCommandInvocation',
];

/** Beginning, following and steering runs that are carried out on AWS; a plan too large for an execution's input goes by way of S3. */
const STEP_FUNCTIONS = [
  'cloudformation:DescribeStacks',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
  's3:PutObject',
  'states:DescribeExecution',
  'states:GetExecutionHistory',
  'states:ListExecutions',
  'states:StartExecution',
];

const DOCTOR = ['iam:GetRole', 'iam:SimulatePrincipalPolicy', 's3:ListBucket', 'servicequotas:ListServiceQuotas'];

/** What EC2 needs of a key in order to make a volume from an encrypted snapshot. */
const ENCRYPTED_VOLUMES = [
  'kms:CreateGrant',
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** What the embedded engine does itself: items are in its own database, functions run in its own process, orders are whole however large. */
const EMBEDDED = /^(dynamodb|lambda|states|events):|^s3:GetObject$/;

/** Hooks that are functions of the policy's owner, and notifications: what our own functions call on AWS. */
const TOLD = ['lambda:InvokeFunction', 'sns:Publish'];

/** The actions of a set, by name. */
export function actionsOf(set: PermissionSet): string[] {
  const actions = {
    plan: () => PLAN,
    run: () => [
      ...PLAN,
      ...INSTANCE_LOOKS,
      ...actionsOfMachines(['rollout', 'recover']).filter((action) => !EMBEDDED.test(action)),
      ...TOLD,
    ],
    'step-functions': () => [...PLAN, ...STEP_FUNCTIONS],
    deploy: () => deployStatements(ANYWHERE).flatMap(({ Action }) => Action),
    doctor: () => DOCTOR,
    'encrypted-volumes': () => ENCRYPTED_VOLUMES,
  }[set]();
  return [...new Set(actions)].sort();
}

function actionsOfMachines(names: StateMachineName[]): string[] {
  return names.flatMap((name) => actionsOfDefinition(definition(name)).map(({ action }) => action));
}

/** The policy document that allows a set within `scope`. */
export function permissionsOf(set: PermissionSet, scope: Scope): PolicyDocument {
  return policyDocument(statementsFor(set, scope));
}

/** Its statements. What the policy has no use for is in none. */
export function statementsFor(set: PermissionSet, scope: Scope): Statement[] {
  if (set === 'deploy') return deployStatements(scope);
  // On AWS it is the state machine that writes the override lists; whoever starts it writes into the deployment's own bucket.
  const deployed = { ...scope, overrideList: { bucket: `drydock-${scope.policy.toLowerCase()}-*`, prefix: 'runs/' } };
  return statementsOf(actionsOf(set), set === 'step-functions' ? deployed : scope);
}

/** What a Drydock policy is about, as far as IAM can say it: `groups` by name, else by the entries of its groups section. */
export function scopeOf(
  policy: Policy,
  where: Partial<Pick<Scope, 'partition' | 'region' | 'account' | 'instances'>>,
  selected: { groups?: readonly string[]; environment?: string } = {},
): Scope {
  const place = /^(?:s3:\/\/)([^/]+)\/?(.*)$/.exec(policy.patches.overrideList ?? '');
  const [, bucket, prefix = ''] = place ?? [];
  const folder = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`;
  return {
    ...ANYWHERE,
    ...where,
    ...(selected.groups === undefined ? groupsOf(policy, selected.environment) : { groups: [...selected.groups] }),
    ...(bucket === undefined ? {} : { overrideList: { bucket, prefix: folder } }),
    changeCalendars: policy.rollout.changeCalendars,
    hooks: {
      documents: hooksOf(policy).flatMap(({ document }) => document ?? []),
      functions: hooksOf(policy).flatMap(({ lambda }) => lambda ?? []),
    },
    topics: policy.notify.filter((place) => place.startsWith('arn:')),
    policy: policy.name,
  };
}

function hooksOf({ hooks }: Policy) {
  return Object.values(hooks).flat();
}

/** Names and patterns are IAM's own; groups that are found by their tags are told by them. */
function groupsOf({ groups }: Policy, environment: string | undefined): Pick<Scope, 'groups' | 'groupTags'> {
  const matches = groups
    .filter((group) => environment === undefined || group.environment === environment)
    .map(({ match }) => match);
  if (matches.length === 0) return { groups: ['*'], groupTags: [] };
  const names = matches.flatMap(({ name, pattern }) => name ?? pattern ?? []);
  const tags = matches.flatMap(({ name, pattern, tag }) => ((name ?? pattern) === undefined && tag ? [tag] : []));
  return { groups: [...new Set(names)].sort(), groupTags: merged(tags) };
}

/** One set of tags for all that have the same one key: their values are alternatives. */
function merged(tags: Record<string, string>[]): Record<string, string[]>[] {
  const byKeys = Map.groupBy(tags, (each) => JSON.stringify(Object.keys(each).sort()));
  return [...byKeys.values()].flatMap((same): Record<string, string[]>[] => {
    const [key = '', ...others] = Object.keys(same[0] ?? {});
    if (others.length === 0) return [{ [key]: [...new Set(same.flatMap((each) => each[key] ?? []))].sort() }];
    return same.map((each) => Object.fromEntries(Object.entries(each).map(([name, value]) => [name, [value]])));
  });
}
