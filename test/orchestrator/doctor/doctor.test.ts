import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DrydockError } from '../../../src/orchestrator/errors.ts';
import { actionsOf } from '../../../src/orchestrator/permissions/sets.ts';
import { policyOf } from '../../policies/policy-of.ts';
import { actionsOfModule } from '../permissions/actions-of-module.ts';
import { patientOf, refuse, troubles, USER } from './patient.ts';

const bad = expect.objectContaining({ standing: 'bad' });

test('where everything is well, nothing is to be mended, and what cannot be seen is said not to be checked', async () => {
  const diagnosis = await patientOf().examine();
  expect(diagnosis).toMatchObject({ identity: { arn: USER }, groups: ['web'], policy: 'shop' });
  expect(diagnosis.findings).not.toContainEqual(bad);
  expect(new Set(diagnosis.findings.map(({ check }) => check)).size).toBe(6);
  expect(diagnosis.findings.filter(({ standing }) => standing === 'not-checked').map(({ check }) => check)).toEqual([
    'permissions',
    'override-list',
  ]);
});

test('the calls that doctor makes are those that its own permissions name', async () => {
  const needed = await actionsOfModule(
    fileURLToPath(new URL('../../../src/orchestrator/doctor/account.ts', import.meta.url)),
  );
  expect(actionsOf('doctor')).toEqual(needed.map(({ action }) => action));
});

describe('credentials', () => {
  test('that AWS does not take end the examination with what to do', async () => {
    const { findings } = await patientOf({ identity: refuse('ExpiredToken') }).examine();
    expect(findings).toMatchObject([
      {
        check: 'credentials',
        standing: 'bad',
        message: expect.stringContaining('expired'),
        remedy: expect.stringContaining('Sign in'),
      },
      { standing: 'not-checked' },
    ]);
  });
});

describe('permissions', () => {
  test('that no policy allows are named with the statement that allows them', async () => {
    const decisions = { 'ec2:TerminateInstances': { EvalDecision: 'implicitDeny' as const } };
    const [denied] = troubles(await patientOf({ decisions }).examine(), 'permissions');
    expect(denied).toMatchObject({
      standing: 'bad',
      message: expect.stringContaining('ec2:TerminateInstances is denied: no policy allows it'),
      statements: [
        {
          Effect: 'Allow',
          Action: ['ec2:TerminateInstances'],
          Resource: ['arn:aws:ec2:eu-west-1:123456789012:instance/*'],
          Condition: { Null: { 'aws:ResourceTag/drydock:run-id': 'false' } },
        },
      ],
    });
  });

  test.each([
    ['a policy forbids it', { EvalDecision: 'explicitDeny' as const }],
    [
      'a policy of the organization forbids it',
      { EvalDecision: 'implicitDeny' as const, OrganizationsDecisionDetail: { AllowedByOrganizations: false } },
    ],
    [
      'the permissions boundary does not let it through',
      {
        EvalDecision: 'implicitDeny' as const,
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      },
    ],
  ])('that another statement would not help are told as such: %s', async (why, decision) => {
    const [denied] = troubles(await patientOf({ decisions: { 'ssm:SendCommand': decision } }).examine(), 'permissions');
    expect(denied).toMatchObject({ standing: 'bad', message: expect.stringContaining(why) });
    expect(denied).not.toHaveProperty('statements');
  });

  test('that are allowed on one resource and denied on another are denied', async () => {
    const resource = {
      EvalResourceName: 'arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline',
      EvalResourceDecision: 'implicitDeny' as const,
    };
    const decisions = { 'ssm:SendCommand': { ResourceSpecificResults: [resource] } };
    expect(troubles(await patientOf({ decisions }).examine(), 'permissions')).toContainEqual(bad);
  });

  test('are asked for as Drydock calls: the group by its ARN, the conditions as they are then', async () => {
    const { examine, asked, cloud } = patientOf();
    await examine();
    const of = (action: string) => asked.find(({ ActionNames = [] }) => ActionNames.includes(action));
    expect(of('autoscaling:DetachInstances')?.ResourceArns).toEqual([cloud.world.groups.get('web')?.arn]);
    const sending = asked.filter(({ ActionNames = [] }) => ActionNames.includes('ssm:SendCommand'));
    expect(sending.map(({ ResourceArns, ContextEntries }) => ({ ResourceArns, ContextEntries }))).toEqual([
      { ResourceArns: ['arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline'], ContextEntries: [] },
      {
        ResourceArns: ['arn:aws:ec2:eu-west-1:123456789012:instance/example'],
        ContextEntries: [
          { ContextKeyName: 'ssm:resourceTag/drydock:run-id', ContextKeyValues: ['run-id'], ContextKeyType: 'string' },
        ],
      },
    ]);
    expect(of('ec2:TerminateInstances')?.ContextEntries).toEqual([
      { ContextKeyName: 'aws:ResourceTag/drydock:run-id', ContextKeyValues: ['a-run'], ContextKeyType: 'string' },
    ]);
    expect(of('ec2:DeleteTags')?.ContextEntries).toEqual([
      { ContextKeyName: 'aws:TagKeys', ContextKeyValues: ['drydock:run-id'], ContextKeyType: 'stringList' },
    ]);
    expect(of('ec2:DescribeInstances')).not.toHaveProperty('ResourceArns');
    expect(new Set(asked.map(({ PolicySourceArn }) => PolicySourceArn))).toEqual(new Set([USER]));
  });

  test.each([
    ['with the path that IAM tells', {}, 'arn:aws:iam::123456789012:role/path/patcher'],
    ['without one where IAM does not tell', { roleArn: refuse() }, 'arn:aws:iam::123456789012:role/patcher'],
  ])('of a session are those of its role, %s', async (_, told, arn) => {
    const session = 'arn:aws:sts::123456789012:assumed-role/patcher/alice@example.com';
    const { examine, asked } = patientOf({
      ...told,
      identity: async () => ({ account: '123456789012', arn: session }),
    });
    await examine();
    expect(asked[0]?.PolicySourceArn).toBe(arn);
  });

  test('of the root user need no simulation', async () => {
    const { examine, asked } = patientOf({
      identity: async () => ({ account: '123456789012', arn: 'arn:aws:iam::123456789012:root' }),
    });
    expect(troubles(await examine(), 'permissions')).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('are tried without effect where IAM may not be asked, and the rest is not called checked', async () => {
    const { examine, cloud, id } = patientOf({ simulate: refuse() });
    const diagnosis = await examine();
    const messages = diagnosis.findings.filter(({ check }) => check === 'permissions');
    const saying = (part: string) =>
      messages.filter(({ message }) => message.includes(part)).map(({ standing }) => standing);
    expect(saying('iam:SimulatePrincipalPolicy is denied')).toEqual(['not-checked']);
    expect(saying('ssm:DescribeInstancePatches')).toEqual(['ok']);
    expect(saying('ec2:CreateTags')).toEqual(['ok']);
    expect(saying('ssm:SendCommand')).toEqual(['not-checked']);
    expect(saying('ec2:TerminateInstances')).toEqual(['not-checked']);
    expect([...cloud.machine(id).tags.keys()]).not.toContain('drydock:doctor');
    expect(cloud.machine(id).state).toBe('running');
  });

  test('that a call was refused for are named, whatever else could be read', async () => {
    const { cloud } = patientOf();
    const guarded = { ...cloud.cloudwatch, describeAlarms: refuse() };
    const seen = {
      autoscaling: cloud.autoscaling,
      ec2: cloud.ec2,
      elasticloadbalancingv2: cloud.elasticloadbalancingv2,
      ssm: cloud.ssm,
      s3: cloud.s3,
      lambda: cloud.lambda,
      sns: cloud.sns,
      cloudwatch: guarded,
    };
    const diagnosis = await patientOf({ simulate: refuse() }, { cloud: seen }).examine();
    expect(troubles(diagnosis, 'permissions')).toContainEqual(
      expect.objectContaining({
        standing: 'bad',
        message: 'AWS denies cloudwatch:DescribeAlarms',
        statements: [{ Sid: 'Read', Effect: 'Allow', Action: ['cloudwatch:DescribeAlarms'], Resource: ['*'] }],
      }),
    );
  });

  test('that the policy has no use for are not asked for', async () => {
    const plain = policyOf('version: 1\nname: plain\ngroups: [{ match: { name: web }, environment: staging }]\n');
    const { examine, asked } = patientOf({}, { policy: plain });
    await examine();
    const actions = asked.flatMap(({ ActionNames = [] }) => ActionNames);
    expect(actions).not.toContain('s3:PutObject');
    expect(actions).toContain('ssm:SendCommand');
  });
});

describe('instances', () => {
  test('whose agent is away are named with what to do', async () => {
    const { examine, cloud, id } = patientOf();
    cloud.machine(id).agentOnline = false;
    expect(troubles(await examine(), 'instances')).toMatchObject([
      { standing: 'bad', message: expect.stringContaining(id), remedy: expect.stringContaining('agent') },
    ]);
  });

  test('of groups that the policy does not match are no matter of a run, and that is said', async () => {
    const other = policyOf('version: 1\nname: other\ngroups: [{ match: { name: api }, environment: staging }]\n');
    const diagnosis = await patientOf({}, { policy: other }).examine();
    expect(diagnosis.groups).toEqual([]);
    expect(troubles(diagnosis, 'instances')).toMatchObject([
      { message: expect.stringContaining('matches none of the 1') },
    ]);
  });

  test('of a group that is not there are bad input', async () => {
    const { examine } = patientOf({}, { selection: { groups: ['api'] } });
    await expect(examine()).rejects.toBeInstanceOf(DrydockError);
  });
});

describe('the bucket of the override lists', () => {
  test.each([
    [404, 'bad', 'there is no bucket lists'],
    [301, 'bad', 'in another region'],
    [403, 'not-checked', 'you may not list it'],
    [500, 'bad', 'the bucket lists'],
  ])('is told apart when AWS answers %i: %s', async (status, standing, message) => {
    const [bucket] = troubles(
      await patientOf({ findBucket: refuse('UnknownError', status) }).examine(),
      'override-list',
    );
    expect(bucket).toMatchObject({ standing, message: expect.stringContaining(message) });
  });

  test('must be readable by the instances, which is not seen from here, and the statement for it is given', async () => {
    expect(troubles(await patientOf().examine(), 'override-list')).toMatchObject([
      {
        standing: 'not-checked',
        statements: [{ Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::lists/of-runs/*'] }],
      },
    ]);
  });
});

describe('health URLs', () => {
  test('that answer otherwise than the policy expects are to be mended', async () => {
    const httpGet = async () => ({ status: 503, headers: {}, body: '', latencyMs: 4 });
    const found = troubles(await patientOf({}, { httpGet }).examine(), 'health');
    expect(found).toHaveLength(4);
    expect(found[0]).toMatchObject({ standing: 'bad', message: expect.stringContaining('503') });
  });

  test('that are out of reach from here are not called sick: on AWS they are checked from elsewhere', async () => {
    const httpGet = async () => {
      throw new Error('no answer in 2 s');
    };
    const found = troubles(await patientOf({}, { httpGet }).examine(), 'health');
    expect(found.map(({ standing }) => standing)).toEqual(Array(4).fill('not-checked'));
    expect(found[0]?.remedy).toContain('VPC');
  });
});

describe('quotas', () => {
  test('that a run would exceed are named with their code', async () => {
    const quotas = async () => [{ QuotaName: 'Snapshots per Region', QuotaCode: 'L-309BACF6', Value: 3 }];
    expect(troubles(await patientOf({ quotas }).examine(), 'quotas')).toMatchObject([
      { standing: 'bad', remedy: expect.stringContaining('L-309BACF6') },
      { standing: 'not-checked' },
    ]);
  });

  test('that may not be read are not checked', async () => {
    const found = troubles(await patientOf({ quotas: refuse() }).examine(), 'quotas');
    expect(found.map(({ standing }) => standing)).toEqual(['not-checked', 'not-checked']);
    expect(found[0]?.remedy).toContain('servicequotas:ListServiceQuotas');
  });
});
