/** Every route of the API. */
import { z } from 'zod';
import {
  asked,
  calendar,
  change,
  eventPage,
  eventQuery,
  exposure,
  graph,
  instanceDocument,
  runDocument,
  runPage,
  runQuery,
  timeline,
  VERBS,
  type Verb,
} from '../api/shapes.ts';
import { CSV, eventLines, exposureCsv, MOST_EVENTS_AT_ONCE, NDJSON } from './exports.ts';
import { NONE, type Route, route } from './route.ts';

const run = z.object({ id: z.string() });

const RUNS: Route[] = [
  route({
    path: '/api/runs',
    summary: 'The runs, the newest first, a page at a time',
    params: NONE,
    query: runQuery,
    json: { name: 'RunPage', shape: runPage },
    refused: 400,
    ask: async (source, { query }) => ({ json: await source.runs(query) }),
  }),
  route({
    path: '/api/runs/{id}',
    summary: 'A run: what `drydock runs show --json` prints, and what a person needs beside it',
    params: run,
    query: NONE,
    json: { name: 'Run', shape: runDocument },
    ask: async (source, { params }) => ({ json: await source.run(params.id) }),
  }),
  route({
    path: '/api/runs/{id}/timeline',
    summary: 'What happened when: a lane an instance, and the capacity of the group',
    params: run,
    query: NONE,
    json: { name: 'Timeline', shape: timeline },
    ask: async (source, { params }) => ({ json: await source.timeline(params.id) }),
  }),
  route({
    path: '/api/runs/{id}/events',
    summary: 'The history of a run, a page at a time, or all that the filters let through as one file',
    params: run,
    query: eventQuery.extend({ download: z.enum(['ndjson']).optional() }),
    json: { name: 'EventPage', shape: eventPage },
    other: { [NDJSON]: z.string() },
    refused: 400,
    ask: async (source, { params: { id }, query: { download, ...query } }) => {
      if (download === undefined) return { json: await source.events(id, query) };
      const whole = { ...query, limit: MOST_EVENTS_AT_ONCE };
      // The first page is asked for before anything is sent: what is refused can still be told.
      const first = await source.events(id, whole);
      const parts = eventLines(first, (after) => source.events(id, { ...whole, after }));
      return { parts, mediaType: NDJSON, file: `${id}-events.ndjson` };
    },
  }),
  route({
    path: '/api/runs/{id}/instances/{instanceId}',
    summary: 'An instance in a run: its steps, checks, command and snapshot',
    params: run.extend({ instanceId: z.string() }),
    query: NONE,
    json: { name: 'Instance', shape: instanceDocument },
    ask: async (source, { params }) => ({ json: await source.instance(params.id, params.instanceId) }),
  }),
  route({
    path: '/api/runs/{id}/graph',
    summary: 'The state machine that a run went by, laid out, and the way that it took',
    params: run,
    query: z.object({ machine: graph.shape.machine.default('rollout') }),
    json: { name: 'Graph', shape: graph },
    ask: async (source, { params, query }) => ({ json: await source.graph(params.id, query.machine) }),
  }),
];

const FLEET: Route[] = [
  route({
    path: '/api/exposure',
    summary: 'Patches that wait, by environment and severity, and how long they took once they were out',
    params: NONE,
    query: NONE,
    json: { name: 'Exposure', shape: exposure },
    refused: 400,
    ask: async (source) => ({ json: await source.exposure() }),
  }),
  route({
    path: '/api/exposure.csv',
    summary: 'The patches that wait, one a line and group',
    params: NONE,
    query: NONE,
    other: { [CSV]: z.string() },
    refused: 400,
    ask: async (source) => ({
      parts: [exposureCsv(await source.exposure())],
      mediaType: CSV,
      file: 'exposure.csv',
    }),
  }),
  route({
    path: '/api/policy',
    summary: 'The policy as a calendar: each missing patch, and when it is approved where',
    params: NONE,
    query: NONE,
    json: { name: 'Calendar', shape: calendar },
    refused: 400,
    ask: async (source) => ({ json: await source.calendar() }),
  }),
];

const DOES: Record<Verb, string> = {
  pause: 'Begins no further instance until the run is resumed; those in the dock are finished',
  resume: 'Lets a paused run go on',
  abort: 'Ends a run: what is in the dock is finished or rolled back, the rest is skipped',
  approve: 'Lets a run go on that waits for a person to look at it',
  rollback: 'Begins a run that puts back every instance that this one patched, from its kept snapshots',
};

const STEERING = VERBS.map((verb) =>
  route({
    method: 'post',
    path: `/api/runs/{id}/${verb}`,
    summary: DOES[verb],
    params: run,
    query: NONE,
    json: { name: 'Asked', shape: asked },
    refused: 409,
    ask: async (source, { params: { id } }) => ({
      json: { runId: id, asked: verb, ...(await source.steer(id, verb)) },
    }),
  }),
);

const STREAM = route({
  path: '/api/stream',
  summary: 'Server-sent events: which run has changed. Last-Event-ID gives those that came meanwhile',
  params: NONE,
  query: NONE,
  other: { 'text/event-stream': change },
  refused: 400,
  ask: (source) => ({ changes: (after, signal) => source.changes(after, signal) }),
});

export const ROUTES: readonly Route[] = [...RUNS, ...FLEET, ...STEERING, STREAM];
