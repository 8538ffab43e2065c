import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/interpreter/ports.ts';
import { realClock } from '../../src/orchestrator/engine/clock.ts';
import { createEngine, type Engine } from '../../src/orchestrator/engine/engine.ts';
import { openStore, type Store } from '../../src/orchestrator/engine/store.ts';
import { runRecords } from '../../src/orchestrator/runs/records.ts';
import { createRuns, type Runs } from '../../src/orchestrator/runs/runs.ts';
import { itemTable } from '../../src/orchestrator/table/table.ts';
import { planOf } from '../orchestrator/runs/plan-of.ts';
import { drydock, type Ended, emptyFolder } from './drydock.ts';

const plan = planOf([['i-1'], ['i-2']]);
const person = { kind: 'person' as const };

const succeeds: Json = { QueryLanguage: 'JSONata', StartAt: 'End', States: { End: { Type: 'Succeed' } } };
const fails = (name: string, cause: string): Json => ({
  QueryLanguage: 'JSONata',
  StartAt: 'End',
  States: { End: { Type: 'Fail', Error: name, Cause: cause } },
});
const waits: Json = {
  QueryLanguage: 'JSONata',
  StartAt: 'Wait',
  States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } },
};

let folder: string;
let store: Store;
let engine: Engine;
let runs: Runs;

beforeEach(() => {
  folder = emptyFolder();
  store = openStore({ stateDir: join(folder, '.drydock'), nowMs: Date.now() });
  const clock = realClock();
  engine = createEngine({ store, clock, region: 'local', runTask: () => Promise.reject(new Error('no task here')) });
  runs = createRuns({
    engine,
    records: runRecords(itemTable(store.database)),
    database: store.database,
    now: clock.now,
    uuid: randomUUID,
  });
});

afterEach(async () => {
  await engine.close();
  store.close();
});

/** Begins a run whose rollout is `definition`: what the state machine does is not what is looked at here. */
async function begin(definition: Json): Promise<string> {
  engine.registerStateMachine({ name: 'rollout', definition });
  return runs.start(plan, person);
}

async function over(definition: Json): Promise<string> {
  const id = await begin(definition);
  await runs.follow(id);
  return id;
}

const cli = (...args: string[]): Ended => drydock(args, { cwd: folder });

describe('drydock runs list', () => {
  it('shows runs with their group, status and trigger, newest first', async () => {
    const first = await over(succeeds);
    const second = await over(fails('Drydock.Halted', 'i-1 failed'));
    const { code, stdout } = cli('runs', 'list');
    expect(code).toBe(0);
    const [heading, ...lines] = stdout.trim().split('\n');
    expect(heading).toMatch(/^RUN +GROUP +ENVIRONMENT +POLICY +STATUS/);
    expect(lines).toHaveLength(2);
    expect(lines.map((line) => line.split(/ {2,}/)[0]).sort()).toEqual([first, second].sort());
    expect(stdout).toMatch(new RegExp(`${second} .* halted `));
  });

  it('filters', async () => {
    const good = await over(succeeds);
    await over(fails('Drydock.Halted', 'i-1 failed'));
    const ids = (...args: string[]) =>
      JSON.parse(cli('runs', 'list', '--json', ...args).stdout).map((run: { runId: string }) => run.runId);
    expect(ids('--status', 'succeeded')).toEqual([good]);
    expect(ids('--group', 'nobody')).toEqual([]);
    expect(ids('--environment', plan.environment)).toHaveLength(2);
    expect(ids('--since', '1h')).toHaveLength(2);
    expect(ids('--since', '2099-01-01')).toEqual([]);
  });

  it('refuses a status that there is not', () => {
    expect(cli('runs', 'list', '--status', 'done').code).toBe(2);
  });

  it('has nothing to show, and makes nothing, where nothing ever ran', () => {
    const elsewhere = emptyFolder();
    expect(drydock(['runs', 'list'], { cwd: elsewhere })).toEqual({ code: 0, stdout: 'no runs\n', stderr: '' });
    expect(JSON.parse(drydock(['runs', 'list', '--json'], { cwd: elsewhere }).stdout)).toEqual([]);
    expect(existsSync(join(elsewhere, '.drydock'))).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)('says so where it may not look, instead of that nothing ever ran', async () => {
    await over(succeeds);
    chmodSync(join(folder, '.drydock'), 0o000);
    const [listed, reported] = [cli('runs', 'list'), cli('report', '--json')];
    chmodSync(join(folder, '.drydock'), 0o700);
    expect(listed).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('cannot be opened') });
    expect(reported.code).toBe(2);
    expect(JSON.parse(reported.stdout)).toMatchObject({ error: { exitCode: 2 } });
  });
});

describe('drydock runs show', () => {
  it('shows the run as its contract says', async () => {
    const id = await over(fails('Drydock.Halted', 'i-1 failed'));
    const { code, stdout, stderr } = cli('runs', 'show', id, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const shown = JSON.parse(stdout);
    expect(Object.keys(shown)).toEqual(
      expect.arrayContaining([
        'runId',
        'policy',
        'group',
        'environment',
        'engine',
        'status',
        'startedAt',
        'endedAt',
        'trigger',
        'plan',
        'instances',
        'halted',
      ]),
    );
    expect(shown).toMatchObject({ runId: id, status: 'halted', engine: 'embedded', halted: { reason: 'i-1 failed' } });
    expect(shown.plan).toEqual(JSON.parse(JSON.stringify(plan)));
    expect(shown.instances.map((instance: { instanceId: string }) => instance.instanceId)).toEqual(['i-1', 'i-2']);
    for (const key of ['az', 'wave', 'outcome', 'startedAt', 'endedAt', 'patches'])
      expect(shown.instances[0]).toHaveProperty(key);
  });

  it('shows it to a person without escapes', async () => {
    const id = await over(succeeds);
    const { stdout } = cli('runs', 'show', id);
    expect(stdout).toContain(`run ${id}`);
    expect(stdout).toContain('✓ succeeded');
    expect(stdout).not.toContain('\x1b');
  });

  it('shows one instance', async () => {
    const id = await over(succeeds);
    expect(cli('runs', 'show', id, '--instance', 'i-2').stdout).toMatch(/^instance +i-2$/m);
    expect(JSON.parse(cli('runs', 'show', id, '--instance', 'i-2', '--json').stdout).instanceId).toBe('i-2');
    expect(cli('runs', 'show', id, '--instance', 'i-9').code).toBe(2);
  });

  it('says where to look when there is no such run', () => {
    const { code, stdout, stderr } = cli('runs', 'show', 'nothing');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/no run nothing here\n→ .*runs list/);
  });
});

describe('drydock runs watch', () => {
  it("ends with the run's own exit code, its way on stderr and its end on stdout", async () => {
    const id = await over(fails('Drydock.NotWhole', 'i-1 is detached'));
    const { code, stdout, stderr } = cli('runs', 'watch', id);
    expect(code).toBe(6);
    expect(stdout).toContain(`run ${id}`);
    expect(stderr).toMatch(/^\d\d:\d\d:\d\dZ \S+ run /);
  });

  it('is one JSON object a line with --json', async () => {
    const id = await over(fails('Drydock.Halted', 'i-1 failed'));
    const { stdout } = cli('runs', 'watch', id, '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ runId: id, status: 'halted', halted: { reason: 'i-1 failed' } });
  });

  it('says nothing on the way with --quiet', async () => {
    const id = await over(succeeds);
    expect(cli('runs', 'watch', id, '--quiet').stderr).toBe('');
  });
});

describe('a run whose process is gone', () => {
  async function orphan(): Promise<string> {
    const id = await begin(waits);
    itemTable(store.database).putItem({ TableName: 'drydock', Item: { pk: { S: `run#${id}` } } });
    await engine.close();
    store.close();
    return id;
  }

  it('is not watched for ever', async () => {
    const id = await orphan();
    const { code, stdout, stderr } = cli('runs', 'watch', id);
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toMatch(new RegExp(`run ${id} stands still.*\\n→ .*drydock recover`));
    const lines = cli('runs', 'watch', id, '--json').stdout.trim().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line))).at(-1)).toEqual(['error']);
  });

  it('is said to stand still where it is shown or steered', async () => {
    const id = await orphan();
    for (const verb of ['show', 'abort']) {
      const { code, stdout, stderr } = cli('runs', verb, id, '--json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout).runId).toBe(id);
      expect(stderr).toContain('stands still');
    }
  });

  it('is not taken for one that another process carries out', async () => {
    const id = await begin(waits);
    expect(cli('runs', 'show', id).stderr).toBe('');
  });
});

describe('drydock report', () => {
  it('is a table, a document or a spreadsheet, and says when there is nothing', async () => {
    await over(succeeds);
    expect(cli('report')).toMatchObject({ code: 0, stdout: 'no patch was installed\n' });
    expect(JSON.parse(cli('report', '--json').stdout)).toEqual({ installed: [], latencies: [] });
    expect(JSON.parse(cli('report', '--format', 'json').stdout)).toEqual({ installed: [], latencies: [] });
    expect(cli('report', '--format', 'csv').stdout).toMatch(/^instance,group,environment,patch,/);
    expect(cli('report', '--format', 'xml').code).toBe(2);
  });
});

describe('drydock runs pause, resume, abort', () => {
  it('is heard by a run that goes on in another process', async () => {
    const id = await begin(waits);
    const records = runRecords(itemTable(store.database));
    const Item = { pk: { S: `run#${id}` }, paused: { BOOL: false }, aborted: { BOOL: false } };
    itemTable(store.database).putItem({ TableName: 'drydock', Item });
    expect(cli('runs', 'pause', id).code).toBe(0);
    expect(await records.record(id)).toEqual({ paused: true, aborted: false });
    expect(cli('runs', 'resume', id).code).toBe(0);
    expect(await records.record(id)).toEqual({ paused: false, aborted: false });
    expect(JSON.parse(cli('runs', 'abort', id, '--json').stdout)).toEqual({ runId: id, asked: 'abort' });
    expect(await records.record(id)).toEqual({ paused: false, aborted: true });
    expect(cli('runs', 'pause', id)).toMatchObject({ code: 2, stderr: expect.stringContaining('it was aborted') });
  });

  it('is not approved while it waits for no approval', async () => {
    const id = await begin(waits);
    const records = itemTable(store.database);
    const item = { pk: { S: `run#${id}` } };
    records.putItem({ TableName: 'drydock', Item: item });
    const refused = cli('runs', 'approve', id);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/cannot be approved: it waits for no approval\n→ .*runs show/);
    records.putItem({ TableName: 'drydock', Item: { ...item, awaitsApproval: { BOOL: true } } });
    expect(cli('runs', 'approve', id).code).toBe(0);
    expect(records.getItem({ TableName: 'drydock', Key: item }).Item).toMatchObject({ approved: { BOOL: true } });
  });

  it('is refused once the run is over', async () => {
    const id = await over(succeeds);
    const { code, stderr } = cli('runs', 'abort', id);
    expect(code).toBe(2);
    expect(stderr).toContain('is over');
  });
});
