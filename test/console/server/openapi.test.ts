import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { withSource } from '../../../src/cli/console/source.ts';
import { openapi } from '../../../src/console/server/openapi.ts';
import { ROUTES } from '../../../src/console/server/routes.ts';
import type { ConsoleServer } from '../../../src/console/server/serve.ts';
import type { Fleet } from '../../../src/orchestrator/fleet/fleet.ts';
import { makeWorld, type RolloutWorld } from '../../rollout/world.ts';
import { HALTED, memorySource, RUNNING } from '../memory-source.ts';
import { asked, served, steered } from './served.ts';

const described = openapi(ROUTES);
const server = () => served({ source: memorySource() });

describe('the description of the API', () => {
  it('is served as it is made from the routes', async () => {
    const { status, body } = await asked(await server(), '/api/openapi.json');
    expect({ status, document: JSON.parse(body.toString()) }).toEqual({
      status: 200,
      document: JSON.parse(JSON.stringify(described)),
    });
  });

  it('names each operation once, and each parameter of its path', () => {
    const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, ...operation })),
    );
    expect(operations).toHaveLength(ROUTES.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(ROUTES.length);
    for (const { path, parameters } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
  });

  it('refers to nothing that is not in it', () => {
    const refs = [...JSON.stringify(described).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(new Set(refs.map(([, name]) => name))).toEqual(new Set(Object.keys(described.components.schemas)));
  });

  it('has filters be optional, with their limits', () => {
    const { parameters = [] } = described.paths['/api/runs']?.get ?? {};
    expect(parameters.find(({ name }) => name === 'limit')).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
  });
});

describe('every answer of the API', () => {
  it('is as it is described, of a run that halted and of one that goes on', async () => {
    const world = makeWorld({ durable: true });
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const halted = await world.run();
    expect(halted.status).toBe('halted');
    const id = await world.start();
    await world.until(id, ({ instances }) => instances.some(({ step }) => step === 'patching'));
    await shown(world, async (running) => {
      for (const runId of [halted.runId, id]) {
        const { instances } = await world.runs.read(runId).then(({ view }) => view);
        for (const { method, path, json } of ROUTES) {
          if (method === 'post' || json === undefined) continue;
          for (const { instanceId } of path.includes('{instanceId}') ? instances : [{ instanceId: '' }]) {
            const asking = path.replace('{id}', runId).replace('{instanceId}', instanceId);
            const { status, body } = await asked(running, asking);
            expect({ asking, status }).toEqual({ asking, status: 200 });
            expectShape(body, described.paths[path]?.get?.responses[200].content['application/json']?.schema);
          }
        }
        const machine = await asked(running, `/api/runs/${runId}/graph?machine=patch-instance`);
        expectShape(machine.body, { $ref: '#/components/schemas/Graph' });
      }
      for (const verb of ['pause', 'resume', 'abort']) {
        const { status, body } = await steered(running, `/api/runs/${id}/${verb}`);
        expect(status).toBe(200);
        expectShape(body, { $ref: '#/components/schemas/Asked' });
      }
    });
  });

  const inPath = (path: string, id: string) => path.replace('{id}', id).replace('{instanceId}', 'i-1');

  it.each(ROUTES.filter(({ json }) => json !== undefined).map((route) => [route.method, route.path]))(
    'is as it is described: %s %s',
    async (method, path) => {
      const running = await server();
      const ask = (id: string) => (method === 'post' ? steered : asked)(running, inPath(path, id));
      const good = await ask(RUNNING);
      expect(good.status).toBe(200);
      expectShape(good.body, described.paths[path]?.[method]?.responses[200].content['application/json']?.schema);
      if (!path.includes('{id}')) return;
      const bad = await ask('none');
      expect(bad.status).toBe(404);
      expectShape(bad.body, described.paths[path]?.[method]?.responses.default.content['application/json'].schema);
    },
  );

  it('is as it is described when it is refused', async () => {
    const { status, body } = await steered(await server(), `/api/runs/${HALTED}/abort`);
    expect(status).toBe(409);
    expectShape(body, { $ref: '#/components/schemas/Problem' });
  });
});

/** By the document alone: what the shapes say beside it does not count. */
function expectShape(body: Buffer, schema: object | undefined): void {
  const name = schema !== undefined && '$ref' in schema ? String(schema.$ref).split('/').at(-1) : undefined;
  const component = described.components.schemas[name ?? ''];
  if (component === undefined) throw new Error(`nothing is described as ${JSON.stringify(schema)}`);
  expect(
    z.fromJSONSchema(JSON.parse(JSON.stringify(component))).safeParse(JSON.parse(body.toString())).error,
  ).toBeUndefined();
}

/** Serves the world's runs while its time stands still. */
async function shown(world: RolloutWorld, work: (server: ConsoleServer) => Promise<void>): Promise<void> {
  const { cloud, clock, store, runs, policy } = world;
  const parts = {
    ...{ store, runs, stateDir: dirname(store.database.path), deployments: [], rollBack: {} },
    policy: () => ({ policy, file: null }),
    cloudAtHand: async () => ({ cloud, region: 'eu-west-1', withFirstSeen: async (fleet: Fleet) => fleet }),
    now: () => clock.now(),
  };
  await withSource(parts, async (source) => {
    // The look at the fleet takes some of the world's time. What is asked over a real network takes none.
    expect((await clock.run(source.exposure())).patches).not.toEqual([]);
    await clock.run(clock.busy(work(await served({ source }))));
  });
}
