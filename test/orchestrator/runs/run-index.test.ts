/** The table of runs: it says at any moment what executions, records and results say, whoever wrote them. */
import { cpSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/orchestrator/engine/database.ts';
import { type ListedRun, type RunIndexQuery, runIndex } from '../../../src/orchestrator/runs/run-index.ts';
import { makeWorld, outcomes, type RolloutWorld } from '../../rollout/world.ts';
import { temporaryDirectory } from '../engine/harness.ts';

const listed = (world: RolloutWorld, query: RunIndexQuery = {}) => runIndex(world.store.database).list(query);

const only = (world: RolloutWorld): ListedRun => {
  const [run, ...others] = listed(world);
  if (run === undefined || others.length > 0) throw new Error('there is not exactly one run');
  return run;
};

const PERSON = { kind: 'person', by: 'ann' } as const;

/** Begins the rollback of a run that is over, and follows it to its end. */
async function rollBack(world: RolloutWorld, id: string) {
  const begun = world.runs.rollbackOf(id).then((found) => world.runs.rollBack(found, [], PERSON));
  return world.follow(await world.clock.run(begun));
}

describe('a run in the table', () => {
  test('is there from its start, with what it was begun with', async () => {
    const world = makeWorld();
    const runId = await world.start();
    expect(only(world)).toMatchObject({
      runId,
      group: 'web',
      environment: 'production',
      policy: { name: 'test', fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) },
      status: 'running',
      trigger: 'api',
      total: 4,
      tally: { pending: 4 },
      awaitsApproval: false,
    });
    expect(only(world)).not.toHaveProperty('endedAt');
  });

  test('counts its instances as they are taken in hand and done', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.filter(({ outcome }) => outcome === 'patched').length === 1);
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'draining'));
    expect(only(world).tally).toEqual({ patched: 1, patching: 1, pending: 2 });
  });

  test('ends with the outcomes, the reason and the time that its view has', async () => {
    const world = makeWorld();
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const view = await world.run();
    expect(only(world)).toMatchObject({ status: 'halted', reason: view.halted?.reason, tally: outcomes(view) });
    expect(only(world).startedAt).toBe(view.startedAt);
    expect(only(world).endedAt).toBe(view.endedAt);
  });

  test('is paused while its record says so, and no longer', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.sleep(30);
    await world.runs.steer(id, 'pause');
    expect(only(world).status).toBe('paused');
    await world.runs.steer(id, 'resume');
    expect(only(world).status).toBe('running');
    await world.runs.steer(id, 'abort');
    await world.follow(id);
    expect(only(world).status).toBe('aborted');
  });

  test('awaits its approval until it is given, or the run is over', async () => {
    const world = makeWorld({ rollout: { approval: 'after-canary' } });
    const id = await world.start();
    await world.until(id, ({ awaitsApproval }) => awaitsApproval === true);
    expect(only(world).awaitsApproval).toBe(true);
    await world.runs.steer(id, 'approve');
    expect(only(world).awaitsApproval).toBe(false);
  });

  test('takes an instance for what it is in the end when the run itself rolls it back', async () => {
    const world = makeWorld({ rollout: { onFailure: 'rollback-run', maxUnavailable: 1 } });
    const plan = await world.clock.run(world.plan());
    const last = plan.waves.flatMap(({ instances }) => instances).at(-1);
    world.fault('patch-breaks-app', { instanceIds: [last?.instanceId ?? ''] });
    const view = await world.run();
    expect(outcomes(view)).toEqual({ 'rolled-back': 4 });
    expect(only(world).tally).toEqual({ 'rolled-back': 4 });
  });

  test('leaves nobody pending who was cut off', async () => {
    const world = makeWorld();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'draining'));
    await world.clock.run(world.stop(id));
    expect(only(world)).toMatchObject({ status: 'aborted', tally: { failed: 1, skipped: 3 } });
  });

  test('rolls back another, which is not taken for finished any more', async () => {
    const world = makeWorld();
    const { runId } = await world.run();
    expect(runIndex(world.store.database).stood('test')).toEqual([runId]);
    const rollback = await rollBack(world, runId);
    expect(listed(world)[0]).toMatchObject({ runId: rollback.runId, rollbackOf: runId, trigger: 'person: ann' });
    expect(runIndex(world.store.database).stood('test')).toEqual([]);
    expect(runIndex(world.store.database).since({ runId, group: 'web' })).toEqual([
      { runId: rollback.runId, rollbackOf: runId },
    ]);
  });

  test('has a revision that grows with every change', async () => {
    const world = makeWorld();
    const index = runIndex(world.store.database);
    const id = await world.start();
    const begun = index.revision();
    await world.follow(id);
    expect(index.revision()).toBeGreaterThan(begun + 4);
    expect(index.changedSince(begun)).toEqual([{ runId: id, revision: index.revision() }]);
    expect(index.changedSince(index.revision())).toEqual([]);
  });
});

describe('a file from before the table was there', () => {
  test('is filled with what triggers would have written', async () => {
    const world = makeWorld({ durable: true, rollout: { approval: 'after-canary' } });
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const halted = await world.run();
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'draining'));
    await world.runs.steer(id, 'pause');
    const stateDir = temporaryDirectory();
    cpSync(dirname(world.store.database.path), stateDir, { recursive: true });
    forgetRuns(stateDir);
    const again = openDatabase({ stateDir });
    const withoutRevision = ({ revision: _, ...run }: ListedRun) => run;
    expect(runIndex(again).list({}).map(withoutRevision)).toEqual(listed(world).map(withoutRevision));
    expect(runIndex(again).find(halted.runId)?.status).toBe('halted');
    expect(runIndex(again).find(id)?.status).toBe('paused');
    again.close();
  });
});

/** Brings the file back to the first version of its schema. */
function forgetRuns(stateDir: string): void {
  const database = new DatabaseSync(`${stateDir}/drydock.db`);
  const triggers = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`).all();
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${String(name)}`);
  database.exec('DROP TABLE runs; PRAGMA user_version = 1');
  database.close();
}

describe('a list of runs', () => {
  /** So many runs that were never carried out, a minute apart. */
  const fill = (
    runs: { id: string; group?: string; environment?: string; by?: string; cause?: string }[],
    every = 60_000,
  ) => {
    const database = openDatabase({});
    database.prepare(`INSERT INTO definitions VALUES (1, 'h', '{}')`).run();
    const insert = database.prepare(
      `INSERT INTO executions (arn, name, state_machine_arn, definition, input, status, started_at, owner)
       VALUES (?1, ?1, 'arn:rollout', 1, ?2, 'RUNNING', ?3, 'o')`.replace(
        'arn:rollout',
        'arn:aws:states:r:0:stateMachine:rollout',
      ),
    );
    const end = database.prepare(`UPDATE executions SET status = 'FAILED', cause = ?, stopped_at = 1 WHERE name = ?`);
    for (const [at, { id, group = 'web', environment = 'production', by, cause }] of runs.entries()) {
      const input = {
        runId: id,
        startedAt: new Date(at * every).toISOString(),
        policy: { name: 'shop', fingerprint: 'f' },
        trigger: by === undefined ? { kind: 'window' } : { kind: 'person', by },
        groupName: group,
        environment,
        waves: [{ count: 3 }, { count: 4 }],
      };
      insert.run(id, JSON.stringify(input), at * every);
      if (cause !== undefined) end.run(cause, id);
    }
    return runIndex(database);
  };
  const ids = (runs: ListedRun[]) => runs.map(({ runId }) => runId);

  test('goes on behind the last of a page', () => {
    const index = fill([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }]);
    const page = index.list({ limit: 2 });
    expect(ids(page)).toEqual(['d', 'c']);
    const place = { startedAt: Date.parse(page[1]?.startedAt ?? ''), execution: page[1]?.execution ?? 0 };
    expect(ids(index.list({ before: place }))).toEqual(['b', 'a']);
    expect(ids(index.list({ before: { ...place, execution: place.execution + 1 } }))).toEqual(['c', 'b', 'a']);
  });

  test('has the runs of one moment in the order in which they were begun', () => {
    const index = fill([{ id: 'z' }, { id: 'a' }, { id: 'm' }], 0);
    expect(ids(index.list({}))).toEqual(['m', 'a', 'z']);
    const [first] = index.list({ limit: 1 });
    expect(ids(index.list({ before: { startedAt: 0, execution: first?.execution ?? 0 } }))).toEqual(['a', 'z']);
  });

  test('is narrowed by what a run is, each on its own and all together', () => {
    const index = fill([
      { id: 'a', environment: 'staging' },
      { id: 'b', group: 'api' },
      { id: 'c', by: 'ann' },
      { id: 'd', by: 'anna', cause: 'in ALARM: errors' },
    ]);
    expect(ids(index.list({ environment: 'staging' }))).toEqual(['a']);
    expect(ids(index.list({ group: 'api' }))).toEqual(['b']);
    expect(ids(index.list({ status: 'failed' }))).toEqual(['d']);
    expect(ids(index.list({ trigger: 'person' }))).toEqual(['d', 'c']);
    expect(ids(index.list({ trigger: 'person: ann' }))).toEqual(['c']);
    expect(ids(index.list({ policy: 'shop', since: 60_000 }))).toEqual(['d', 'c', 'b']);
    expect(ids(index.list({ trigger: 'person', group: 'web', status: 'running', environment: 'production' }))).toEqual([
      'c',
    ]);
  });

  test('is searched in ids, groups, triggers and reasons, in any case and letter by letter', () => {
    const index = fill([
      { id: 'run-a', group: 'Shop_%' },
      { id: 'run-b', by: 'Ann' },
      { id: 'run-c', cause: 'in ALARM: errors' },
    ]);
    expect(ids(index.list({ text: 'RUN-A' }))).toEqual(['run-a']);
    expect(ids(index.list({ text: 'p_%' }))).toEqual(['run-a']);
    expect(ids(index.list({ text: 'person: ann' }))).toEqual(['run-b']);
    expect(ids(index.list({ text: 'alarm' }))).toEqual(['run-c']);
    expect(ids(index.list({ text: '%' }))).toEqual(['run-a']);
  });

  test('says what there is to narrow it by', () => {
    const index = fill([
      { id: 'a', group: 'web' },
      { id: 'b', group: 'api' },
      { id: 'c', group: 'web' },
    ]);
    expect(index.values('group')).toEqual(['api', 'web']);
    expect(index.values('environment')).toEqual(['production']);
    expect(fill([]).values('policy')).toEqual([]);
  });
});
