/** Runs that the command line begins on Step Functions and looks on at. What they do there is not what is looked at here. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { realClock } from '../../src/orchestrator/engine/clock.ts';
import { createEngine } from '../../src/orchestrator/engine/engine.ts';
import { openStore } from '../../src/orchestrator/engine/store.ts';
import { BIN } from '../cli/drydock.ts';
import { REGION } from './clients.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { findMoto, type Moto, startMoto } from './moto.ts';
import { accountWith } from './runs-on-aws.ts';

const source = await findMoto();
if ('missing' in source) console.warn(source.missing);

const policyOf = ({ bucket }: Fleet) => `
version: 1
name: test
patches:
  rules: [{ name: everything, approveAfter: 7d }]
  overrideList: s3://${bucket}/lists
environments: { staging: {} }
groups: [{ match: { tag: { Environment: staging } }, environment: staging }]
health: [{ url: "http://{privateIp}:80/" }]
`;

const WAITS = {
  QueryLanguage: 'JSONata',
  StartAt: 'Wait',
  States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } },
};

describe.skipIf('missing' in source)('a run that the command line begins on Step Functions', () => {
  let moto: Moto;
  beforeAll(async () => {
    if ('missing' in source) throw new Error(source.missing);
    moto = await startMoto(source);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  /** An account with a fleet and a deployment whose rollouts only wait, and somebody at a terminal. */
  async function terminal() {
    const fleet = await createFleet(moto.url);
    const clock = realClock();
    const store = openStore({ nowMs: clock.now() });
    const engine = createEngine({ store, clock, region: REGION, runTask: () => Promise.reject(new Error('no task')) });
    engine.registerStateMachine({ name: 'rollout', definition: WAITS });
    const account = await accountWith({ engine, store }, fleet.gateway.url, REGION);
    const folder = mkdtempSync(join(tmpdir(), 'drydock-begin-'));
    writeFileSync(join(folder, 'drydock.yaml'), policyOf(fleet));
    onTestFinished(async () => {
      await engine.close();
      store.close();
      await account[Symbol.asyncDispose]();
      await fleet[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: account.url,
      NO_COLOR: '1',
    };
    const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_EC2_METADATA_DISABLED: 'true' };
    /** Runs `drydock`, interrupted when it has said `interruptAt` on stderr. */
    const drydock = (args: string[], interruptAt?: RegExp) => {
      const { promise, resolve } = Promise.withResolvers<{ code: number | null; stdout: string; stderr: string }>();
      const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env: { ...env, ...keys } });
      const said = { stdout: '', stderr: '' };
      let isInterrupted = false;
      child.stdout.setEncoding('utf8').on('data', (text) => {
        said.stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text) => {
        said.stderr += text;
        // Once: a second Ctrl-C leaves without a word.
        if (interruptAt?.test(said.stderr) === true && !isInterrupted) isInterrupted = child.kill('SIGINT');
      });
      child.once('close', (code) => resolve({ code, ...said }));
      return promise;
    };
    const running = async () => (await engine.listExecutions({ statusFilter: 'RUNNING' })).executions;
    return { drydock, running, run: ['run', '--yes', '--engine', 'step-functions', '--group', fleet.groupName] };
  }

  test('goes on when who looks on leaves with Ctrl-C, and is found again', async () => {
    const { drydock, running, run } = await terminal();
    const { code, stdout, stderr } = await drydock([...run, '--json'], /run \d{8}-/);
    const [execution] = await running();
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: expect.stringMatching(/goes on on AWS.*drydock runs watch/),
    });
    expect(JSON.parse(stdout)).toMatchObject({ runId: execution?.name, status: 'running', engine: 'step-functions' });
    // From now on this directory has to do with the deployment.
    const listed = await drydock(['runs', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ runId: execution?.name, engine: 'step-functions' }]);
  });

  test('is begun and left at once with --detach', async () => {
    const { drydock, running, run } = await terminal();
    const { code, stdout } = await drydock([...run, '--detach', '--json']);
    const [execution] = await running();
    expect({ code, document: JSON.parse(stdout) }).toEqual({ code: 0, document: { runId: execution?.name } });
  });
});
