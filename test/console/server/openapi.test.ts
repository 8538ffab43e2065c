import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openapi } from '../../../src/console/server/openapi.ts';
import { ROUTES } from '../../../src/console/server/routes.ts';
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
