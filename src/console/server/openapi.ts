/** The API as OpenAPI 3.1 describes it, made from the table of routes. */
import { z } from 'zod';
import packageJson from '../../../package.json' with { type: 'json' };
import { problem } from '../api/shapes.ts';
import { OWN_HEADER } from './guard/origin.ts';
import type { Route } from './route.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The document for these routes. */
export function openapi(routes: readonly Route[]) {
  const paths: Record<string, Record<string, ReturnType<typeof operation>>> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  const named = routes.flatMap(({ json }) => json ?? []);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Drydock console',
      version: packageJson.version,
      description:
        'Run history, and steering the runs that go on. Times are ISO 8601 in UTC, durations are seconds, what is not known is null.',
      license: { name: packageJson.license, identifier: packageJson.license },
    },
    servers: [{ url: '/' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(
        [...named, { name: 'Problem', shape: problem }].map(({ name, shape }) => [name, schemaOf(shape, 'output')]),
      ),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Needed where the console was started with --token.' },
      },
    },
  };
}

function operation({ method, path, summary, params, query, json, other }: Route) {
  const content = {
    ...(json === undefined ? {} : { 'application/json': { schema: ref(json.name) } }),
    ...Object.fromEntries(Object.entries(other).map(([type, shape]) => [type, { schema: schemaOf(shape, 'output') }])),
  };
  const problems = { description: 'What went wrong', content: { 'application/json': { schema: ref('Problem') } } };
  return {
    operationId: operationId(method, path),
    summary,
    parameters: [
      ...parameters(params, 'path'),
      ...parameters(query, 'query'),
      ...(method === 'post' ? [OWN_PARAMETER] : []),
    ],
    ...(method === 'post' ? { requestBody: NOTHING_MORE } : {}),
    responses: { 200: { description: summary, content }, default: problems },
  };
}

const OWN_PARAMETER = {
  name: OWN_HEADER.name,
  in: 'header',
  required: true,
  schema: { type: 'string', const: OWN_HEADER.value },
};
const NOTHING_MORE = {
  required: true,
  content: { 'application/json': { schema: { type: 'object', additionalProperties: false } } },
};

function parameters({ shape }: z.ZodObject, where: 'path' | 'query') {
  return Object.entries(shape).map(([name, each]) => ({
    name,
    in: where,
    required: where === 'path',
    schema: schemaOf(each, 'input'),
  }));
}

function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

function schemaOf(shape: z.core.$ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, {
    io,
    // The format says the same as the pattern, and can be read.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return schema;
}

/** `getRunsTimeline` for `/api/runs/{id}/timeline`; one thing, and not all, where the path ends in its id. */
function operationId(method: string, path: string): string {
  const words = path
    .replace('/api/', '')
    .split(/[/.]/)
    .map((part) => (part.startsWith('{') ? 'by-id' : part))
    .flatMap((part) => part.split('-'));
  return [method, ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}
