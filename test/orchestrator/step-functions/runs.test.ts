import { describe, expect, it } from 'vitest';
import { order } from '../../../src/orchestrator/runs/order.ts';
import type { RunView } from '../../../src/orchestrator/runs/view.ts';
import { outcomes } from '../../rollout/world.ts';
import { type Followed, followed } from './followed.ts';
import { sdkError } from './served.ts';

/** A view but for the engine that it names. */
function sameBut({ engine: _, ...view }: RunView) {
  return view;
}

/** Follows a run to its end as Step Functions would show it. */
const follow = ({ world, runs }: Followed, id: string, onChange?: (view: RunView) => void) =>
  world.clock.run(runs.follow(id, onChange));

describe('a run on Step Functions', () => {
  it.each([
    ['succeeds', undefined],
    ['halts', 'patch-breaks-app'],
  ] as const)('that %s is seen as if it were carried out here', async (_, fault) => {
    const it = followed({ rollout: { maxUnavailable: 2 } });
    if (fault !== undefined) it.world.fault(fault);
    const id = await it.world.start();
    const seen = await follow(it, id);
    const { view: here } = await it.world.runs.read(id);
    expect(seen.engine).toBe('step-functions');
    expect(sameBut(seen)).toEqual(sameBut(here));
    expect(sameBut((await it.runs.read(id)).view)).toEqual(sameBut(here));
    expect(seen.status).toBe(fault === undefined ? 'succeeded' : 'halted');
  });

  it('is seen while it goes on, at any time, as it is seen here', async () => {
    const it = followed({ rollout: { maxUnavailable: 2 } });
    const id = await it.world.start();
    for (const seconds of [60, 60, 90, 120]) {
      await it.world.sleep(seconds);
      const { view: seen } = await it.runs.read(id);
      expect(sameBut(seen)).toEqual(sameBut((await it.world.runs.read(id)).view));
      expect(seen.status).toBe('running');
      expect(seen.instances.some(({ outcome }) => outcome !== 'pending')).toBe(true);
    }
  });

  it('tells of each step on the way', async () => {
    const it = followed();
    const id = await it.world.start();
    const seen: string[] = [];
    await follow(it, id, (view) => seen.push(JSON.stringify(view)));
    const steps = seen.flatMap((text) => [...text.matchAll(/"step":"([^"]+)"/g)].map(([, step]) => step));
    expect([...new Set(steps)]).toEqual(expect.arrayContaining(['draining', 'patching', 'checking in service']));
  });

  it('is asked after within what the API lets through, more seldom while nothing happens', async () => {
    const it = followed();
    const id = await it.world.start();
    const began = it.world.clock.now();
    await follow(it, id);
    const seconds = (it.world.clock.now() - began) / 1000;
    for (const call of ['getExecutionHistory', 'listExecutions']) {
      expect((it.served.made[call] ?? 0) / seconds).toBeLessThan(1);
    }
  });

  it('is begun once, with the order that the plan makes', async () => {
    const it = followed();
    const plan = await it.world.clock.run(it.world.plan());
    const id = await it.runs.start(plan, { kind: 'person', by: 'ann' });
    const { view } = await it.runs.read(id);
    expect(view).toMatchObject({ runId: id, trigger: 'person: ann', status: 'running', group: 'web' });
    expect(it.objects).toEqual([]);
    expect(it.served.made.startExecution).toBe(1);
    expect((await follow(it, id)).status).toBe('succeeded');
  });

  it('counts as begun when its name is taken by the same order, and not by another', async () => {
    const it = followed();
    const plan = await it.world.clock.run(it.world.plan());
    it.served.failNext('startExecution', sdkError('ExecutionAlreadyExists'));
    await expect(it.runs.start(plan, { kind: 'api' })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('was not begun'),
    });
    const real = it.served.startExecution.bind(it.served);
    // The answer to the first try is lost.
    it.served.startExecution = (async (input: Parameters<typeof real>[0]) => {
      await real(input);
      throw sdkError('ExecutionAlreadyExists');
    }) as typeof real;
    const id = await it.runs.start(plan, { kind: 'api' });
    expect((await follow(it, id)).status).toBe('succeeded');
  });

  it('is left alone by who stops following it', async () => {
    const it = followed();
    const id = await it.world.start();
    const stop = new AbortController();
    const following = it.runs.follow(
      id,
      (view) => view.instances.some((i) => i.startedAt) && stop.abort(),
      stop.signal,
    );
    await expect(it.world.clock.run(following)).rejects.toMatchObject({ name: 'AbortError' });
    expect((await it.runs.read(id)).view.status).toBe('running');
    expect((await follow(it, id)).status).toBe('succeeded');
  });

  it('is paused, resumed and aborted through its record', async () => {
    const it = followed();
    const id = await it.world.start();
    await it.world.sleep(60);
    await it.runs.steer(id, 'pause');
    expect((await it.runs.read(id)).view.status).toBe('paused');
    expect(await it.runs.list({ status: 'paused' })).toMatchObject([{ runId: id }]);
    await it.runs.steer(id, 'resume');
    expect((await it.runs.read(id)).view.status).toBe('running');
    await it.runs.steer(id, 'abort');
    const ended = await follow(it, id);
    expect(ended.status).toBe('aborted');
    expect(outcomes(ended)).toMatchObject({ skipped: expect.any(Number) });
    await expect(it.runs.steer(id, 'pause')).rejects.toMatchObject({
      exitCode: 2,
      message: `run ${id} is over (Drydock.Aborted): it cannot be asked to pause`,
    });
  });

  it('is not approved while it waits for nothing', async () => {
    const it = followed();
    const id = await it.world.start();
    await it.world.sleep(60);
    await expect(it.runs.steer(id, 'approve')).rejects.toMatchObject({
      exitCode: 2,
      message: `run ${id} cannot be approved: it waits for no approval`,
    });
  });
});

describe('what goes wrong between here and Step Functions', () => {
  it.each([
    ['throttling', sdkError('ThrottlingException')],
    ['a network that is gone for a moment', Object.assign(new Error('reset'), { name: 'Error', code: 'ECONNRESET' })],
    ['trouble at AWS', sdkError('InternalServerError', 'oops', 'server')],
  ])('does not end who follows a run: %s', async (_, error) => {
    const it = followed();
    const id = await it.world.start();
    for (let time = 0; time < 3; time += 1) it.served.failNext('getExecutionHistory', error);
    expect((await follow(it, id)).status).toBe('succeeded');
  });

  it('ends it when it stays, and when it is refused', async () => {
    const it = followed();
    const id = await it.world.start();
    it.served.failNext('getExecutionHistory', sdkError('AccessDeniedException'));
    const goesOn = (why: RegExp) => ({
      exitCode: 1,
      message: expect.stringMatching(why),
      next: expect.stringContaining(`drydock runs watch ${id}`),
    });
    await expect(follow(it, id)).rejects.toMatchObject(
      goesOn(/^what becomes of run .* cannot be seen: AWS denies the call: said AWS$/),
    );
    for (let time = 0; time < 30; time += 1) it.served.failNext('getExecutionHistory', sdkError('ThrottlingException'));
    await expect(follow(it, id)).rejects.toMatchObject(goesOn(/throttles/));
  });

  it('stands still where Step Functions has forgotten its execution, and its record has not ended', async () => {
    const it = followed();
    const id = await it.world.start();
    await it.world.sleep(60);
    for (let time = 0; time < 9; time += 1) it.served.failNext('describeExecution', sdkError('ExecutionDoesNotExist'));
    expect(await it.runs.isOrphan(id)).toBe(true);
  });

  it('is told to who asks for a run that there is not', async () => {
    const it = followed();
    const { runs } = it;
    const looked = [runs.read('nothing'), follow(it, 'nothing')];
    for (const asked of [...looked, runs.steer('nothing', 'pause'), runs.recover('nothing')]) {
      await expect(asked).rejects.toMatchObject({
        exitCode: 2,
        message: 'there is no run nothing of policy test in account 123456789012, eu-west-1',
      });
    }
    expect(await it.runs.knows('nothing')).toBe(false);
  });

  it.each(['StateMachineDoesNotExist', 'StateMachineDeleting', 'ResourceNotFound'])(
    'is told to who begins a run where nothing is deployed: %s',
    async (name) => {
      const it = followed();
      const plan = await it.world.clock.run(it.world.plan());
      it.served.failNext('startExecution', sdkError(name));
      await expect(it.runs.start(plan, { kind: 'api' })).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringContaining('policy test is not deployed in account 123456789012, eu-west-1'),
        next: expect.stringContaining('drydock deploy'),
      });
    },
  );
});

describe('a run that Step Functions has forgotten', () => {
  /** A run that is over, and whose executions are gone. */
  async function forgotten() {
    const it = followed({ rollout: { maxUnavailable: 2 } });
    const id = await it.world.start();
    const before = await follow(it, id);
    for (let time = 0; time < 50; time += 1) it.served.failNext('describeExecution', sdkError('ExecutionDoesNotExist'));
    it.served.listExecutions = (async () => ({ executions: [], $metadata: {} })) as typeof it.served.listExecutions;
    return { it, id, before };
  }

  it('is shown from the table, with what became of each instance', async () => {
    const { it, id, before } = await forgotten();
    const { view } = await it.runs.read(id);
    expect(view).toMatchObject({ status: 'succeeded', trigger: 'api', engine: 'step-functions' });
    expect(outcomes(view)).toEqual(outcomes(before));
    for (const { startedAt, endedAt } of view.instances) expect([startedAt, endedAt]).not.toContain(undefined);
  });

  it('is listed, and steered no more', async () => {
    const { it, id } = await forgotten();
    expect(await it.runs.list({})).toMatchObject([{ runId: id, status: 'succeeded', policy: 'test', group: 'web' }]);
    expect(await it.runs.knows(id)).toBe(true);
    await expect(it.runs.steer(id, 'abort')).rejects.toMatchObject({
      message: `run ${id} is over (succeeded): it cannot be asked to abort`,
    });
  });
});

describe('a list of runs', () => {
  it('describes no execution that the table tells all of', async () => {
    const it = followed();
    const first = await it.world.start();
    await it.world.sleep(60);
    await it.runs.steer(first, 'abort');
    await follow(it, first);
    const second = await it.world.start();
    await it.world.sleep(60);
    it.served.made.describeExecution = 0;
    expect(await it.runs.list({})).toMatchObject([
      { runId: second, status: 'running', engine: 'step-functions', trigger: 'api' },
      { runId: first, status: 'aborted', endedAt: expect.any(String) },
    ]);
    expect(it.served.made.describeExecution).toBe(0);
    expect(await it.runs.list({ status: 'aborted' })).toMatchObject([{ runId: first }]);
    expect(await it.runs.list({ group: 'another' })).toEqual([]);
    expect(await it.runs.list({ since: it.world.clock.now() })).toEqual([]);
  });

  it('has a run that was stopped as aborted, whatever its record still says', async () => {
    const it = followed();
    const id = await it.world.start();
    await it.world.sleep(60);
    const [execution] = (await it.world.engine.listExecutions()).executions;
    await it.world.engine.stopExecution({ executionArn: execution?.executionArn ?? '', cause: 'somebody stopped it' });
    expect(await it.runs.list({})).toMatchObject([{ runId: id, status: 'aborted', reason: 'somebody stopped it' }]);
    const seen = await follow(it, id);
    expect(seen).toMatchObject({ status: 'aborted', notWhole: expect.stringContaining('somebody stopped it') });
    expect(sameBut(seen)).toEqual(sameBut((await it.world.runs.read(id)).view));
  });

  it('has a run that was cut off so long ago that nothing remembers its end as failed', async () => {
    const it = followed();
    const id = await it.world.start();
    await it.world.sleep(60);
    it.served.listExecutions = (async () => ({ executions: [], $metadata: {} })) as typeof it.served.listExecutions;
    expect(await it.runs.list({})).toMatchObject([{ runId: id, status: 'running' }]);
    await it.world.engine.close();
    await it.world.sleep(15 * 24 * 3600);
    expect(await it.runs.list({})).toMatchObject([
      { runId: id, status: 'failed', reason: expect.stringContaining('cut off') },
    ]);
  });
});

describe('what plan() asks of the past', () => {
  it('is the same from the table as from the executions', async () => {
    const it = followed({ rollout: { maxUnavailable: 2 } });
    await it.world.run();
    const [here] = await it.world.runs.finished('test');
    const [there] = await it.runs.finished('test');
    expect(there).toMatchObject({ runId: here?.runId, patches: here?.patches, environment: 'production' });
    expect(there?.instanceSeconds).toHaveLength(4);
    expect(await it.runs.finished('another')).toEqual([]);
  });
});

describe('an order that exceeds the input of an execution', () => {
  it('is begun with its large waves in S3', async () => {
    const started: string[] = [];
    const it = followed();
    it.served.startExecution = (async ({ input = '' }) => {
      started.push(input);
      return { executionArn: '', startDate: new Date(0), $metadata: {} };
    }) as typeof it.served.startExecution;
    const plan = await it.world.clock.run(it.world.plan());
    const [canary, wave] = plan.waves;
    if (canary === undefined || wave?.instances[0] === undefined) throw new Error('the plan has two waves');
    const [one] = wave.instances;
    wave.instances = Array.from({ length: 20_000 }, (_, at) => ({
      ...one,
      instanceId: `i-${String(at).padStart(17, '0')}`,
    }));
    const id = await it.runs.start(plan, { kind: 'api' });
    const [input = ''] = started;
    expect(Buffer.byteLength(input)).toBeLessThan(262_144);
    const asked = order(plan, { runId: id, trigger: { kind: 'api' }, startedAt: plan.madeAt, snapshotId: '' });
    expect(JSON.parse(input).waves[1]).toEqual({
      number: 2,
      concurrency: 1,
      count: 20_000,
      stored: { bucket: 'orders', key: `runs/${id}/wave-2.json` },
    });
    expect(it.objects.map(({ body }) => JSON.parse(body))).toEqual([asked.waves[1]?.instances]);
  });
});
