import { describe, expect, it } from 'vitest';
import { begunWith, fitsInput, order, runId, storedOrder } from '../../../src/orchestrator/runs/order.ts';
import { planOf } from './plan-of.ts';

const run = {
  runId: '20261123-100000-abcde',
  trigger: { kind: 'person' as const },
  startedAt: '2026-11-23T10:00:00.000Z',
  snapshotId: '11111111-2222-4333-8444-555555555555',
};

describe('the order that a rollout execution is given', () => {
  it('names instances by their ids alone', () => {
    expect(order(planOf([['i-1'], ['i-2', 'i-3']]), run).waves).toEqual([
      { number: 1, concurrency: 1, count: 1, instances: ['i-1'] },
      { number: 2, concurrency: 1, count: 2, instances: ['i-2', 'i-3'] },
    ]);
  });

  it('pins each patch once, whichever instances miss it', () => {
    const { pinned } = order(planOf([['i-1'], ['i-2']], ['zlib.x86_64', 'openssl.x86_64']), run);
    expect(pinned).toEqual(['openssl.x86_64', 'zlib.x86_64']);
  });

  it('fits ten thousand instances into the input of an execution', () => {
    const ids = Array.from({ length: 10_000 }, (_, at) => `i-${at.toString(16).padStart(17, '0')}`);
    const text = JSON.stringify(order(planOf([ids.slice(0, 1), ids.slice(1)]), run));
    expect(Buffer.byteLength(text)).toBeLessThan(262_144);
  });

  it('puts the list of patches where the policy says, under the run', () => {
    const plan = planOf([['i-1']]);
    plan.settings.overrideList = 's3://patches/drydock/';
    const { overrideList, overrideListUrl } = order(plan, run);
    expect(overrideListUrl).toBe('s3://patches/drydock/20261123-100000-abcde.yaml');
    expect(overrideList).toMatchObject({ bucket: 'patches', key: 'drydock/20261123-100000-abcde.yaml' });
    expect(overrideList?.body).toEqual({ patches: [{ id: 'openssl.x86_64', title: 'openssl.x86_64:0:1.2-3' }] });
  });

  it('asks for no list when there is nothing to install', () => {
    const plan = planOf([]);
    plan.settings.overrideList = 's3://patches/drydock/';
    expect(order(plan, run)).toMatchObject({ pinned: [], waves: [] });
    expect(order(plan, run)).not.toHaveProperty('overrideListUrl');
  });

  it('asks for no list when the policy names no place for one', () => {
    expect(order(planOf([['i-1']]), run)).not.toHaveProperty('overrideListUrl');
  });

  it('does not wait for members that were missing from service when the plan was made', () => {
    const plan = planOf([['i-1', 'i-2', 'i-3']]);
    plan.capacity.inService = 2;
    expect(order(plan, run).untouchedSick).toBe(1);
  });
});

describe('an order that is too long for the input of an execution', () => {
  const ids = Array.from({ length: 20_000 }, (_, at) => `i-${at.toString(16).padStart(17, '0')}`);
  const large = order(planOf([ids.slice(0, 1), ids.slice(1, 101), ids.slice(101)]), run);

  it('keeps the ids of its large wave in S3 and their count in the order', () => {
    expect(fitsInput(large)).toBe(false);
    const { order: stored, objects } = storedOrder(large, 'assets');
    expect(fitsInput(stored)).toBe(true);
    expect(stored.waves).toEqual([
      large.waves[0],
      large.waves[1],
      {
        number: 3,
        concurrency: 1,
        count: 19_899,
        stored: { bucket: 'assets', key: 'runs/20261123-100000-abcde/wave-3.json' },
      },
    ]);
    expect(objects.map(({ bucket, key }) => ({ bucket, key }))).toEqual([
      { bucket: 'assets', key: 'runs/20261123-100000-abcde/wave-3.json' },
    ]);
    expect(JSON.parse(objects[0]?.body ?? '')).toEqual(ids.slice(101));
  });

  it('loses no instance, however the waves are cut', () => {
    const halves = order(planOf([ids.slice(0, 10_000), ids.slice(10_000)]), run);
    const { order: stored, objects } = storedOrder(halves, 'assets');
    const inline = stored.waves.flatMap((wave) => ('instances' in wave ? wave.instances : []));
    const kept = objects.flatMap(({ body }) => JSON.parse(body));
    expect(objects).toHaveLength(1);
    expect([...inline, ...kept].sort()).toEqual([...ids].sort());
  });

  it('is left as it is when it fits', () => {
    const small = order(planOf([['i-1'], ['i-2']]), run);
    expect(storedOrder(small, 'assets')).toEqual({ order: small, objects: [] });
  });
});

describe('what an execution says of the run that it was begun for', () => {
  it('is read from an order', () => {
    expect(begunWith(JSON.stringify(order(planOf([['i-1']]), run)))).toEqual({
      runId: run.runId,
      startedAt: run.startedAt,
      trigger: { kind: 'person' },
      policy: 'standard',
      group: 'web',
      environment: 'production',
    });
  });

  it('is read from what a maintenance window asks for', () => {
    const input = {
      policy: 'standard',
      group: 'web',
      environment: 'production',
      runId: run.runId,
      startedAt: run.startedAt,
      trigger: { kind: 'window', by: 'mw-1' },
      window: { id: 'mw-1', executionId: 'e-1' },
    };
    expect(begunWith(JSON.stringify(input))).toMatchObject({
      policy: 'standard',
      group: 'web',
      trigger: { kind: 'window', by: 'mw-1' },
    });
  });

  it.each(['{}', '[]', '"text"', '{"runId": 1}'])('is nothing when somebody else began it: %s', (input) => {
    expect(begunWith(input)).toBeUndefined();
  });
});

describe("a run's id", () => {
  it('sorts by the time of its start and fits the name of an execution', () => {
    const id = runId('2026-11-23T10:20:30.456Z', 'k3x9q');
    expect(id).toBe('20261123-102030-k3x9q');
    expect(id).toMatch(/^[A-Za-z0-9-_]{1,80}$/);
  });
});
