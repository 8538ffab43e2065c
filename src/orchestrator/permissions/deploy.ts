/**
 * What `drydock deploy`, `destroy` and `schedule` need. CloudFormation makes the parts of a stack in the name of whoever asks for it: what
 * it calls then must be allowed to the caller, and is allowed here only by way of CloudFormation.
 */
import type { Scope, Statement } from './statements.ts';

const STACKS = [
  'CreateChangeSet',
  'CreateStack',
  'DeleteChangeSet',
  'DeleteStack',
  'DescribeChangeSet',
  'DescribeStackEvents',
  'DescribeStackResources',
  'DescribeStacks',
  'ExecuteChangeSet',
  'GetTemplate',
  'ListStackResources',
  'TagResource',
  'UntagResource',
  'UpdateStack',
];

/** How a type of resource is made, changed, looked at and removed. */
interface Part {
  prefix: string;
  calls: string[];
  /** Ends of ARNs, after the account; `*`: anything, where AWS gives new ones an id that nobody knows before. */
  resources(name: string): string[];
}

const TAGGED = ['ListTagsForResource', 'TagResource', 'UntagResource'];

/** By CloudFormation's names of the types of resources that a deployment may consist of. */
export const PARTS: Record<string, Part> = {
  'AWS::CloudWatch::Alarm': {
    prefix: 'cloudwatch',
    calls: ['DeleteAlarms', 'DescribeAlarms', 'PutMetricAlarm', ...TAGGED],
    resources: (name) => [`alarm:${name}-*`],
  },
  'AWS::DynamoDB::Table': {
    prefix: 'dynamodb',
    calls: [
      'CreateTable',
      'DeleteTable',
      'DescribeContinuousBackups',
      'DescribeTable',
      'DescribeTimeToLive',
      'ListTagsOfResource',
      'TagResource',
      'UntagResource',
      'UpdateContinuousBackups',
      'UpdateTable',
      'UpdateTimeToLive',
    ],
    resources: (name) => [`table/${name}`],
  },
  'AWS::Events::Rule': {
    prefix: 'events',
    calls: ['DeleteRule', 'DescribeRule', 'ListTargetsByRule', 'PutRule', 'PutTargets', 'RemoveTargets', ...TAGGED],
    resources: (name) => [`rule/${name}-*`],
  },
  'AWS::IAM::Role': {
    prefix: 'iam',
    calls: [
      'CreateRole',
      'DeleteRole',
      'DeleteRolePolicy',
      'GetRole',
      'GetRolePolicy',
      'ListAttachedRolePolicies',
      'ListRolePolicies',
      'PutRolePolicy',
      'TagRole',
      'UntagRole',
      'UpdateAssumeRolePolicy',
      'UpdateRole',
    ],
    resources: (name) => [`role/${name}-*`],
  },
  'AWS::Lambda::Function': {
    prefix: 'lambda',
    calls: [
      'AddPermission',
      'CreateFunction',
      'DeleteFunction',
      'GetFunction',
      'GetFunctionConfiguration',
      'GetPolicy',
      'ListTags',
      'RemovePermission',
      'TagResource',
      'UntagResource',
      'UpdateFunctionCode',
      'UpdateFunctionConfiguration',
    ],
    resources: (name) => [`function:${name}-*`],
  },
  'AWS::Logs::LogGroup': {
    prefix: 'logs',
    calls: ['CreateLogGroup', 'DeleteLogGroup', 'DescribeLogGroups', 'PutRetentionPolicy', ...TAGGED],
    resources: (name) => [`log-group:*${name}-*`],
  },
  'AWS::S3::Bucket': {
    prefix: 's3',
    calls: [
      'CreateBucket',
      'DeleteBucketPolicy',
      'GetBucketPolicy',
      'GetEncryptionConfiguration',
      'GetLifecycleConfiguration',
      'PutBucketPolicy',
      'PutBucketPublicAccessBlock',
      'PutBucketTagging',
      'PutEncryptionConfiguration',
      'PutLifecycleConfiguration',
    ],
    // CloudFormation writes the name of the stack small in them.
    resources: (name) => [`${name.toLowerCase()}-*`],
  },
  'AWS::SQS::Queue': {
    prefix: 'sqs',
    calls: [
      'CreateQueue',
      'DeleteQueue',
      'GetQueueAttributes',
      'GetQueueUrl',
      'ListQueueTags',
      'SetQueueAttributes',
      'TagQueue',
      'UntagQueue',
    ],
    resources: (name) => [`${name}-*`],
  },
  'AWS::SSM::PatchBaseline': {
    prefix: 'ssm',
    calls: [
      'AddTagsToResource',
      'CreatePatchBaseline',
      'DeletePatchBaseline',
      'DeregisterPatchBaselineForPatchGroup',
      'GetPatchBaseline',
      'ListTagsForResource',
      'RegisterPatchBaselineForPatchGroup',
      'RemoveTagsFromResource',
      'UpdatePatchBaseline',
    ],
    resources: () => ['*'],
  },
  'AWS::SSM::MaintenanceWindow': {
    prefix: 'ssm',
    calls: [
      'CreateMaintenanceWindow',
      'DeleteMaintenanceWindow',
      'DeregisterTaskFromMaintenanceWindow',
      'GetMaintenanceWindow',
      'GetMaintenanceWindowTask',
      'RegisterTaskWithMaintenanceWindow',
      'UpdateMaintenanceWindow',
      'UpdateMaintenanceWindowTask',
    ],
    resources: () => ['*'],
  },
  'AWS::StepFunctions::StateMachine': {
    prefix: 'states',
    calls: [
      'CreateStateMachine',
      'CreateStateMachineAlias',
      'DeleteStateMachine',
      'DeleteStateMachineAlias',
      'DeleteStateMachineVersion',
      'DescribeStateMachine',
      'DescribeStateMachineAlias',
      'ListStateMachineVersions',
      'PublishStateMachineVersion',
      'UpdateStateMachine',
      'UpdateStateMachineAlias',
      ...TAGGED,
    ],
    resources: (name) => [`stateMachine:${name}-*`],
  },
};

/** Types whose calls are those of the type that they belong to. */
export const PART_OF: Record<string, keyof typeof PARTS> = {
  'AWS::Lambda::Permission': 'AWS::Lambda::Function',
  'AWS::S3::BucketPolicy': 'AWS::S3::Bucket',
  'AWS::SQS::QueuePolicy': 'AWS::SQS::Queue',
  'AWS::SSM::MaintenanceWindowTask': 'AWS::SSM::MaintenanceWindow',
  'AWS::StepFunctions::StateMachineAlias': 'AWS::StepFunctions::StateMachine',
  'AWS::StepFunctions::StateMachineVersion': 'AWS::StepFunctions::StateMachine',
};

const BY_CLOUDFORMATION = { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'cloudformation.amazonaws.com' } };

/** The services that the roles of a deployment are for. */
const SERVICES = ['events', 'lambda', 'ssm', 'states'];

/**
 * The statements for deploying the policy of `scope`. Parts with names are in one statement, since a managed policy of IAM may have 6,144
 * characters: each action is of one service, and of the resources it takes those of its own.
 */
export function deployStatements(scope: Scope): Statement[] {
  const name = `drydock-${scope.policy}`;
  const ends = ({ prefix, resources }: Part) =>
    resources(name).map((end) => (end === '*' ? '*' : arn(scope, prefix, end)));
  const parts = Object.values(PARTS).map((part) => ({ calls: qualified(part), resources: ends(part) }));
  const isNamed = ({ resources }: { resources: string[] }) => !resources.includes('*');
  return [
    statement('DeployStack', qualified({ prefix: 'cloudformation', calls: STACKS }), [
      arn(scope, 'cloudformation', `stack/${name}/*`),
    ]),
    { ...together('DeployParts', parts.filter(isNamed)), Condition: BY_CLOUDFORMATION },
    {
      ...together(
        'DeployPartsWithoutNames',
        parts.filter((part) => !isNamed(part)),
      ),
      Condition: BY_CLOUDFORMATION,
    },
    {
      ...statement('DeployPassRoles', ['iam:PassRole'], [arn(scope, 'iam', `role/${name}-*`)]),
      Condition: { StringEquals: { 'iam:PassedToService': SERVICES.map((service) => `${service}.amazonaws.com`) } },
    },
    ...assetStatements(scope),
    statement('DeployLook', ['states:ListExecutions'], [arn(scope, 'states', `stateMachine:${name}-*`)]),
    statement('DeployWindows', WINDOWS, ['*']),
  ].sort((a, b) => (a.Sid < b.Sid ? -1 : 1));
}

/** What `schedule list` asks. Windows are known by ids that AWS gives them. */
const WINDOWS = ['ssm:DescribeMaintenanceWindowExecutions', 'ssm:DescribeMaintenanceWindows'];

/**
 * The bucket of `cdk bootstrap`, by its default name. Lambda, Step Functions and CloudFormation read it in the name of whoever deploys, too.
 * Of an object that is not there somebody is told so who may list the bucket.
 */
function assetStatements(scope: Scope): Statement[] {
  const bucket = arn(scope, 's3', `cdk-*-assets-${scope.account}-${scope.region}`);
  return [
    statement('DeployAssets', ['s3:GetObject', 's3:PutObject'], [`${bucket}/*`]),
    statement('DeployAssetsBucket', ['s3:ListBucket'], [bucket]),
  ];
}

function qualified({ prefix, calls }: Pick<Part, 'prefix' | 'calls'>): string[] {
  return calls.map((call) => `${prefix}:${call}`);
}

function together(sid: string, parts: { calls: string[]; resources: string[] }[]): Statement {
  return statement(
    sid,
    parts.flatMap(({ calls }) => calls),
    parts.flatMap(({ resources }) => resources),
  );
}

function statement(sid: string, actions: string[], resources: string[]): Statement {
  return { Sid: sid, Effect: 'Allow', Action: [...new Set(actions)].sort(), Resource: [...new Set(resources)].sort() };
}

/** IAM is everywhere, and the names of buckets are the whole world's. */
function arn({ partition, region, account }: Scope, service: string, resource: string): string {
  if (service === 's3') return `arn:${partition}:s3:::${resource}`;
  return `arn:${partition}:${service}:${service === 'iam' ? '' : region}:${account}:${resource}`;
}
