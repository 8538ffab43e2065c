/** Which IAM actions the calls of AWS need: what a role must allow, by the names that IAM has for it. */
import type { Json } from '../../interpreter/ports.ts';

/** An action, such as `lambda:InvokeFunction`, and what needs it: names of states, or paths of files. Both sorted. */
export interface NeededAction {
  action: string;
  by: string[];
}

/** IAM's prefix of a service, where it is not the name that Step Functions and the SDK have for it. */
const PREFIXES: Record<string, string> = {
  cloudwatchlogs: 'logs',
  elasticloadbalancingv2: 'elasticloadbalancing',
  eventbridge: 'events',
  sfn: 'states',
};

/** The calls whose permission is not called as they are. The empty list: it needs none. */
const RENAMED: Record<string, string[]> = {
  'lambda:invoke': ['lambda:InvokeFunction'],
  'dynamodb:transactGetItems': ['dynamodb:GetItem'],
  'dynamodb:transactWriteItems': [
    'dynamodb:ConditionCheckItem',
    'dynamodb:DeleteItem',
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
  ],
  's3:completeMultipartUpload': ['s3:PutObject'],
  's3:copyObject': ['s3:GetObject', 's3:PutObject'],
  's3:createMultipartUpload': ['s3:PutObject'],
  's3:deleteObjects': ['s3:DeleteObject'],
  's3:headBucket': ['s3:ListBucket'],
  's3:headObject': ['s3:GetObject'],
  's3:listBuckets': ['s3:ListAllMyBuckets'],
  's3:listObjects': ['s3:ListBucket'],
  's3:listObjectsV2': ['s3:ListBucket'],
  's3:uploadPart': ['s3:PutObject'],
  'sts:getCallerIdentity': [],
};

/**
 * The actions of one call, named as Step Functions does (`elasticloadbalancingv2`, `describeTargetHealth`; the SDK's clients are
 * called so too, with hyphens).
 */
export function actionsOfCall(service: string, call: string): string[] {
  const name = service.replaceAll('-', '').toLowerCase();
  const renamed = RENAMED[`${name}:${call}`];
  return renamed ?? [`${PREFIXES[name] ?? name}:${call.charAt(0).toUpperCase()}${call.slice(1)}`];
}

/**
 * The actions that the role of a state machine needs for what its states do, the Maps' and Parallels' included. Logging and
 * tracing are no matter of the definition and not among them. Throws for a resource that it does not know the permissions of.
 */
export function actionsOfDefinition(definition: Json): NeededAction[] {
  return collected(statesOf(definition).flatMap(([name, state]) => actionsOfState(state).map((it) => [it, name])));
}

/** Merges actions that are needed more than once. */
export function collected(needs: readonly (readonly [action: string, by: string])[]): NeededAction[] {
  const byAction = Map.groupBy(needs, ([action]) => action);
  return [...byAction]
    .map(([action, of]) => ({ action, by: [...new Set(of.map(([, by]) => by))].sort() }))
    .sort((a, b) => (a.action < b.action ? -1 : 1));
}

function statesOf(machine: Json | undefined): [string, Json][] {
  return Object.entries(membersOf(membersOf(machine).States)).flatMap(([name, state]): [string, Json][] => {
    const { ItemProcessor, Iterator: legacy, Branches } = membersOf(state);
    const inner = [ItemProcessor ?? legacy, ...(Array.isArray(Branches) ? Branches : [])];
    return [[name, state], ...inner.flatMap(statesOf)];
  });
}

function actionsOfState(state: Json): string[] {
  const { Type, Resource, Arguments, ItemReader, ItemProcessor, ResultWriter } = membersOf(state);
  if (Type === 'Task') return actionsOfResource(textOf(Resource), Arguments);
  if (Type !== 'Map' || membersOf(membersOf(ItemProcessor).ProcessorConfig).Mode !== 'DISTRIBUTED') return [];
  return [
    ...DISTRIBUTED_MAP,
    ...(ItemReader === undefined ? [] : actionsOfResource(textOf(membersOf(ItemReader).Resource), undefined)),
    ...(membersOf(ResultWriter).Resource === undefined ? [] : WRITTEN_RESULTS),
  ];
}

/** Its children are executions of the state machine itself. */
const DISTRIBUTED_MAP = ['states:DescribeExecution', 'states:StartExecution', 'states:StopExecution'];

/** Results are uploaded in parts, and read again to be put together. */
const WRITTEN_RESULTS = ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'];

/** Step Functions learns of the end of what it waits for by an EventBridge rule of its own. */
const MANAGED_RULE = ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'];

function actionsOfResource(resource: string, input: Json | undefined): string[] {
  const [, sdk, service = '', call = '', pattern = ''] = RESOURCE.exec(resource) ?? [];
  if (service === '') {
    if (/^arn:aws[\w-]*:lambda:/.test(resource)) return ['lambda:InvokeFunction'];
    throw unknown(resource);
  }
  if (pattern === '' || pattern === '.waitForTaskToken') {
    if (service === 'http') throw unknown(resource);
    // Tags given on creation need a permission of their own; the arguments may be an expression, so they are looked at as text.
    const tagging = sdk !== undefined && JSON.stringify(input ?? null).includes('TagSpecifications');
    return [...calledBy(sdk, service, call), ...(tagging ? ['ec2:CreateTags'] : [])];
  }
  if (service === 'states' && call === 'startExecution') {
    return ['states:DescribeExecution', 'states:StartExecution', 'states:StopExecution', ...MANAGED_RULE];
  }
  throw unknown(resource);
}

function unknown(resource: string): Error {
  return new Error(`it is not known which permissions the resource ${resource} needs: add it to actions.ts`);
}

const RESOURCE = /^arn:aws[\w-]*:states:[^:]*:[^:]*:(aws-sdk:)?([\w-]+):(\w+)(\.[\w:]+)?$/;

/** Integrations of Step Functions' own are called by IAM's prefix already; those of the SDK by the service's name. */
function calledBy(sdk: string | undefined, service: string, call: string): string[] {
  return sdk === undefined && service === 'states' ? actionsOfCall('sfn', call) : actionsOfCall(service, call);
}

function membersOf(value: Json | undefined): { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
