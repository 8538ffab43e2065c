import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { actionsOfDefinition } from '../../../src/orchestrator/permissions/actions.ts';
import { actionsOf, PERMISSION_SETS, permissionsOf, scopeOf } from '../../../src/orchestrator/permissions/sets.ts';
import { ANYWHERE, type PolicyDocument, statementsOf } from '../../../src/orchestrator/permissions/statements.ts';
import { definition } from '../../../statemachine/definitions.ts';
import { policyOf } from '../../policies/policy-of.ts';
import { actionsOfModule } from './actions-of-module.ts';

const root = new URL('../../../', import.meta.url);
const handlerFile = (name: string) => fileURLToPath(new URL(`src/orchestrator/lambda/${name}.ts`, root));
const allowed = ({ Statement }: PolicyDocument) => [...new Set(Statement.flatMap(({ Action }) => Action))].sort();
const statementOf = (document: PolicyDocument, action: string) =>
  document.Statement.filter(({ Action }) => Action.includes(action));

const policy = policyOf(`
version: 1
name: shop
patches: { overrideList: "s3://lists/of-runs" }
groups:
  - { match: { name: web }, environment: staging }
  - { match: { pattern: "api-*" }, environment: production }
  - { match: { tag: { Tier: batch } }, environment: batch }
environments: { staging: {}, production: {}, batch: {} }
rollout: { changeCalendars: [freeze] }
hooks: { beforeDetach: [{ document: Leave }], afterPatch: [{ lambda: smoke-test }] }
notify: ["arn:aws:sns:eu-west-1:123456789012:patching"]
`);

describe('what plan needs', () => {
  test('is what making plans calls, neither more nor less', async () => {
    const needed = await actionsOfModule(fileURLToPath(new URL('src/cli/planning.ts', root)));
    expect(actionsOf('plan')).toEqual(needed.map(({ action }) => action));
  });

  test('reads only', () => {
    expect(actionsOf('plan').filter((action) => !/:(Describe|Get|List)/.test(action))).toEqual([]);
  });
});

/**
 * What parts that the command line reaches call on AWS, and not where it reaches them: its engine keeps orders whole and items in a file of its
 * own, answers its task tokens and stops its executions itself, and begins no runs for a maintenance window.
 */
const ON_AWS_ALONE = [
  'dynamodb:DeleteItem',
  's3:GetObject',
  'ssm:GetMaintenanceWindow',
  'ssm:GetMaintenanceWindowExecution',
  'states:SendTaskSuccess',
  'states:StopExecution',
];

describe('what run needs', () => {
  test('is what plan needs, and what the state machines and their looks at instances call of AWS', async () => {
    const machines = (['rollout', 'recover'] as const).flatMap((name) => actionsOfDefinition(definition(name)));
    const calls = machines
      .map(({ action }) => action)
      .filter((action) => !/^(dynamodb|lambda|states):|^s3:GetObject$/.test(action));
    const looks = (await actionsOfModule(handlerFile('instance'))).flatMap(({ action }) =>
      ON_AWS_ALONE.includes(action) ? [] : [action],
    );
    expect(actionsOf('run')).toEqual(
      [...new Set([...actionsOf('plan'), ...calls, ...looks, 'lambda:InvokeFunction', 'sns:Publish'])].sort(),
    );
    expect(actionsOf('run')).toContain('ssm:SendCommand');
  });

  test('covers the handlers that run in the process', async () => {
    const handlers = await Promise.all(
      ['look', 'plan', 'health', 'instance'].map((name) => actionsOfModule(handlerFile(name))),
    );
    const needed = handlers.flat().flatMap(({ action }) => (ON_AWS_ALONE.includes(action) ? [] : [action]));
    expect(needed).not.toEqual([]);
    expect(actionsOf('run')).toEqual(expect.arrayContaining(needed));
  });

  test('changes only groups of the policy, tags only by keys of ours, and stops only what a run has tagged', () => {
    const document = permissionsOf(
      'run',
      scopeOf(policy, { region: 'eu-west-1', account: '123456789012' }, { groups: ['web'] }),
    );
    expect(statementOf(document, 'autoscaling:DetachInstances')).toMatchObject([
      { Resource: ['arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/web'] },
    ]);
    expect(statementOf(document, 'ec2:TerminateInstances')).toEqual([
      {
        Sid: 'TakenInstances',
        Effect: 'Allow',
        Action: ['ec2:CreateReplaceRootVolumeTask', 'ec2:RebootInstances', 'ec2:TerminateInstances'],
        Resource: ['arn:aws:ec2:eu-west-1:123456789012:instance/*'],
        Condition: { Null: { 'aws:ResourceTag/drydock:run-id': 'false' } },
      },
    ]);
    expect(statementOf(document, 'ec2:CreateTags').map(({ Sid, Condition }) => [Sid, Condition])).toEqual([
      ['TagInstances', { 'ForAllValues:StringLike': { 'aws:TagKeys': 'drydock:*' } }],
      ['TagSnapshots', { StringEquals: { 'ec2:CreateAction': 'CreateSnapshot' } }],
    ]);
    expect(statementOf(document, 'ssm:SendCommand')).toMatchObject([
      { Resource: ['arn:aws:ssm:eu-west-1:123456789012:document/Leave'] },
      { Resource: ['arn:aws:ssm:eu-west-1:*:document/AWS-RunPatchBaseline'] },
      {
        Resource: ['arn:aws:ec2:eu-west-1:123456789012:instance/*'],
        Condition: { StringLike: { 'ssm:resourceTag/drydock:run-id': '*' } },
      },
    ]);
    expect(statementOf(document, 's3:PutObject')).toMatchObject([{ Resource: ['arn:aws:s3:::lists/of-runs/*'] }]);
    expect(statementOf(document, 'ssm:GetCalendarState')).toMatchObject([
      { Resource: ['arn:aws:ssm:eu-west-1:123456789012:document/freeze'] },
    ]);
  });

  test('does not go beyond what the policy has use for', () => {
    const plain = policyOf('version: 1\nname: plain\n');
    const document = permissionsOf('run', scopeOf(plain, {}));
    expect(allowed(document)).not.toContain('s3:PutObject');
    expect(allowed(document)).not.toContain('ssm:GetCalendarState');
    expect(allowed(document)).not.toContain('lambda:InvokeFunction');
    expect(allowed(document)).not.toContain('sns:Publish');
  });
});

test('what step-functions needs is what its runs call, as far as they reach the calls of the table', async () => {
  const needed = await actionsOfModule(fileURLToPath(new URL('src/orchestrator/step-functions/open.ts', root)));
  const calls = needed.map(({ action }) => action);
  // The table's adapter can delete; nothing that begins or follows a run does.
  const called = calls.filter((action) => action !== 'dynamodb:DeleteItem');
  expect(actionsOf('step-functions')).toEqual([...new Set([...actionsOf('plan'), ...called])].sort());
});

test('whatever the command line calls is in one of the sets', async () => {
  const needed = await actionsOfModule(fileURLToPath(new URL('src/cli/main.ts', root)));
  const known = PERMISSION_SETS.flatMap(actionsOf);
  const missing = needed.filter(({ action }) => !known.includes(action) && !ON_AWS_ALONE.includes(action));
  expect(missing).toEqual([]);
});

test.each([
  ['staging', ['web'], []],
  ['production', ['api-*'], []],
  ['batch', [], [{ Tier: ['batch'] }]],
  [undefined, ['api-*', 'web'], [{ Tier: ['batch'] }]],
])('groups of the environment %s are to IAM those named %j and those tagged %j', (environment, groups, groupTags) => {
  const scope = scopeOf(policy, {}, environment === undefined ? {} : { environment });
  expect(scope).toMatchObject({ groups, groupTags });
});

test('groups that are found by their tags may be changed while they carry them', () => {
  const tagged = (match: string, environment: string) =>
    `  - { match: { tag: ${match} }, environment: ${environment} }\n`;
  const text = [
    'version: 1\nname: tagged\ngroups:\n',
    tagged('{ Environment: staging }', 'staging'),
    tagged('{ Environment: production }', 'production'),
    tagged('{ Stage: live, Team: web }', 'production'),
  ].join('');
  const document = permissionsOf('run', scopeOf(policyOf(text), { region: 'eu-west-1', account: '123456789012' }));
  const Resource = ['arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/*'];
  const statements = statementOf(document, 'autoscaling:DetachInstances');
  expect(statements.map(({ Resource, Condition }) => ({ Resource, Condition }))).toEqual([
    { Resource, Condition: { StringEquals: { 'aws:ResourceTag/Environment': ['production', 'staging'] } } },
    { Resource, Condition: { StringEquals: { 'aws:ResourceTag/Stage': ['live'], 'aws:ResourceTag/Team': ['web'] } } },
  ]);
});

describe.each(PERMISSION_SETS)('the document of %s', (set) => {
  const document = permissionsOf(set, scopeOf(policy, { region: 'ap-northeast-1', account: '123456789012' }));

  test('allows the whole set, and nothing by a wildcard', () => {
    expect(allowed(document)).toEqual(actionsOf(set));
    expect(allowed(document).join()).not.toContain('*');
  });

  test('fits a managed policy, has Sids that IAM takes, and each once', () => {
    expect(JSON.stringify(document).replace(/\s/g, '').length).toBeLessThan(6144);
    const sids = document.Statement.map(({ Sid }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
    expect(sids.join('')).toMatch(/^[A-Za-z0-9]+$/);
  });

  test('lets nothing be changed on every resource of the account', () => {
    const everywhere = document.Statement.filter(({ Resource }) => Resource.includes('*'));
    // What has no name before it is made is left to CloudFormation.
    const changing = everywhere
      .filter(({ Condition }) => Condition?.['ForAnyValue:StringEquals'] === undefined)
      .flatMap(({ Action }) => Action);
    // AWS knows no resource of a command that is to be cancelled.
    expect(changing.filter((action) => !/:(Describe|Get|List)/.test(action) && action !== 'ssm:CancelCommand')).toEqual(
      [],
    );
  });
});

test('an action whose resources nobody has thought of is refused, not allowed everywhere', () => {
  expect(() => statementsOf(['s3:DeleteBucket'], ANYWHERE)).toThrow('s3:DeleteBucket');
  expect(() => statementsOf(['ec2:RunInstances'], ANYWHERE)).toThrow('ec2:RunInstances');
});
