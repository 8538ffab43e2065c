/** From actions to the statements of an IAM policy: each action on the least resources that it can do its work on. */

/** A statement of an IAM policy document, as IAM writes it. */
export interface Statement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface PolicyDocument {
  Version: '2012-10-17';
  Statement: Statement[];
}

/** Where the actions are to be allowed. `*`: anywhere. */
export interface Scope {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  partition: string;
  region: string;
  account: string;
  /** Names or patterns of Auto Scaling groups. */
  groups: string[];
  /** Tags of Auto Scaling groups: those may be changed besides that have all of one of these. */
  groupTags: Record<string, string[]>[];
  /** EC2 instances by id. */
  instances: string[];
  /** Where runs put their override lists; absent: nowhere, and nothing is allowed there. */
  overrideList?: { bucket: string; prefix: string };
  /** SSM Change Calendars, by name or ARN. */
  changeCalendars: string[];
  /** What the policy names as hooks, by name or ARN. */
  hooks: { documents: string[]; functions: string[] };
  /** SNS topics that hear of runs. */
  topics: string[];
  /** The Drydock policy that is deployed on AWS. */
  policy: string;
}

export const ANYWHERE: Scope = {
  partition: 'aws',
  region: '*',
  account: '*',
  groups: ['*'],
  groupTags: [],
  instances: ['*'],
  changeCalendars: [],
  hooks: { documents: [], functions: [] },
  topics: [],
  policy: '*',
};

/** What an action is allowed on; several where one call touches things of several kinds. */
interface Grant {
  sid: string;
  resources: string[];
  condition?: Statement['Condition'];
}

/**
 * What Drydock takes out of service it has tagged before, and what it tags it tags with keys of its own: an instance that no run has
 * taken can neither be rebooted nor terminated nor set back.
 */
const TAKEN = { Null: { 'aws:ResourceTag/drydock:run-id': 'false' } };
const OWN_TAGS = { 'ForAllValues:StringLike': { 'aws:TagKeys': 'drydock:*' } };
/** The instance that a command is sent to: Systems Manager has a key of its own for the tags of managed nodes. */
const TAKEN_NODE = { StringLike: { 'ssm:resourceTag/drydock:run-id': '*' } };
const TAKEN_SNAPSHOT = { Null: { 'aws:ResourceTag/drydock:delete-after': 'false' } };
const OWN_SNAPSHOT = { Null: { 'aws:RequestTag/drydock:run-id': 'false' } };

/**
 * The statements that allow `actions` within `scope`, by Sid and their actions by name. An action that would be allowed on nothing (a
 * list without a bucket, calendars where the policy has none) is left out. What AWS limits to no resource is on `*`.
 */
export function statementsOf(actions: readonly string[], scope: Scope): Statement[] {
  const grants = [...new Set(actions)]
    .sort()
    .flatMap((action) => grantsOf(action, scope).map((grant) => ({ action, grant })));
  const bySid = Map.groupBy(grants, ({ grant }) => grant.sid);
  return [...bySid]
    .map(([sid, of]) =>
      statement(
        sid,
        of.map(({ action }) => action),
        of[0]?.grant,
      ),
    )
    .filter(({ Resource }) => Resource.length > 0)
    .sort((a, b) => (a.Sid < b.Sid ? -1 : 1));
}

/** A policy document of these statements. */
export function policyDocument(statements: Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

function statement(sid: string, actions: string[], grant: Grant | undefined): Statement {
  const { resources = [], condition } = grant ?? {};
  return {
    Sid: sid,
    Effect: 'Allow',
    Action: actions,
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

function grantsOf(action: string, scope: Scope): Grant[] {
  const [service = '', call = ''] = action.split(':');
  const grants =
    GRANTS[action] ?? (READ_ANYWHERE.has(service) && /^(Describe|Get|List)/.test(call) ? read : GRANTS[`${service}:*`]);
  if (grants !== undefined) return grants(scope);
  throw new Error(`it is not known on which resources ${action} works: add it to statements.ts`);
}

/** Where AWS limits what may be read to no resource. */
const READ_ANYWHERE = new Set(['autoscaling', 'cloudwatch', 'ec2', 'elasticloadbalancing', 'ssm']);

function read(): Grant[] {
  return [{ sid: 'Read', resources: ['*'] }];
}

/** By action; for what is left of a service, by `service:*`. */
const GRANTS: Record<string, (scope: Scope) => Grant[]> = {
  'autoscaling:*': (scope) => [
    { sid: 'Groups', resources: groupArns(scope, scope.groups) },
    ...scope.groupTags.map((tags, at) => ({
      sid: `TaggedGroups${at === 0 ? '' : at + 1}`,
      resources: groupArns(scope, ['*']),
      condition: {
        StringEquals: Object.fromEntries(
          Object.entries(tags).map(([key, values]) => [`aws:ResourceTag/${key}`, values]),
        ),
      },
    })),
  ],
  'ec2:CreateTags': (scope) => [
    { sid: 'TagInstances', resources: instanceArns(scope), condition: OWN_TAGS },
    {
      sid: 'TagSnapshots',
      resources: [ec2Arn(scope, 'snapshot/*')],
      condition: { StringEquals: { 'ec2:CreateAction': 'CreateSnapshot' } },
    },
  ],
  'ec2:DeleteTags': (scope) => [{ sid: 'TagInstances', resources: instanceArns(scope), condition: OWN_TAGS }],
  'ec2:RebootInstances': taken,
  'ec2:TerminateInstances': taken,
  'ec2:CreateSnapshot': (scope) => [
    { sid: 'SnapshotVolumes', resources: [ec2Arn(scope, 'volume/*')] },
    { sid: 'Snapshots', resources: [ec2Arn(scope, 'snapshot/*')], condition: OWN_SNAPSHOT },
  ],
  'ec2:DeleteSnapshot': (scope) => [
    { sid: 'OldSnapshots', resources: [ec2Arn(scope, 'snapshot/*')], condition: TAKEN_SNAPSHOT },
  ],
  'ec2:CreateReplaceRootVolumeTask': (scope) => [
    ...taken(scope),
    {
      sid: 'RestoreVolumes',
      resources: ['replace-root-volume-task/*', 'snapshot/*', 'volume/*'].map((kind) => ec2Arn(scope, kind)),
    },
  ],
  'ssm:SendCommand': (scope) => [
    {
      sid: 'PatchDocument',
      resources: [`arn:${scope.partition}:ssm:${scope.region}:*:document/AWS-RunPatchBaseline`],
    },
    { sid: 'HookDocuments', resources: scope.hooks.documents.map((name) => documentArn(scope, name)) },
    { sid: 'PatchTaken', resources: instanceArns(scope), condition: TAKEN_NODE },
  ],
  'ssm:CancelCommand': () => [{ sid: 'CancelPatch', resources: ['*'] }],
  'ssm:GetCalendarState': (scope) => [
    { sid: 'Calendars', resources: scope.changeCalendars.map((name) => calendarArn(scope, name)) },
  ],
  'lambda:InvokeFunction': (scope) => [
    {
      sid: 'HookFunctions',
      resources: scope.hooks.functions.map((name) =>
        name.startsWith('arn:') ? name : ownArn(scope, 'lambda', `function:${name}`),
      ),
    },
  ],
  'sns:Publish': ({ topics }) => [{ sid: 'Topics', resources: topics }],
  's3:PutObject': ({ partition, overrideList }) => [
    {
      sid: 'WriteObjects',
      resources:
        overrideList === undefined ? [] : [`arn:${partition}:s3:::${overrideList.bucket}/${overrideList.prefix}*`],
    },
  ],
  's3:ListBucket': ({ partition, overrideList }) => [
    {
      sid: 'OverrideListBucket',
      resources: overrideList === undefined ? [] : [`arn:${partition}:s3:::${overrideList.bucket}`],
    },
  ],
  'states:*': (scope) => [
    {
      sid: 'Executions',
      resources: ['execution', 'mapRun', 'stateMachine'].map((kind) =>
        ownArn(scope, 'states', `${kind}:${ownName(scope)}-*`),
      ),
    },
  ],
  'cloudformation:DescribeStacks': (scope) => [
    { sid: 'Stack', resources: [ownArn(scope, 'cloudformation', `stack/${ownName(scope)}/*`)] },
  ],
  'dynamodb:*': (scope) => [
    {
      sid: 'Table',
      resources: ['', '/index/*'].map((part) => ownArn(scope, 'dynamodb', `table/${ownName(scope)}${part}`)),
    },
  ],
  'iam:*': ({ partition, account }) => [
    { sid: 'OwnPermissions', resources: ['role', 'user'].map((kind) => `arn:${partition}:iam::${account}:${kind}/*`) },
  ],
  'servicequotas:*': () => [{ sid: 'Quotas', resources: ['*'] }],
  'kms:*': (scope) => [keysOfVolumes(scope, 'KeysOfVolumes', {})],
  'kms:CreateGrant': (scope) => [
    keysOfVolumes(scope, 'GrantsOfVolumes', { Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
  ],
};

/** Keys of encrypted root volumes, for what EC2 does with them in the caller's name and for nothing else. */
function keysOfVolumes(scope: Scope, sid: string, further: NonNullable<Statement['Condition']>): Grant {
  return {
    sid,
    resources: [ownArn(scope, 'kms', 'key/*')],
    condition: { ...further, StringLike: { 'kms:ViaService': `ec2.${scope.region}.amazonaws.com*` } },
  };
}

function taken(scope: Scope): Grant[] {
  return [{ sid: 'TakenInstances', resources: instanceArns(scope), condition: TAKEN }];
}

function groupArns({ partition, region, account }: Scope, groups: string[]): string[] {
  return groups.map(
    (name) => `arn:${partition}:autoscaling:${region}:${account}:autoScalingGroup:*:autoScalingGroupName/${name}`,
  );
}

function instanceArns(scope: Scope): string[] {
  return scope.instances.map((id) => `arn:${scope.partition}:ec2:${scope.region}:${scope.account}:instance/${id}`);
}

function ownArn({ partition, region, account }: Scope, service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/** What the deployment of a policy is called on AWS. */
function ownName({ policy }: Scope): string {
  return `drydock-${policy}`;
}

/** Without the account: snapshots have had ARNs with and without one. */
function ec2Arn({ partition, region }: Scope, kind: string): string {
  return `arn:${partition}:ec2:${region}:*:${kind}`;
}

/** Documents of AWS itself are in no account. */
function documentArn({ partition, region, account }: Scope, name: string): string {
  if (name.startsWith('arn:')) return name;
  return `arn:${partition}:ssm:${region}:${name.startsWith('AWS') ? '*' : account}:document/${name}`;
}

function calendarArn({ partition, region, account }: Scope, name: string): string {
  return name.startsWith('arn:') ? name : `arn:${partition}:ssm:${region}:${account}:document/${name}`;
}
