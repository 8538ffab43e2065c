import type { Change } from '@aws-sdk/client-cloudformation';
import { describe, expect, it } from 'vitest';
import {
  type DeployPorts,
  dropChangeSet,
  executeChangeSet,
  makeChangeSet,
} from '../../../src/orchestrator/deployment/deploy.ts';
import { findStack } from '../../../src/orchestrator/deployment/stack.ts';
import type { StackEvent } from '../../../src/orchestrator/deployment/stack-events.ts';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import {
  changesMade,
  DEPLOYED,
  type Script,
  type ScriptedCloudFormation,
  STACK_ID,
  scriptedCloudFormation,
  sdkError,
} from './cloud-formation.ts';

const TEMPLATE = {
  text: JSON.stringify({ Resources: { Role: { Type: 'AWS::IAM::Role', Properties: {} } } }),
  asset: { path: '/nowhere', objectKey: 'abc.json', bucketName: `assets-\${AWS::AccountId}-\${AWS::Region}` },
};

function deployment(script: Script = {}) {
  const calls = scriptedCloudFormation(script);
  const clock = virtualClock(0);
  let count = 0;
  const ports: DeployPorts = { calls, clock, uuid: () => `uuid-${count++}` };
  const make = async (signal?: AbortSignal, template = TEMPLATE) =>
    clock.run(makeChangeSet(ports, DEPLOYED, await findStack(calls, 'drydock-shop'), template, signal));
  return { calls, clock, ports, make };
}

function inputOf({ made }: ScriptedCloudFormation, name: string): object {
  return made.find(({ call }) => call === name)?.input ?? {};
}

describe('a change set', () => {
  it.each([
    [undefined, 'CREATE'],
    ['REVIEW_IN_PROGRESS', 'CREATE'],
    ['CREATE_COMPLETE', 'UPDATE'],
    ['UPDATE_ROLLBACK_COMPLETE', 'UPDATE'],
  ] as const)('of a stack that is %s is of the type %s', async (status, type) => {
    const { calls, make } = deployment(status === undefined ? {} : { status });
    expect(await make()).toMatchObject({ creates: type === 'CREATE', stackId: STACK_ID });
    expect(inputOf(calls, 'createChangeSet')).toMatchObject({
      StackName: 'drydock-shop',
      ChangeSetType: type,
      Capabilities: ['CAPABILITY_IAM'],
      Tags: [{ Key: 'drydock:policy', Value: 'shop' }],
      // A second try after an answer that was lost is the same change set.
      ClientToken: expect.stringMatching(/uuid/),
    });
  });

  it('is waited for, and has the changes of all pages, those first that take something away', async () => {
    const change = (Action: 'Add' | 'Modify' | 'Remove', id: string, further: object = {}): Change => ({
      ResourceChange: { Action, LogicalResourceId: id, ResourceType: 'AWS::Lambda::Function', ...further },
    });
    const { calls, make } = deployment({
      status: 'UPDATE_COMPLETE',
      descriptions: [
        { Status: 'CREATE_PENDING' },
        { Status: 'CREATE_IN_PROGRESS' },
        { Status: 'CREATE_COMPLETE', Changes: [change('Add', 'New')], NextToken: 'more' },
        {
          Changes: [
            change('Modify', 'Changed', { Replacement: 'False', Details: [{ Target: { Name: 'Code' } }] }),
            change('Modify', 'Replaced', { Replacement: 'True' }),
            change('Modify', 'Perhaps', { Replacement: 'Conditional' }),
            change('Remove', 'Gone', { PolicyAction: 'Retain' }),
          ],
        },
      ],
    });
    const changeSet = await make();
    expect(changeSet?.changes.map(({ action, logicalId }) => `${action} ${logicalId}`)).toEqual([
      'remove Gone',
      'replace Replaced',
      'may-replace Perhaps',
      'modify Changed',
      'add New',
    ]);
    expect(changeSet?.changes).toMatchObject([{ retained: true }, {}, {}, { properties: ['Code'] }, {}]);
    expect(calls.made.at(-1)?.input).toMatchObject({ NextToken: 'more', ChangeSetName: 'change-set' });
  });

  it.each([
    "The submitted information didn't contain changes. Submit different information to create a change set.",
    'No updates are to be performed.',
  ])('without changes is none, and nothing of it stays: %s', async (StatusReason) => {
    const { calls, make } = deployment({
      status: 'CREATE_COMPLETE',
      descriptions: [{ Status: 'FAILED', StatusReason }],
    });
    expect(await make()).toBeUndefined();
    expect(changesMade(calls)).toEqual(['createChangeSet', 'deleteChangeSet']);
  });

  it('whose template is not taken is an error, and nothing of it stays, nor of the stack', async () => {
    const StatusReason = 'Template format error: Unrecognized resource types: [AWS::SSM::PatchBaseline]';
    const { calls, make } = deployment({ descriptions: [{ Status: 'FAILED', StatusReason }] });
    await expect(make()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(StatusReason),
      next: expect.stringContaining('--region'),
    });
    expect(changesMade(calls)).toEqual(['createChangeSet', 'deleteChangeSet', 'deleteStack']);
  });

  it('that hangs is given up and taken back', async () => {
    const { calls, clock, make } = deployment({ descriptions: [{ Status: 'CREATE_IN_PROGRESS' }] });
    await expect(make()).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('CREATE_IN_PROGRESS') });
    expect(clock.now()).toBe(600_000);
    expect(changesMade(calls)).toEqual(['createChangeSet', 'deleteChangeSet', 'deleteStack']);
  });

  it('is taken back by Ctrl-C while it is made, and when it can no longer be looked at', async () => {
    const interrupted = deployment({ descriptions: [{ Status: 'CREATE_IN_PROGRESS' }] });
    const reason = new Error('interrupted');
    await expect(interrupted.make(AbortSignal.abort(reason))).rejects.toBe(reason);
    const denied = deployment();
    denied.calls.failNext('describeChangeSet', sdkError('AccessDenied'));
    await expect(denied.make()).rejects.toMatchObject({ name: 'AccessDenied' });
    for (const { calls } of [interrupted, denied]) {
      expect(changesMade(calls)).toEqual(['createChangeSet', 'deleteChangeSet', 'deleteStack']);
    }
  });

  it('that is declined leaves no stack in review, but the one that somebody else began meanwhile', async () => {
    const { calls, make } = deployment();
    const changeSet = await make();
    if (changeSet === undefined) throw new Error('no change set');
    await dropChangeSet(calls, changeSet);
    expect(calls.status).toBeUndefined();

    const contended = deployment();
    const second = await contended.make();
    if (second === undefined) throw new Error('no change set');
    contended.calls.status = 'CREATE_IN_PROGRESS';
    await dropChangeSet(contended.calls, second);
    expect(changesMade(contended.calls)).toEqual(['createChangeSet', 'deleteChangeSet']);
  });

  it('reads from the bucket what is too long to be sent along, and refuses what is too long for both', async () => {
    const { calls, make } = deployment();
    await make(undefined, { ...TEMPLATE, text: TEMPLATE.text + ' '.repeat(51_200) });
    expect(inputOf(calls, 'createChangeSet')).toMatchObject({
      TemplateURL: 'https://assets-123456789012-eu-west-1.s3.eu-west-1.amazonaws.com/abc.json',
    });
    expect(inputOf(calls, 'createChangeSet')).not.toHaveProperty('TemplateBody');
    await expect(make(undefined, { ...TEMPLATE, text: ' '.repeat(1_000_001) })).rejects.toMatchObject({ exitCode: 2 });
  });

  it.each([
    ['ValidationError', 'Stack:drydock-shop is in UPDATE_IN_PROGRESS state and can not be updated.', 4],
    ['ValidationError', 'Parameters: [X] must have values', 2],
    ['AccessDenied', 'not authorized', 2],
    ['LimitExceededException', 'ChangeSet limit exceeded', 2],
  ])('that AWS refuses with %s (%s) is exit code %d', async (name, message, exitCode) => {
    const { calls, make } = deployment({ status: 'CREATE_COMPLETE' });
    calls.failNext('createChangeSet', sdkError(name, message));
    await expect(make()).rejects.toMatchObject({ exitCode, message: expect.stringContaining(message) });
    expect(changesMade(calls)).toEqual(['createChangeSet']);
  });
});

describe('executing a change set', () => {
  const CREATES = {
    id: 'change-set',
    stackId: STACK_ID,
    stackName: 'drydock-shop',
    creates: true,
    changes: [],
    capabilities: [],
  };

  async function executing(
    script: Script,
    prepare: (calls: ScriptedCloudFormation) => void = () => {},
    signal?: AbortSignal,
  ) {
    const { calls, clock, ports } = deployment(script);
    prepare(calls);
    const seen: StackEvent[] = [];
    const creates = script.status === undefined;
    const onEvent = (event: StackEvent) => seen.push(event);
    const outcome = await clock
      .run(executeChangeSet(ports, { ...CREATES, creates }, { onEvent, ...(signal === undefined ? {} : { signal }) }))
      .then(
        () => 'done',
        (error: unknown) => error,
      );
    return { outcome, calls, seen: seen.map(({ status, logicalId }) => `${logicalId} ${status}`) };
  }

  it('tells of each event once, in the order in which they happened, and not of those before', async () => {
    const { outcome, seen, calls } = await executing({
      looks: [
        [{ status: 'CREATE_IN_PROGRESS' }, { resource: 'Role', status: 'CREATE_IN_PROGRESS' }],
        [],
        [
          { resource: 'Role', status: 'CREATE_COMPLETE' },
          { resource: 'Log', status: 'CREATE_COMPLETE' },
          { status: 'CREATE_COMPLETE' },
        ],
      ],
    });
    expect(outcome).toBe('done');
    expect(seen).toEqual([
      'drydock-shop CREATE_IN_PROGRESS',
      'Role CREATE_IN_PROGRESS',
      'Role CREATE_COMPLETE',
      'Log CREATE_COMPLETE',
      'drydock-shop CREATE_COMPLETE',
    ]);
    expect(inputOf(calls, 'executeChangeSet')).toMatchObject({ RetainExceptOnCreate: true });
  });

  it('that fails says which resource failed first, not those that were cancelled for it', async () => {
    const { outcome } = await executing({
      looks: [
        [
          { resource: 'LookLog', status: 'CREATE_FAILED', reason: 'Resource creation cancelled' },
          {
            resource: 'Table',
            type: 'AWS::DynamoDB::Table',
            status: 'CREATE_FAILED',
            reason: 'drydock-shop already exists',
          },
          { resource: 'PlanLog', status: 'CREATE_FAILED', reason: 'Resource creation cancelled' },
          { status: 'ROLLBACK_IN_PROGRESS', reason: 'The following resource(s) failed to create: [Table].' },
        ],
        [{ status: 'ROLLBACK_COMPLETE' }],
      ],
    });
    expect(outcome).toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(
        /^the deployment of drydock-shop failed: Table \(AWS::DynamoDB::Table\) CREATE_FAILED: drydock-shop already exists\n.*removed again/,
      ),
    });
    expect(String(outcome)).not.toContain('cancelled');
  });

  it('names the statement that allows what a resource was denied', async () => {
    const reason =
      'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:CreateRole on resource: role/x because no identity-based policy allows the iam:CreateRole action';
    const { outcome } = await executing({
      looks: [[{ resource: 'Role', status: 'CREATE_FAILED', reason }, { status: 'ROLLBACK_COMPLETE' }]],
    });
    expect(outcome).toMatchObject({ next: expect.stringMatching(/statement DeployParts .*allows iam:CreateRole/) });
  });

  it.each([
    ['UPDATE_ROLLBACK_COMPLETE', 3, /put everything back/, /Mend the reason/],
    [
      'UPDATE_ROLLBACK_FAILED',
      6,
      /could not put everything back[\s\S]*Queue .*UPDATE_FAILED: still there/,
      /continue-update-rollback/,
    ],
    ['ROLLBACK_FAILED', 6, /could not remove again/, /drydock destroy/],
    ['DELETE_COMPLETE', 6, /is DELETE_COMPLETE/, /deploy again/],
  ])('that ends %s is exit code %d', async (status, exitCode, message, next) => {
    const { outcome } = await executing({
      status: 'CREATE_COMPLETE',
      looks: [[{ resource: 'Queue', status: 'UPDATE_FAILED', reason: 'still there' }, { status }]],
    });
    expect(outcome).toMatchObject({
      exitCode,
      message: expect.stringMatching(message),
      next: expect.stringMatching(next),
    });
  });

  it('endures that AWS cannot be asked for a while, and says what goes on when it is for long', async () => {
    const throttled = sdkError('ThrottlingException');
    const looks = [[{ status: 'CREATE_COMPLETE' }]];
    // The first look, before anything is executed, is not one that is endured.
    const afterExecution = (times: number) => (calls: ScriptedCloudFormation) => {
      const execute = calls.executeChangeSet;
      calls.executeChangeSet = async (input) => {
        for (let time = 0; time < times; time += 1) calls.failNext('describeStackEvents', throttled);
        return execute(input);
      };
    };
    expect((await executing({ looks }, afterExecution(9))).outcome).toBe('done');
    expect((await executing({ looks }, afterExecution(10))).outcome).toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('can no longer be followed'),
      next: expect.stringContaining('CloudFormation goes on'),
    });
  });

  it('is left by Ctrl-C, and nothing is called back', async () => {
    const abort = new AbortController();
    const { outcome, calls } = await executing(
      {},
      (it) => {
        const execute = it.executeChangeSet;
        it.executeChangeSet = async (input) => {
          abort.abort(new Error('interrupted'));
          return execute(input);
        };
      },
      abort.signal,
    );
    expect(outcome).toBe(abort.signal.reason);
    expect(changesMade(calls)).toEqual(['executeChangeSet']);
  });

  it('that somebody else was quicker with is exit code 4', async () => {
    const { outcome } = await executing({}, (calls) =>
      calls.failNext('executeChangeSet', sdkError('InvalidChangeSetStatus')),
    );
    expect(outcome).toMatchObject({ exitCode: 4 });
  });
});
