import type { Batcher, Distributed, MapState } from '../definition/types.ts';
import { uuidOf } from '../jsonata/moment.ts';
import { type ChildResult, type Json, StoppedExecution } from '../ports.ts';
import { ExecutionTimedOut, linked, SiblingFailed } from './abort.ts';
import { errorDetails, recordedFailure, StateFailure } from './failure.ts';
import { runPool } from './pool.ts';
import type { Strand } from './strand.ts';
import type { Visit } from './visit.ts';

/** A Map's evaluated settings. */
export interface MapSettings {
  readonly concurrency: number;
  readonly toleratedCount: number | undefined;
  readonly toleratedPercentage: number | undefined;
}

/** The items of a Map Run: there they are, or this reads them, as an ItemReader does once the Map Run has started. */
type Items = readonly Json[] | (() => Promise<readonly Json[]>);

/**
 * Runs a Map Run: one child execution for each item or batch. Gives a function that gives the results, since a run over the
 * journal of one that ended needs them only when what the state made of them is not recorded.
 */
export async function runMapRun(
  visit: Visit,
  state: MapState,
  distributed: Distributed,
  settings: MapSettings,
  items: Items,
): Promise<() => Promise<Json[]>> {
  const { strand } = visit;
  // Step Functions counts items that are yet to be read as none.
  strand.append('MapStateStarted', { length: typeof items === 'function' ? 0 : items.length });
  const mapRunArn = mapRunArnOf(strand, distributed);
  const portions = await prepared(visit, state, distributed, items);
  strand.append('MapRunStarted', { mapRunArn });
  const children = async () => runChildren(strand, distributed, mapRunArn, await portions(), settings);
  const recorded = strand.peek();
  if (recorded?.type === 'MapRunSucceeded') {
    strand.append('MapRunSucceeded');
    return children;
  }
  if (recorded?.type === 'MapRunFailed') {
    strand.append('MapRunFailed');
    throw recordedFailure(recorded);
  }
  try {
    await strand.edge();
    const results = await children();
    strand.append('MapRunSucceeded');
    return () => Promise.resolve(results);
  } catch (failure) {
    if (failure instanceof StateFailure) strand.append('MapRunFailed', errorDetails(failure));
    throw failure;
  }
}

function mapRunArnOf(strand: Strand, { label }: Distributed): string {
  const { partition, region, account, identity } = strand.run;
  const id = uuidOf(`map run|${strand.place}`);
  return `arn:${partition}:states:${region}:${account}:mapRun:${identity.stateMachineName}/${label}:${id}`;
}

/** What one child execution works on. */
interface Portion {
  readonly input: Json;
  /** How many items that is: a failed batch counts as all of them. */
  readonly items: number;
}

/** Items that are there already are selected at once, before the Map Run starts. */
async function prepared(
  visit: Visit,
  state: MapState,
  distributed: Distributed,
  items: Items,
): Promise<() => Promise<Portion[]>> {
  if (typeof items === 'function') {
    return async () => {
      const recorded = visit.strand.peek();
      // ItemSelector failed on an item before: that needs no reading once more.
      if (recorded?.type === 'EvaluationFailed') throw recordedFailure(visit.strand.append('EvaluationFailed'));
      return portionsOf(visit, state, distributed, await items());
    };
  }
  const portions = await portionsOf(visit, state, distributed, items);
  return () => Promise.resolve(portions);
}

/** ItemSelector sees each item as `$states.context.Map.Item`; batches are made of what it gives. */
async function portionsOf(
  visit: Visit,
  state: MapState,
  { batcher }: Distributed,
  items: readonly Json[],
): Promise<Portion[]> {
  const selected: Json[] = [];
  for (const [index, value] of items.entries()) {
    const { itemSelector } = state;
    selected.push(itemSelector === undefined ? value : await visit.at(index, value).evaluate(itemSelector));
  }
  return batcher === undefined ? selected.map((input) => ({ input, items: 1 })) : batches(visit, batcher, selected);
}

async function batches(visit: Visit, batcher: Batcher, items: readonly Json[]): Promise<Portion[]> {
  const size = await visit.wholeNumber(batcher.maxItemsPerBatch, 'ItemBatcher/MaxItemsPerBatch', 1);
  const shared = batcher.batchInput && { BatchInput: await visit.evaluate(batcher.batchInput) };
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => {
    const batch = items.slice(i * size, (i + 1) * size);
    return { input: { ...shared, Items: batch }, items: batch.length };
  });
}

async function runChildren(
  strand: Strand,
  distributed: Distributed,
  mapRunArn: string,
  portions: readonly Portion[],
  settings: MapSettings,
): Promise<Json[]> {
  const { host } = strand.run;
  // Children are executions of their own: what cuts this one off stops them, but a shutdown only leaves them for later.
  const siblings = linked(strand.signal, (reason) =>
    reason instanceof SiblingFailed || reason instanceof ExecutionTimedOut ? new StoppedExecution() : reason,
  );
  const all = portions.reduce((sum, { items }) => sum + items, 0);
  const results: Json[] = [];
  let failed = 0;
  const work = async (index: number) => {
    const { input = null, items = 0 } = portions[index] ?? {};
    const name = uuidOf(`${mapRunArn}|${index}`);
    const request = { mapRunArn, name, input, processor: distributed.json, signal: siblings.signal };
    const result = await host.runChild(request);
    strand.signal.throwIfAborted();
    results[index] = outputOf(result);
    if (result.status === 'SUCCEEDED') return;
    failed += items;
    if (exceedsThreshold(failed, all, settings)) throw new StateFailure(...THRESHOLD_EXCEEDED);
  };
  try {
    const abort = () => siblings.abort(new StoppedExecution());
    await runPool(portions.length, settings.concurrency, undefined, work, abort);
  } finally {
    siblings.release();
  }
  return results;
}

const THRESHOLD_EXCEEDED = [
  'States.ExceedToleratedFailureThreshold',
  'The specified tolerated failure threshold was exceeded',
] as const;

/**
 * Whether so many failed items fail the Map Run: more than the count, or more than the percentage of all items, whichever is
 * given; without either the first one does.
 */
export function exceedsThreshold(
  failed: number,
  items: number,
  { toleratedCount, toleratedPercentage }: Omit<MapSettings, 'concurrency'>,
): boolean {
  if (toleratedCount === undefined && toleratedPercentage === undefined) return failed > 0;
  if (toleratedCount !== undefined && failed > toleratedCount) return true;
  return toleratedPercentage !== undefined && failed * 100 > toleratedPercentage * items;
}

/** A tolerated failure keeps its place among the results. */
function outputOf(result: ChildResult): Json {
  if (result.status === 'SUCCEEDED') return result.output;
  return { Error: result.error ?? '', Cause: result.cause ?? '' };
}
