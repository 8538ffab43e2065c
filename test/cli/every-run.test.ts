import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forgetDeployment, knownDeployments, rememberDeployment } from '../../src/cli/deployments.ts';
import { realClock } from '../../src/orchestrator/engine/clock.ts';
import { createEngine } from '../../src/orchestrator/engine/engine.ts';
import { openStore } from '../../src/orchestrator/engine/store.ts';
import { runRecords } from '../../src/orchestrator/runs/records.ts';
import { createRuns } from '../../src/orchestrator/runs/runs.ts';
import { itemTable } from '../../src/orchestrator/table/table.ts';
import { planOf } from '../orchestrator/runs/plan-of.ts';
import { drydock, type Ended, emptyFolder } from './drydock.ts';

const DEPLOYED = { policy: 'standard', region: 'eu-west-1', account: '123456789012', partition: 'aws' };
const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/** A folder with one run of its own, on which nothing listens for AWS. */
async function folderWithRun(): Promise<{ id: string; stateDir: string; cli: (...args: string[]) => Ended }> {
  const cwd = emptyFolder();
  const stateDir = join(cwd, '.drydock');
  const clock = realClock();
  const store = openStore({ stateDir, nowMs: clock.now() });
  const engine = createEngine({ store, clock, region: 'local', runTask: () => Promise.reject(new Error('no task')) });
  const definition = { QueryLanguage: 'JSONata', StartAt: 'End', States: { End: { Type: 'Succeed' } } };
  engine.registerStateMachine({ name: 'rollout', definition });
  const runs = createRuns({
    engine,
    records: runRecords(itemTable(store.database)),
    database: store.database,
    now: clock.now,
    uuid: () => 'abcde',
  });
  const id = await runs.start(planOf([['i-1']]), { kind: 'api' });
  await runs.follow(id);
  await engine.close();
  store.close();
  const cli = (...args: string[]) => drydock([...args, '--endpoint-url', 'http://127.0.0.1:9'], { cwd, env: KEYS });
  return { id, stateDir, cli };
}

describe('the deployments that a state directory has to do with', () => {
  it('are remembered once each, and forgotten', () => {
    const stateDir = join(emptyFolder(), '.drydock');
    expect(knownDeployments(stateDir)).toEqual([]);
    rememberDeployment(stateDir, DEPLOYED);
    rememberDeployment(stateDir, { ...DEPLOYED });
    rememberDeployment(stateDir, { ...DEPLOYED, region: 'us-east-1' });
    expect(knownDeployments(stateDir)).toEqual([DEPLOYED, { ...DEPLOYED, region: 'us-east-1' }]);
    forgetDeployment(stateDir, DEPLOYED);
    expect(knownDeployments(stateDir)).toEqual([{ ...DEPLOYED, region: 'us-east-1' }]);
  });

  it('are not guessed at when their file is broken', () => {
    const stateDir = join(emptyFolder(), '.drydock');
    mkdirSync(stateDir);
    writeFileSync(join(stateDir, 'deployments.json'), '{');
    expect(() => knownDeployments(stateDir)).toThrow(/deployments.json cannot be read/);
    expect(() => rememberDeployment(stateDir, DEPLOYED)).toThrow(/cannot be read/);
    expect(readFileSync(join(stateDir, 'deployments.json'), 'utf8')).toBe('{');
  });
});

describe('runs of a directory that has to do with no deployment', () => {
  it('are shown without a call to AWS', async () => {
    const { id, cli } = await folderWithRun();
    const { code, stdout, stderr } = cli('runs', 'list', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject([{ runId: id, engine: 'embedded' }]);
    expect(cli('runs', 'show', 'another').stderr).toMatch(/no run another here\n→ .*--engine step-functions/);
  });
});

describe('runs of a directory that has to do with a deployment', () => {
  it('are listed with a word on what could not be asked', async () => {
    const { id, stateDir, cli } = await folderWithRun();
    rememberDeployment(stateDir, DEPLOYED);
    const { code, stdout, stderr } = cli('runs', 'list', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ runId: id }]);
    expect(stderr).toMatch(
      /what ran on AWS is left out \(policy standard, account 123456789012, eu-west-1\): AWS cannot/,
    );
  });

  it('are found here first, without a call to AWS', async () => {
    const { id, stateDir, cli } = await folderWithRun();
    rememberDeployment(stateDir, DEPLOYED);
    expect(cli('runs', 'show', id)).toMatchObject({ code: 0, stderr: '' });
    expect(cli('runs', 'list', '--engine', 'embedded')).toMatchObject({ code: 0, stderr: '' });
  });

  it('are not said to be nowhere when AWS could not be asked', async () => {
    const { stateDir, cli } = await folderWithRun();
    rememberDeployment(stateDir, DEPLOYED);
    const { code, stderr } = cli('runs', 'abort', 'another');
    expect(code).toBe(2);
    expect(stderr).toMatch(/AWS cannot be reached/);
  });

  it('are refused, not left out, when --engine asks for them', async () => {
    const { stateDir, cli } = await folderWithRun();
    rememberDeployment(stateDir, DEPLOYED);
    expect(cli('runs', 'list', '--engine', 'step-functions')).toMatchObject({ code: 2, stdout: '' });
  });
});
