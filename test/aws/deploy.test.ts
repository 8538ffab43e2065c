/** `drydock deploy`, `destroy` and `schedule` as their users run them. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { actionsOf } from '../../src/orchestrator/permissions/sets.ts';
import { BIN } from '../cli/drydock.ts';
import { clientSettings, REGION } from './clients.ts';
import { type Workplace, workplace } from './command-line.ts';
import { listen } from './listen.ts';
import { findMoto, type Moto, startMoto } from './moto.ts';
import { type Stacks, stacksAt } from './stacks.ts';
import { ApiError, jsonAnswer } from './wire.ts';

const source = await findMoto();
if ('missing' in source) console.warn(source.missing);

const ACCOUNT = '123456789012';
/** Several commands, each of which makes the template anew. */
const SLOW = { timeout: 120_000 };

function policy(
  name: string,
  window = '{ cron: "cron(0 2 ? * TUE *)", timezone: Asia/Tokyo, duration: 4h, cutoff: 1h }',
) {
  return `
version: 1
name: ${name}
patches: { unsupportedDelays: pin }
environments: { staging: {} }
groups: [{ match: { name: web }, environment: staging }]
schedule:
  staging: ${window}
`;
}

describe('a policy with a schedule that cannot be', () => {
  test.each([
    [
      'five fields',
      '{ cron: "cron(0 2 * * TUE)", timezone: Asia/Tokyo, duration: 4h, cutoff: 1h }',
      /has 6 fields at AWS, not 5/,
    ],
    ['a cutoff as long as its duration', '{ cron: "rate(7 days)", duration: 4h, cutoff: 4h }', /cutoff/],
    [
      'a time zone that nobody knows',
      '{ cron: "rate(7 days)", timezone: Asia/Edo, duration: 4h, cutoff: 1h }',
      /Asia\/Edo/,
    ],
  ])('is refused before AWS is asked: %s', async (_, window, message) => {
    let requests = 0;
    await using aws = await listen((_request, response) => {
      requests += 1;
      response.writeHead(500).end();
    });
    await using shop = await workplace(policy('shop', window));
    const { code, stdout, stderr } = await shop.drydock('deploy', '--yes', '--endpoint-url', aws.url);
    expect({ code, stdout, requests }).toEqual({ code: 2, stdout: '', requests: 0 });
    // File, line and column of what is wrong.
    expect(stderr).toMatch(/drydock\.yaml:8:\d+/);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/\n→ Mend it/);
  });
});

describe.skipIf('missing' in source)('the stack of a policy', () => {
  let moto: Moto;
  /** Of every test. */
  const everyCall: string[][] = [];
  beforeAll(async () => {
    if ('missing' in source) throw new Error(source.missing);
    moto = await startMoto(source);
    const s3 = new S3({ ...clientSettings(moto.url), forcePathStyle: true });
    await s3.createBucket({
      Bucket: `cdk-hnb659fds-assets-${ACCOUNT}-${REGION}`,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    });
  });
  afterAll(() => moto?.[Symbol.asyncDispose]());

  /** A folder with a policy of this name, and an account. */
  async function account(name: string) {
    const stacks: Stacks = await stacksAt(moto.url);
    everyCall.push(stacks.calls);
    const place: Workplace = await workplace(policy(name));
    onTestFinished(async () => {
      await stacks[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    });
    const cloudFormation = new CloudFormation(clientSettings(moto.url));
    const known = join(place.folder, '.drydock', 'deployments.json');
    return {
      stacks,
      folder: place.folder,
      drydock: (...args: string[]) => place.drydock(...args, '--endpoint-url', stacks.url),
      interrupted: (at: RegExp, ...args: string[]) => place.interrupted(at, ...args, '--endpoint-url', stacks.url),
      /** The status of the stack; undefined where there is none. */
      status: async () => {
        const { Stacks: all = [] } = await cloudFormation.describeStacks({});
        return all.find(({ StackName }) => StackName === `drydock-${name}`)?.StackStatus;
      },
      changeSets: async () => (await cloudFormation.listChangeSets({ StackName: `drydock-${name}` })).Summaries ?? [],
      /** The policies whose deployments the state directory knows of. */
      known: (): unknown => (existsSync(known) ? JSON.parse(readFileSync(known, 'utf8')) : []),
      changes: () => stacks.calls.filter((call) => /:(Create|Execute|Delete|PUT)/.test(call)),
    };
  }

  test(
    'is shown, created, as the policy says, made anew, and removed when nothing is at work in it',
    SLOW,
    async () => {
      const { stacks, folder, drydock, status, changeSets, known, changes } = await account('shop');
      const shown = await drydock('deploy', '--dry-run');
      expect(shown.code).toBe(0);
      expect(shown.stdout).toMatch(/^ACTION +RESOURCE +TYPE +REPLACEMENT/);
      expect(shown.stdout).toMatch(/\nadd +RolloutMachine +AWS::StepFunctions::StateMachine +–\n/);
      expect(shown.stdout).toMatch(/\d+ to add; \d+ of them say who may do what \(IAM\)\n\nnothing was changed\n$/);
      expect(shown.stderr).toMatch(/uploaded \d+ files\n/);
      expect({ status: await status(), known: known() }).toEqual({ status: undefined, known: [] });

      const created = await drydock('deploy', '--yes', '--json');
      expect({ code: created.code, stderr: created.stderr }).toEqual({
        code: 0,
        stderr: expect.stringMatching(/CREATE_COMPLETE +drydock-shop/),
      });
      const document = JSON.parse(created.stdout);
      expect(document).toMatchObject({ policy: 'shop', account: ACCOUNT, stack: 'drydock-shop', outcome: 'deployed' });
      expect(document.changes).toContainEqual(
        expect.objectContaining({ action: 'add', logicalId: 'Table', type: 'AWS::DynamoDB::Table' }),
      );
      expect(await status()).toBe('CREATE_COMPLETE');
      expect(known()).toMatchObject([{ policy: 'shop', account: ACCOUNT, region: REGION }]);

      const before = changes().length;
      const again = await drydock('deploy', '--yes');
      expect({ code: again.code, stdout: again.stdout }).toEqual({
        code: 0,
        stdout: `nothing to change: drydock-shop in account ${ACCOUNT}, ${REGION} is as the policy says\n`,
      });
      // Nothing is uploaded twice, and the change set is gone.
      expect(changes().slice(before)).toEqual(['cloudformation:CreateChangeSet', 'cloudformation:DeleteChangeSet']);
      expect((await changeSets()).map(({ ExecutionStatus }) => ExecutionStatus)).toEqual(['EXECUTE_COMPLETE']);

      let running = true;
      stacks.answer('states:ListExecutions', ({ input }) => {
        const isRollout = JSON.stringify(input).includes('drydock-shop-rollout');
        const execution = { name: '20261124-020000-1a2b3', status: 'RUNNING', startDate: new Date(0) };
        return jsonAnswer({ executions: running && isRollout ? [execution] : [] });
      });
      // Another policy is another object, and another key of it in the environment of one function.
      writeFileSync(join(folder, 'drydock.yaml'), policy('shop', '{ cron: "rate(7 days)", duration: 4h, cutoff: 1h }'));
      const updated = await drydock('deploy', '--yes');
      expect({ code: updated.code, stdout: updated.stdout }).toEqual({
        code: 0,
        stdout: expect.stringMatching(/\nmodify +PlanFunction +AWS::Lambda::Function +no\b/),
      });
      expect(updated.stdout).not.toMatch(/^(add|remove)|RolloutMachine/m);
      expect(updated.stderr).toMatch(/rollout 20261124-020000-1a2b3 is under way: it goes on by the definition/);
      expect(await status()).toBe('UPDATE_COMPLETE');

      let looks = 0;
      stacks.answer('cloudformation:DescribeStacks', () => {
        looks += 1;
        return looks === 1 ? described('drydock-shop', 'ROLLBACK_COMPLETE', 'drydock-shop') : undefined;
      });
      const beforeAnew = changes().length;
      const anew = await drydock('deploy', '--yes');
      expect({ code: anew.code, stderr: anew.stderr }).toEqual({
        code: 0,
        stderr: expect.stringMatching(/is ROLLBACK_COMPLETE: its creation failed, and nothing is in it/),
      });
      expect(changes().slice(beforeAnew)).toEqual([
        'cloudformation:DeleteStack',
        'cloudformation:CreateChangeSet',
        'cloudformation:ExecuteChangeSet',
      ]);
      expect(await status()).toBe('CREATE_COMPLETE');

      const refused = await drydock('destroy', '--yes');
      expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 4, stdout: '' });
      expect(refused.stderr).toMatch(/rollout 20261124-020000-1a2b3\n→ .*drydock runs abort 20261124-020000-1a2b3/);
      expect(await status()).toBe('CREATE_COMPLETE');

      running = false;
      const removed = await drydock('destroy', '--yes', '--json');
      expect({ code: removed.code, document: JSON.parse(removed.stdout) }).toEqual({
        code: 0,
        document: expect.objectContaining({
          outcome: 'removed',
          retained: [expect.objectContaining({ logicalId: 'Orders', type: 'AWS::S3::Bucket' })],
        }),
      });
      expect(await status()).toBeUndefined();
      expect(known()).toEqual([]);
      expect(await drydock('destroy', '--yes')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^nothing to remove/),
      });
    },
  );

  test('is not touched without a terminal and without --yes', async () => {
    const { drydock, stacks } = await account('unasked');
    for (const command of ['deploy', 'destroy']) {
      const { code, stderr } = await drydock(command);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringMatching(/no terminal to ask on\n→ Add --yes/),
      });
    }
    expect(stacks.calls).toEqual([]);
  });

  test.skipIf(!('python' in source))('is gone again, with its change set, when a person says no', SLOW, async () => {
    if (!('python' in source)) throw new Error('skipped without it');
    const { folder, stacks, status } = await account('declined');
    const spawned = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';
    const args = [process.execPath, BIN, 'deploy', '--endpoint-url', stacks.url];
    const asked = promisify(execFile)(source.python, ['-c', spawned, ...args], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
    asked.child.stdin?.write('n\n');
    const { code, stdout } = await asked
      .catch((error: { code: number; stdout: string }) => error)
      .then((ended) => ({ code: 0, ...ended }));
    expect(stdout).toMatch(/Create stack drydock-declined in account 123456789012, eu-central-1\? \[y\/N\]/);
    expect({ code, said: stdout.includes('nothing was changed') }).toEqual({ code: 130, said: true });
    expect(stacks.calls).toContain('cloudformation:DeleteChangeSet');
    expect(stacks.calls).not.toContain('cloudformation:ExecuteChangeSet');
    expect(await status()).toBeUndefined();
  });

  test('goes on without whoever leaves with Ctrl-C', SLOW, async () => {
    const { interrupted, stacks, known } = await account('left');
    let looks = 0;
    stacks.answer('cloudformation:DescribeStackEvents', () => {
      looks += 1;
      // Before it is executed Moto says; from then on it is at work.
      return looks === 1 ? undefined : events('drydock-left', 'CREATE_IN_PROGRESS');
    });
    const { code, stdout, stderr } = await interrupted(/CREATE_IN_PROGRESS/, 'deploy', '--yes');
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining('CREATE_IN_PROGRESS') });
    expect(stdout).toMatch(
      /CloudFormation goes on with stack drydock-left; .*\n→ Look at it with aws cloudformation describe-stack-events --stack-name drydock-left --region eu-central-1\n$/,
    );
    expect(stacks.calls.slice(stacks.calls.indexOf('cloudformation:ExecuteChangeSet'))).not.toContain(
      'cloudformation:DeleteStack',
    );
    expect(known()).toMatchObject([{ policy: 'left' }]);
  });

  test.each([
    ['ROLLBACK_FAILED', 6, /drydock destroy/],
    ['UPDATE_ROLLBACK_FAILED', 6, /continue-update-rollback/],
    ['UPDATE_IN_PROGRESS', 4, /Nothing was touched/],
  ])('that is %s is not touched: exit code %d', async (stackStatus, exitCode, next) => {
    const { drydock, stacks, changes } = await account('stuck');
    stacks.answer('cloudformation:DescribeStacks', () => described('drydock-stuck', stackStatus));
    const { code, stdout, stderr } = await drydock('deploy', '--yes');
    expect({ code, stdout, changes: changes() }).toEqual({ code: exitCode, stdout: '', changes: [] });
    expect(stderr).toMatch(new RegExp(`stack drydock-stuck is ${stackStatus}`));
    expect(stderr).toMatch(next);
  });

  test('is not begun in a region that has no bucket for it', SLOW, async () => {
    const { drydock, changes } = await account('homeless');
    const { code, stderr } = await drydock('deploy', '--yes', '--region', 'eu-west-3');
    expect(code).toBe(2);
    expect(stderr).toMatch(/there is no bucket cdk-hnb659fds-assets-123456789012-eu-west-3/);
    expect(stderr).toMatch(/\n→ .*npx cdk bootstrap aws:\/\/123456789012\/eu-west-3.*--bucket/);
    expect(changes()).toEqual([]);
  });

  test('is not begun by whoever may not, who is told what to ask for', async () => {
    const { drydock, stacks, status } = await account('denied');
    const denial = `User: arn:aws:iam::${ACCOUNT}:user/ci is not authorized to perform: cloudformation:DescribeStacks on resource: x`;
    stacks.answer('cloudformation:DescribeStacks', () => {
      throw new ApiError('AccessDenied', denial, 403);
    });
    const { code, stderr } = await drydock('deploy', '--yes');
    expect(code).toBe(2);
    expect(stderr).toContain(denial);
    expect(stderr).toMatch(/→ .*the statement DeployStack of drydock doctor --print-policy deploy/);
    expect(await status()).toBeUndefined();
  });

  test('has its maintenance windows listed, in UTC and in their own time', async () => {
    const { drydock, stacks } = await account('windows');
    stacks.answer('ssm:DescribeMaintenanceWindows', () =>
      jsonAnswer({
        WindowIdentities: [
          {
            WindowId: 'mw-0a1b2c3d4e5f67890',
            Name: 'drydock-windows-staging',
            Enabled: true,
            Schedule: 'cron(0 2 ? * TUE *)',
            ScheduleTimezone: 'Asia/Tokyo',
            Duration: 4,
            Cutoff: 1,
            NextExecutionTime: '2026-12-01T02:00+09:00',
          },
        ],
      }),
    );
    stacks.answer('ssm:DescribeMaintenanceWindowExecutions', () =>
      jsonAnswer({ WindowExecutions: [{ Status: 'SUCCESS', StartTime: new Date('2026-11-23T17:00:00Z') }] }),
    );
    const { code, stdout } = await drydock('schedule', 'list');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: [
        'ENVIRONMENT  WINDOW                ENABLED  NEXT (UTC)         NEXT (ITS ZONE)         SCHEDULE                        DURATION  CUTOFF  LAST',
        'staging      mw-0a1b2c3d4e5f67890  yes      2026-11-30T17:00Z  2026-12-01T02:00+09:00  cron(0 2 ? * TUE *) Asia/Tokyo  4 h       1 h     SUCCESS 2026-11-23T17:00Z',
        '',
      ].join('\n'),
    });
    const { stdout: json } = await drydock('schedule', 'list', '--json');
    expect(JSON.parse(json)).toMatchObject({
      policy: 'windows',
      windows: [{ nextExecution: '2026-11-30T17:00:00.000Z' }],
    });
  });

  // Last: it is about what the tests before it called.
  test('asks for nothing that the set deploy does not allow', () => {
    const called = [...new Set(everyCall.flat().map(actionOf))].filter((action) => action !== 'sts:GetCallerIdentity');
    const allowed = actionsOf('deploy');
    expect(called.filter((action) => !allowed.includes(action))).toEqual([]);
    expect(called.length).toBeGreaterThan(12);
  });
});

/** The IAM action of a call as it came over the wire. `GetCallerIdentity` is allowed to everybody. */
function actionOf(call: string): string {
  const [, method, key] = /^s3:(HEAD|PUT) \/[^/]+\/(.*)$/.exec(call) ?? [];
  if (method === undefined) return call;
  return method === 'PUT' ? 's3:PutObject' : key === '' ? 's3:ListBucket' : 's3:GetObject';
}

/** What DescribeStacks answers of a stack in this state. */
function described(name: string, status: string, id = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${name}/1`) {
  return xmlAnswer(
    'DescribeStacks',
    `<Stacks><member><StackId>${id}</StackId><StackName>${name}</StackName>` +
      `<StackStatus>${status}</StackStatus><CreationTime>2026-11-24T00:00:00Z</CreationTime></member></Stacks>`,
  );
}

/** What DescribeStackEvents answers of a stack of which there is but one event. */
function events(name: string, status: string) {
  const id = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${name}/1`;
  return xmlAnswer(
    'DescribeStackEvents',
    `<StackEvents><member><EventId>${status}</EventId><StackId>${id}</StackId><StackName>${name}</StackName>` +
      `<LogicalResourceId>${name}</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId>` +
      `<ResourceType>AWS::CloudFormation::Stack</ResourceType><Timestamp>2026-11-24T00:00:00Z</Timestamp>` +
      `<ResourceStatus>${status}</ResourceStatus></member></StackEvents>`,
  );
}

function xmlAnswer(action: string, result: string) {
  const body =
    `<${action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">` +
    `<${action}Result>${result}</${action}Result></${action}Response>`;
  return { status: 200, contentType: 'text/xml', body };
}
