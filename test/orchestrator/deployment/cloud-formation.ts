/** CloudFormation at the boundary of the SDK: one stack, whose change sets and events go by a script. */
import type { DescribeChangeSetOutput, StackStatus } from '@aws-sdk/client-cloudformation';
import type { StackCalls } from '../../../src/orchestrator/deployment/calls.ts';
import type { Deployed } from '../../../src/orchestrator/step-functions/deployed.ts';

export const DEPLOYED: Deployed = { policy: 'shop', region: 'eu-west-1', account: '123456789012', partition: 'aws' };
export const STACK_ID = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/drydock-shop/1';

/** An event by what is read of it; without a resource it is the stack's own. */
export interface ScriptedEvent {
  resource?: string;
  type?: string;
  status: string;
  reason?: string;
}

export interface Script {
  /** Of the stack that is there; absent: there is none. */
  status?: StackStatus;
  /** Answers of DescribeChangeSet, the last one for ever. Default: made, with one resource to add. */
  descriptions?: DescribeChangeSetOutput[];
  /** What happened since the look before, look by look, once a change set is executed or the stack is to be deleted. */
  looks?: ScriptedEvent[][];
}

export interface ScriptedCloudFormation extends StackCalls {
  /** Every call with its input, in order. */
  readonly made: { call: string; input: object }[];
  /** The stack's status from now on. */
  status: StackStatus | undefined;
  /** Rejects the next call of that name so, and the ones after it as often as it is said again. */
  failNext(call: keyof StackCalls, error: Error): void;
}

/** An error as the SDK gives it. */
export function sdkError(name: string, message = 'said AWS', further: object = {}): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', ...further });
}

const ADDED: DescribeChangeSetOutput = {
  Status: 'CREATE_COMPLETE',
  Changes: [{ ResourceChange: { Action: 'Add', LogicalResourceId: 'Table', ResourceType: 'AWS::DynamoDB::Table' } }],
};

const PAGE = 2;

export function scriptedCloudFormation(script: Script = {}): ScriptedCloudFormation {
  const descriptions = [...(script.descriptions ?? [ADDED])];
  const looks = [...(script.looks ?? [])];
  const events = [{ status: 'REVIEW_IN_PROGRESS' }] as ScriptedEvent[];
  const failures = new Map<string, Error[]>();
  let isAtWork = false;
  const made: ScriptedCloudFormation['made'] = [];

  const answers: StackCalls = {
    createChangeSet: async () => {
      cloudFormation.status ??= 'REVIEW_IN_PROGRESS';
      return { Id: 'change-set', StackId: STACK_ID };
    },
    deleteChangeSet: async () => ({}),
    deleteStack: async () => {
      isAtWork = true;
      if (cloudFormation.status === 'REVIEW_IN_PROGRESS') cloudFormation.status = undefined;
      return {};
    },
    describeChangeSet: async () => (descriptions.length > 1 ? descriptions.shift() : descriptions[0]) ?? {},
    describeStackEvents: async ({ NextToken = '0' }) => {
      if (isAtWork && NextToken === '0') events.push(...(looks.shift() ?? []));
      const newest = events.map(sdkEvent).reverse();
      const end = Number(NextToken) + PAGE;
      const more = end < newest.length ? { NextToken: String(end) } : {};
      return { StackEvents: newest.slice(Number(NextToken), end), ...more };
    },
    describeStacks: async () => {
      const { status } = cloudFormation;
      if (status === undefined) throw sdkError('ValidationError', 'Stack with id drydock-shop does not exist');
      return {
        Stacks: [{ StackId: STACK_ID, StackName: 'drydock-shop', StackStatus: status, CreationTime: new Date(0) }],
      };
    },
    executeChangeSet: async () => {
      isAtWork = true;
      return {};
    },
    getTemplate: async () => ({
      TemplateBody: JSON.stringify({
        Resources: {
          Orders: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' },
          Table: { Type: 'AWS::DynamoDB::Table' },
        },
      }),
    }),
    listStackResources: async ({ NextToken }) => ({
      StackResourceSummaries: [
        NextToken === undefined ? resource('Table', 'AWS::DynamoDB::Table') : resource('Orders', 'AWS::S3::Bucket'),
      ],
      ...(NextToken === undefined ? { NextToken: 'more' } : {}),
    }),
  };

  const call =
    <Input extends object, Output>(name: keyof StackCalls, answer: (input: Input) => Promise<Output>) =>
    async (input: Input): Promise<Output> => {
      made.push({ call: name, input });
      const failure = failures.get(name)?.shift();
      if (failure !== undefined) throw failure;
      return answer(input);
    };
  const cloudFormation: ScriptedCloudFormation = {
    made,
    status: script.status,
    failNext: (name, error) => failures.set(name, [...(failures.get(name) ?? []), error]),
    createChangeSet: call('createChangeSet', answers.createChangeSet),
    deleteChangeSet: call('deleteChangeSet', answers.deleteChangeSet),
    deleteStack: call('deleteStack', answers.deleteStack),
    describeChangeSet: call('describeChangeSet', answers.describeChangeSet),
    describeStackEvents: call('describeStackEvents', answers.describeStackEvents),
    describeStacks: call('describeStacks', answers.describeStacks),
    executeChangeSet: call('executeChangeSet', answers.executeChangeSet),
    getTemplate: call('getTemplate', answers.getTemplate),
    listStackResources: call('listStackResources', answers.listStackResources),
  };
  return cloudFormation;
}

/** The names of the calls that were made, but for those that only look. */
export function changesMade({ made }: ScriptedCloudFormation): string[] {
  return made.map(({ call }) => call).filter((call) => !/^(describe|get|list)/.test(call));
}

function sdkEvent({ resource, type = 'AWS::IAM::Role', status, reason }: ScriptedEvent, at: number) {
  return {
    StackId: STACK_ID,
    StackName: 'drydock-shop',
    EventId: `event-${at}`,
    Timestamp: new Date(at * 1000),
    LogicalResourceId: resource ?? 'drydock-shop',
    PhysicalResourceId: resource ?? STACK_ID,
    ResourceType: resource === undefined ? 'AWS::CloudFormation::Stack' : type,
    ResourceStatus: status as 'CREATE_COMPLETE',
    ...(reason === undefined ? {} : { ResourceStatusReason: reason }),
  };
}

function resource(LogicalResourceId: string, ResourceType: string) {
  return {
    LogicalResourceId,
    PhysicalResourceId: `drydock-shop-${LogicalResourceId.toLowerCase()}`,
    ResourceType,
    ResourceStatus: 'CREATE_COMPLETE' as const,
    LastUpdatedTimestamp: new Date(0),
  };
}
