/** What else a policy has run around each instance: before it leaves, after its patch, and back in service. */
import { describe, expect, test } from 'vitest';
import type { CallRecord } from '../../src/simulator/simulated-cloud.ts';
import { has, instance, KERNEL, lifecycle, outcomes, type RolloutWorld, tagged } from './open-world.ts';
import { expectWhole } from './whole.ts';
import { makeWorld, type WorldOptions } from './world.ts';

const HOOK_URL = 'https://hooks.example.com/patching/{instanceId}';
const PLACES = ['beforeDetach', 'afterPatch', 'afterAttach'] as const;
type Place = (typeof PLACES)[number];

let world: RolloutWorld;
let calls: CallRecord[];

/** A world of one instance to patch at a time whose policy has this hook there. */
const withHook = (place: Place, hook: object, more: WorldOptions = {}) => {
  return watched({ ...more, hooks: { [place]: [hook] } });
};

function watched(options: WorldOptions): RolloutWorld {
  world = makeWorld(options);
  calls = [];
  world.cloud.watch((call) => calls.push(call));
  return world;
}

/** What was done to an instance, in its order: documents that were run on it, and how it left and came back. */
function order(id: string): string[] {
  return calls
    .filter(({ input, error }) => error === undefined && JSON.stringify(input).includes(id))
    .flatMap(({ action, input }) => {
      if (action === 'detachInstances' || action === 'attachInstances') return [action];
      const { DocumentName } = input as { DocumentName?: string };
      return action === 'sendCommand' ? [DocumentName ?? ''] : [];
    });
}

describe('a hook that is a document', () => {
  test.each([
    ['beforeDetach', ['Hook', 'detachInstances', 'AWS-RunPatchBaseline', 'attachInstances']],
    ['afterPatch', ['detachInstances', 'AWS-RunPatchBaseline', 'Hook', 'attachInstances']],
    ['afterAttach', ['detachInstances', 'AWS-RunPatchBaseline', 'attachInstances', 'Hook']],
  ] as const)('%s is run on each instance in its place', async (place, expected) => {
    const { cloud, ids, run } = withHook(place, { document: 'Hook' });
    cloud.addDocument('Hook', { seconds: 12 });
    expect((await run()).status).toBe('succeeded');
    for (const id of ids) expect(order(id)).toEqual(expected);
    await expectWhole(world);
  });

  test('behind the attach is run on an instance that counts as in service again', async () => {
    const { cloud, start, until, sleep, runs, clock } = withHook('afterAttach', { document: 'Hook' });
    cloud.addDocument('Hook', { seconds: 600 });
    const id = await start();
    await until(id, ({ instances }) => instances.some(({ step }) => step === 'running a hook'));
    await sleep(60);
    const { view } = await clock.run(runs.read(id));
    expect(view.instances.filter(({ step }) => step === 'running a hook')).toHaveLength(1);
    expect(view.capacity.inService).toBe(4);
  });

  test('that fails before an instance leaves lets it stay, untouched, and counts', async () => {
    const { cloud, run, firstPlanned } = withHook('beforeDetach', { document: 'Hook' });
    cloud.addDocument('Hook', { fails: true });
    const first = await firstPlanned();
    const view = await run();
    expect(view).toMatchObject({
      status: 'halted',
      halted: { reason: expect.stringContaining('beforeDetach hook 1') },
    });
    expect(instance(view, first)).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('(Hook) ended'),
    });
    expect(order(first)).toEqual(['Hook']);
    expect(has(cloud, first, KERNEL)).toBe(false);
    await expectWhole(world);
  });

  test.each(['afterPatch', 'afterAttach'] as const)(
    'that fails %s is a failed check: the instance is rolled back',
    async (place) => {
      const { cloud, run, firstPlanned } = withHook(place, { document: 'Hook' });
      cloud.addDocument('Hook', { fails: true });
      const first = await firstPlanned();
      const view = await run();
      expect(view.status).toBe('halted');
      const { outcome, reason } = instance(view, first);
      expect(reason).toContain(`${place} hook 1`);
      // Back in service it is asked again, and an instance that fails that too is replaced.
      expect(outcome).toBe(place === 'afterPatch' ? 'rolled-back' : 'replaced');
      await expectWhole(world);
    },
  );

  test('that fails afterAttach because of the patch is asked anew behind the rollback', async () => {
    const { cloud, run, firstPlanned } = withHook('afterAttach', { document: 'Hook' });
    cloud.addDocument('Hook', { fails: true });
    cloud.watch(({ action }) => {
      if (action === 'createReplaceRootVolumeTask') cloud.addDocument('Hook', { fails: false });
    });
    const first = await firstPlanned();
    expect(instance(await run(), first).outcome).toBe('rolled-back');
    expect(order(first).filter((name) => name === 'Hook')).toHaveLength(2);
    await expectWhole(world);
  });

  test('is run once more around an instance that the run itself rolls back', async () => {
    const { cloud, run, plan, clock, fault } = withHook(
      'beforeDetach',
      { document: 'Hook' },
      { rollout: { onFailure: 'rollback-run' } },
    );
    cloud.addDocument('Hook', {});
    const [first = '', second = ''] = (await clock.run(plan())).waves.flatMap(({ instances }) =>
      instances.map(({ instanceId }) => instanceId),
    );
    fault('patch-breaks-app', { instanceIds: [second] });
    expect((await run()).status).toBe('halted');
    const patched = ['Hook', 'detachInstances', 'AWS-RunPatchBaseline', 'attachInstances'];
    expect(order(first)).toEqual([...patched, 'Hook', 'detachInstances', 'attachInstances']);
    await expectWhole(world);
  });

  test('that takes too long is cancelled', async () => {
    const { cloud, run, firstPlanned } = withHook('afterPatch', { document: 'Hook', timeout: '1m' });
    cloud.addDocument('Hook', { seconds: 7200 });
    const first = await firstPlanned();
    const view = await run();
    expect(instance(view, first).reason).toContain('was still InProgress after 60 s');
    expect(calls.filter(({ action }) => action === 'cancelCommand')).toHaveLength(1);
    await expectWhole(world);
  });

  test('is not sent again where the process died while it ran', async () => {
    const { cloud, ids, start, follow, dieAt, restart } = withHook(
      'afterPatch',
      { document: 'Hook' },
      { durable: true },
    );
    cloud.addDocument('Hook', { seconds: 60 });
    const id = await start();
    await dieAt((_, { details }) => details?.value.name === 'WaitForHook');
    restart();
    await world.runs.resume();
    expect((await follow(id)).status).toBe('succeeded');
    for (const each of ids) expect(order(each).filter((name) => name === 'Hook')).toHaveLength(1);
    await expectWhole(world);
  });
});

describe('a hook that is a Lambda function', () => {
  test('is told which run it is, and which instance', async () => {
    const { cloud, ids, run } = withHook('afterPatch', { lambda: 'smoke-test' });
    cloud.addFunction('smoke-test', { seconds: 3 });
    const { runId, status } = await run();
    expect(status).toBe('succeeded');
    const told = calls.flatMap(({ action, input }) =>
      action === 'invoke' ? [JSON.parse((input as { Payload: string }).Payload)] : [],
    );
    expect(told.map(({ instanceId }) => instanceId).sort()).toEqual(ids.toSorted());
    expect(told[0]).toMatchObject({ hook: 'afterPatch', runId, group: 'web' });
  });

  test('that throws is tried three times, and then is a failed check', async () => {
    const { cloud, run, firstPlanned } = withHook('afterPatch', { lambda: 'smoke-test' });
    cloud.addFunction('smoke-test', { fails: 'the page is blank' });
    const first = await firstPlanned();
    const view = await run();
    expect(instance(view, first)).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringMatching(/afterPatch hook 1 \(smoke-test\) failed.*the page is blank/),
    });
    expect(calls.filter(({ action }) => action === 'invoke')).toHaveLength(3);
    await expectWhole(world);
  });

  test('that takes longer than its time limit has failed', async () => {
    const { cloud, run, firstPlanned } = withHook('beforeDetach', { lambda: 'slow', timeout: '30s' });
    cloud.addFunction('slow', { seconds: 600 });
    const first = await firstPlanned();
    const view = await run();
    expect(instance(view, first)).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('States.Timeout'),
    });
    expect(lifecycle(cloud, first)).toBe('InService');
    await expectWhole(world);
  });
});

describe('a hook that is an HTTP call', () => {
  test('is a POST that says which run it is, and which instance', async () => {
    const { ids, run, posted } = withHook('beforeDetach', { url: HOOK_URL });
    const { runId, status } = await run();
    expect(status).toBe('succeeded');
    expect(posted.map(({ url }) => url).sort()).toEqual(
      ids.map((id) => `https://hooks.example.com/patching/${id}`).sort(),
    );
    expect(posted[0]?.json).toEqual({ hook: 'beforeDetach', runId, group: 'web', instanceId: expect.any(String) });
  });

  test('that is answered otherwise than 2xx has failed', async () => {
    const answering = async () => ({ status: 503, headers: {}, body: '', latencyMs: 4 });
    const { run, firstPlanned } = withHook('beforeDetach', { url: HOOK_URL }, { answering });
    const first = await firstPlanned();
    const view = await run();
    expect(instance(view, first)).toMatchObject({
      outcome: 'skipped',
      reason: `the beforeDetach hook 1 failed: POST https://hooks.example.com/patching/${first} → 503 in 4 ms`,
    });
    await expectWhole(world);
  });

  test('that nobody answers has failed', async () => {
    const answering = () => Promise.reject(new Error('connection refused'));
    const { run, firstPlanned } = withHook('afterAttach', { url: HOOK_URL }, { answering });
    const first = await firstPlanned();
    expect(instance(await run(), first).reason).toContain('connection refused');
    await expectWhole(world);
  });
});

test('several hooks of a place run one after the other, and none behind one that failed', async () => {
  const hooks = { beforeDetach: [{ document: 'One' }, { document: 'Two' }, { document: 'Three' }] };
  watched({ hooks });
  for (const name of ['One', 'Two', 'Three']) world.cloud.addDocument(name, { fails: name === 'Two' });
  const first = await world.firstPlanned();
  await world.run();
  expect(order(first)).toEqual(['One', 'Two']);
});

test('a run that recovery brings to its end asks again behind the patch', async () => {
  const { cloud, start, dieAt, restart, clock, firstPlanned } = withHook(
    'afterPatch',
    { document: 'Hook' },
    { durable: true },
  );
  cloud.addDocument('Hook', { seconds: 30 });
  const first = await firstPlanned();
  const id = await start();
  await dieAt((_, { details }) => details?.value.name === 'WaitForHook');
  restart();
  await world.stop(id);
  expect(tagged(cloud)).toHaveProperty(first);
  const { mended, notWhole } = await clock.run(world.runs.recover(id));
  expect(notWhole).toBeUndefined();
  expect(mended).toMatchObject([{ instanceId: first, outcome: 'patched' }]);
  expect(order(first).filter((name) => name === 'Hook')).toHaveLength(1);
  await expectWhole(world);
});

describe('behind a hook that took its time before an instance leaves', () => {
  /** The first call is answered at once, the others ten minutes later. */
  const slowly = (): WorldOptions => {
    let first: string | undefined;
    return {
      hooks: { beforeDetach: [{ url: HOOK_URL, timeout: '15m' }] },
      answering: async ({ url }, clock) => {
        first ??= url;
        if (url !== first) await clock.sleep(600_000);
        return { status: 200, headers: {}, body: '', latencyMs: 3 };
      },
    };
  };

  test('it is not taken out of a run that was aborted meanwhile', async () => {
    const world = watched(slowly());
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ outcome }) => outcome === 'patched'));
    await world.sleep(120);
    await world.clock.run(world.runs.steer(id, 'abort'));
    expect(outcomes(await world.follow(id))).toEqual({ patched: 1, skipped: 3 });
    await expectWhole(world);
  });

  test('it is not taken out once another has failed', async () => {
    const options = { group: { size: 6, min: 2, max: 8 }, rollout: { maxUnavailable: 2, canary: 2 } };
    const world = watched({ ...slowly(), ...options });
    const [canaries = []] = (await world.clock.run(world.plan())).waves.map(({ instances }) => instances);
    world.fault('patch-breaks-app', { instanceIds: canaries.map(({ instanceId }) => instanceId) });
    expect(outcomes(await world.run())).toEqual({ 'rolled-back': 1, skipped: 5 });
    await expectWhole(world);
  });
});
