/** The list of runs: what is here and what is on AWS, as one. */
import { describe, expect, test } from 'vitest';
import { type RunQuery, runPage, runQuery } from '../../../src/console/api/shapes.ts';
import { type Deployment, deployedLists } from '../../../src/console/history/deployments.ts';
import { runList } from '../../../src/console/history/list.ts';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { DrydockError, EXIT } from '../../../src/orchestrator/errors.ts';
import { runIndex } from '../../../src/orchestrator/runs/run-index.ts';
import { stepFunctionsHistory } from '../../../src/orchestrator/step-functions/history.ts';
import { followed } from '../../orchestrator/step-functions/followed.ts';
import { DEPLOYED } from '../../orchestrator/step-functions/served.ts';
import { makeWorld, type RolloutWorld } from '../../rollout/world.ts';

/** The list as the console asks for it; lists of deployments live by `clock`, which stands still. */
function listOf(world: RolloutWorld, deployments: Deployment[] = []) {
  const clock = virtualClock(0);
  const deployed = deployedLists(deployments, clock);
  const list = runList({ index: runIndex(world.store.database), deployed, now: () => world.clock.now() });
  const ask = async (query: Partial<RunQuery> = {}) => runPage.parse(await list(runQuery.parse(query)));
  return { ask, clock };
}

/** Runs on a deployment, as AWS would list them. */
async function deployedRuns(count: number): Promise<{ deployment: Deployment; ids: string[] }> {
  const there = followed({ seed: 11 });
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const id = await there.world.start();
    await there.world.runs.steer(id, 'abort').catch(() => {});
    await there.world.follow(id);
    ids.unshift(id);
  }
  return { deployment: { deployed: DEPLOYED, runs: there.runs, history: stepFunctionsHistory(there.served) }, ids };
}

const failing = (error: Error): Deployment => {
  const { runs, served } = followed();
  return {
    deployed: DEPLOYED,
    history: stepFunctionsHistory(served),
    runs: { ...runs, list: () => Promise.reject(error) },
  };
};

describe('the list of runs', () => {
  test('shows a run as it ended, and what there is to filter by', async () => {
    const world = makeWorld();
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const { runId } = await world.run();
    const page = await listOf(world).ask();
    expect(page).toMatchObject({
      next: null,
      groups: ['web'],
      environments: ['production'],
      policies: ['test'],
      missing: [],
    });
    expect(page.runs).toEqual([
      expect.objectContaining({
        runId,
        engine: 'embedded',
        status: 'halted',
        reason: expect.stringContaining('503'),
        tally: { 'rolled-back': 1, skipped: 3 },
        total: 4,
      }),
    ]);
  });

  test('puts the runs of a deployment among those that are here, by their start', async () => {
    const world = makeWorld();
    const { deployment, ids } = await deployedRuns(1);
    await world.run();
    await world.run();
    const { runs } = await listOf(world, [deployment]).ask();
    expect(runs.map(({ startedAt }) => startedAt)).toEqual(
      runs
        .map(({ startedAt }) => startedAt)
        .toSorted()
        .reverse(),
    );
    expect(runs.filter(({ engine }) => engine === 'step-functions').map(({ runId }) => runId)).toEqual(ids);
  });

  test('goes on from page to page without leaving a run out or showing one twice', async () => {
    const world = makeWorld();
    const { deployment } = await deployedRuns(3);
    for (let at = 0; at < 4; at += 1) await world.run();
    const { ask } = listOf(world, [deployment]);
    const whole = await ask();
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof ask>> = await ask({ limit: 2, ...(next === null ? {} : { before: next }) });
      seen.push(...page.runs.map(({ runId }) => runId));
      next = page.next;
    } while (next !== null);
    expect(seen).toEqual(whole.runs.map(({ runId }) => runId));
    expect(seen).toHaveLength(7);
  });

  test('is narrowed alike wherever a run is', async () => {
    const world = makeWorld();
    const { deployment, ids } = await deployedRuns(1);
    const { runId } = await world.run();
    const { ask } = listOf(world, [deployment]);
    const found = async (query: Partial<RunQuery>) => (await ask(query)).runs.map((run) => run.runId).sort();
    const both = [runId, ...ids].sort();
    expect(await found({ group: 'web', policy: 'test', environment: 'production', trigger: 'api' })).toEqual(both);
    expect(await found({ q: 'WEB' })).toEqual(both);
    expect(await found({ engine: 'embedded' })).toEqual([runId]);
    expect(await found({ engine: 'step-functions' })).toEqual(ids);
    expect(await found({ group: 'other' })).toEqual([]);
    expect(await found({ since: '2026-03-03' })).toEqual([]);
    expect(await found({ since: '1d' })).toEqual(both);
  });

  test('refuses a time or a place that is none', async () => {
    const { ask } = listOf(makeWorld());
    await expect(ask({ since: 'yesterday' })).rejects.toMatchObject({ exitCode: EXIT.badInput });
    await expect(ask({ before: 'x' })).rejects.toMatchObject({ exitCode: EXIT.badInput });
  });
});

describe('a deployment', () => {
  test('that does not answer is named, and the list is shown without its runs', async () => {
    const world = makeWorld();
    await world.run();
    const refused = new DrydockError('AWS refuses', { exitCode: EXIT.badInput, next: 'Log in.' });
    const page = await listOf(world, [failing(refused)]).ask();
    expect(page.runs).toHaveLength(1);
    expect(page.missing).toEqual([
      { what: 'the runs of policy test in account 123456789012, eu-west-1', why: 'AWS refuses', next: 'Log in.' },
    ]);
  });

  test('that takes long is not waited for, and shown once it has answered', async () => {
    const { deployment, ids } = await deployedRuns(1);
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slow = {
      ...deployment,
      runs: { ...deployment.runs, list: () => answered.then(() => deployment.runs.list({})) },
    };
    const { ask, clock } = listOf(makeWorld(), [slow]);
    const first = await clock.run(ask());
    expect(first.runs).toEqual([]);
    expect(first.missing).toHaveLength(1);
    answer();
    await answered;
    await new Promise((resolve) => setImmediate(resolve));
    expect((await ask()).runs.map(({ runId }) => runId)).toEqual(ids);
  });

  test('is asked once for many looks, and again when its list is old', async () => {
    const { deployment } = await deployedRuns(1);
    let asked = 0;
    const list = (...given: Parameters<typeof deployment.runs.list>) => {
      asked += 1;
      return deployment.runs.list(...given);
    };
    const { ask, clock } = listOf(makeWorld(), [{ ...deployment, runs: { ...deployment.runs, list } }]);
    for (let look = 0; look < 3; look += 1) await clock.run(ask());
    expect(asked).toBe(1);
    await clock.run(clock.sleep(11_000));
    await ask();
    expect(asked).toBe(2);
  });
});
