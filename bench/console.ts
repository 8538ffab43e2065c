/**
 * How long the console takes over a large store: `node bench/console-store.ts FOLDER`, then `node bench/console.ts FOLDER`.
 * Each page of the list is asked for many times with other values; the run of a thousand instances is opened anew each time. Beside what it
 * took stands the processor time of that: on a machine that does something else as well, the one that tells.
 */
import { randomUUID } from 'node:crypto';
import { runQuery } from '../src/console/api/shapes.ts';
import { historySource } from '../src/console/history/source.ts';
import { embeddedRuns } from '../src/console/look/embedded.ts';
import { createGraphs } from '../src/console/look/graph/graph.ts';
import { instanceDocument } from '../src/console/look/instance/document.ts';
import { realClock } from '../src/orchestrator/engine/clock.ts';
import { openDatabase } from '../src/orchestrator/engine/database.ts';
import { createEngine } from '../src/orchestrator/engine/engine.ts';
import { openStore } from '../src/orchestrator/engine/store.ts';
import { runRecords } from '../src/orchestrator/runs/records.ts';
import { createRuns } from '../src/orchestrator/runs/runs.ts';
import { itemTable } from '../src/orchestrator/table/table.ts';

const TIMES = 60;
const OPENED = 7;

const [stateDir] = process.argv.slice(2);
if (stateDir === undefined) {
  console.error('Name the folder of a store: node bench/console.ts FOLDER');
  process.exit(2);
}
const clock = realClock();
const store = openStore({ stateDir, nowMs: clock.now() });
const engine = createEngine({
  store,
  clock,
  region: 'local',
  runTask: () => Promise.reject(new Error('nothing is run')),
});
const records = runRecords(itemTable(store.database));
const runs = createRuns({ engine, database: store.database, records, now: clock.now, uuid: randomUUID });
const open = () => {
  const database = openDatabase({ stateDir, cacheMiB: 32 });
  return { database, source: historySource({ database, runs, deployments: [], rollBack: {}, now: clock.now, clock }) };
};
const { source } = open();

const { runs: newest, groups } = await source.runs(runQuery.parse({}));
const largest = await findLargest();
const deep = await places();
const of = <Value>(values: readonly Value[], at: number) => values[at % values.length];

head(`the list, p95 of ${TIMES}`);
await measureList('plain', () => ({}));
await measureList('of a group', (at) => ({ group: of(groups, at) }));
await measureList('of an environment', (at) => ({ environment: of(['staging', 'production'], at) }));
await measureList('of a policy', (at) => ({ policy: of(['standard', 'databases', 'edge'], at) }));
await measureList('of a status', (at) => ({ status: of(['succeeded', 'halted', 'aborted', 'failed', 'running'], at) }));
await measureList('of a trigger', (at) => ({ trigger: of(['window', 'person', 'person: björn', 'api'], at) }));
await measureList('since a day', (at) => ({ since: `${of([1, 30, 400], at)}d` }));
await measureList('four filters', (at) => ({
  group: of(groups, at),
  environment: 'staging',
  status: 'halted',
  trigger: 'person',
}));
await measureList('searched, found', (at) => ({ q: of(['björn', '503', 'holds the group', 'WORKER'], at) }));
await measureList('searched, one found', (at) => ({ q: of(newest, at)?.runId.slice(-6) }));
await measureList('searched, none found', (at) => ({ q: `nowhere ${at}` }));
await measureList('searched and filtered', (at) => ({ q: '503', environment: 'staging', group: of(groups, at) }));
await measureList('a deep page', (at) => ({ before: of(deep, at) }));

console.log();
head(`a run of ${largest.total} instances, median of ${OPENED}`);
const opened = [];
for (let time = 0; time < OPENED; time += 1) opened.push(await openLargest());
for (const part of ['document', 'timeline', 'both', 'both as JSON'] as const) {
  report(
    part,
    opened.map((each) => each[part]),
    0.5,
  );
}
await measureLook();
await measureEvents('first page of events', {});
await measureEvents('events searched, none found', { q: 'nowhere to be found' });

await engine.close();
store.close();
process.exit(0);

async function measureList(what: string, query: (at: number) => Record<string, unknown>): Promise<void> {
  const took: Took[] = [];
  for (let at = 0; at < TIMES; at += 1) {
    const asked = runQuery.parse(JSON.parse(JSON.stringify(query(at))));
    took.push(await timed(() => source.runs(asked)));
  }
  report(what, took, 0.95);
}

async function openLargest() {
  const fresh = open();
  const document = await timed(() => fresh.source.run(largest.runId));
  const timeline = await timed(() => fresh.source.timeline(largest.runId));
  const both = [await fresh.source.run(largest.runId), await fresh.source.timeline(largest.runId)];
  const asJson = await timed(async () => JSON.stringify(both));
  fresh.database.close();
  const sum = { wall: document.wall + timeline.wall, processor: document.processor + timeline.processor };
  return { document, timeline, both: sum, 'both as JSON': asJson };
}

async function measureEvents(what: string, more: { q?: string }): Promise<void> {
  const took: Took[] = [];
  for (let time = 0; time < OPENED; time += 1) {
    took.push(await timed(() => source.events(largest.runId, { limit: 200, ...more })));
  }
  report(what, took, 0.5);
}

/** The state graph with the way of every instance, counted anew; and one instance. */
async function measureLook(): Promise<void> {
  const run = await embeddedRuns(store, records, clock.now)(largest.runId);
  const [instance] = (await source.run(largest.runId)).instances.slice(-1);
  if (run === undefined || instance === undefined) throw new Error(`run ${largest.runId} is not there`);
  const graphs: Took[] = [];
  const instances: Took[] = [];
  for (let time = 0; time < OPENED; time += 1) {
    graphs.push(await timed(() => createGraphs().graph(run, 'patch-instance')));
    instances.push(await timed(() => instanceDocument(run, instance.instanceId)));
  }
  report('state graph', graphs, 0.5);
  report('an instance', instances, 0.5);
}

/** The run with the most instances. */
async function findLargest() {
  const row = store.database.prepare('SELECT run_id, total FROM runs ORDER BY total DESC LIMIT 1').get();
  return { runId: String(row?.run_id), total: Number(row?.total) };
}

/** Ends of pages all through the list. */
async function places(): Promise<string[]> {
  const rows = store.database.prepare('SELECT run_id, started_at FROM runs WHERE execution % 5000 = 0').all();
  return rows.map((row) => `${new Date(Number(row.started_at)).toISOString()}/${String(row.run_id)}`);
}

interface Took {
  wall: number;
  processor: number;
}

/** In milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<Took> {
  const [began, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return { wall: performance.now() - began, processor: (user + system) / 1000 };
}

function head(what: string): void {
  console.log(`${what.padEnd(38)} ${'took'.padStart(11)} ${'processor'.padStart(11)}`);
}

/** Each by itself at that part of the way from the least to the most. */
function report(what: string, took: Took[], part: number): void {
  const at = (of: (each: Took) => number) => {
    const sorted = took.map(of).sort((a, b) => a - b);
    return `${(sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN).toFixed(1)} ms`.padStart(11);
  };
  console.log(`${what.padEnd(38)} ${at(({ wall }) => wall)} ${at(({ processor }) => processor)}`);
}
