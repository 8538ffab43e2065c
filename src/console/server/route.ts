/** What a route of the API is. The routes that are served and the OpenAPI document are made from one table of them. */
import { z } from 'zod';
import type { ConsoleSource, RunChange } from './source.ts';

export type Answer<Value> =
  | { json: Value }
  /** A file, sent part by part. */
  | { parts: AsyncIterable<string> | Iterable<string>; mediaType: string; file: string }
  /** The changes behind the one called `after`, until `signal` is aborted. */
  | { changes: (after: string | undefined, signal: AbortSignal) => AsyncIterable<RunChange> };

interface Asked<Params, Query> {
  params: Params;
  query: Query;
}

export interface Route {
  method: 'get' | 'post';
  /** As OpenAPI writes it: `/api/runs/{id}`. */
  path: string;
  summary: string;
  params: z.ZodObject;
  query: z.ZodObject;
  /** What comes back as JSON, and the name of its shape. */
  json?: { name: string; shape: z.ZodType };
  /** What may come back as something else, by media type. */
  other: Record<string, z.ZodType>;
  /** The HTTP status when the source refuses (exit code 2) what was asked, though the run that it is about is there. */
  refused: 400 | 404 | 409;
  /** Rejects with a `z.ZodError` when `params` or `query` do not have their shape, else as the source does. */
  answer(source: ConsoleSource, raw: Asked<unknown, unknown>): Promise<Answer<unknown>>;
}

interface Described<Params extends z.ZodObject, Query extends z.ZodObject, Shape extends z.ZodType> {
  /** Default: `get`. */
  method?: 'post';
  path: string;
  summary: string;
  params: Params;
  query: Query;
  json?: { name: string; shape: Shape };
  other?: Record<string, z.ZodType>;
  /** Default: 404. */
  refused?: Route['refused'];
  ask: (
    source: ConsoleSource,
    asked: Asked<z.output<Params>, z.output<Query>>,
  ) => Promise<Answer<z.output<Shape>>> | Answer<z.output<Shape>>;
}

/** Of a route that has no parameters, or no query. */
export const NONE = z.object({});

/** A route whose answer the compiler holds to the shape that it is described with. Keys of the query that it does not know are refused. */
export function route<Params extends z.ZodObject, Query extends z.ZodObject, Shape extends z.ZodType>(
  described: Described<Params, Query, Shape>,
): Route {
  const { method = 'get', path, summary, params, query, json, other = {}, refused = 404, ask } = described;
  return {
    method,
    path,
    summary,
    params,
    query,
    ...(json === undefined ? {} : { json }),
    other,
    refused,
    answer: async (source, raw) => {
      query.strict().parse(raw.query);
      return ask(source, { params: params.parse(raw.params), query: query.parse(raw.query) });
    },
  };
}
