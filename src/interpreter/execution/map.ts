import type { Distributed, MapState } from '../definition/types.ts';
import type { Json } from '../ports.ts';
import { linked, SiblingFailed } from './abort.ts';
import { type MapSettings, runMapRun } from './distributed.ts';
import { StateFailure } from './failure.ts';
import { itemSource, readItems } from './item-reader.ts';
import { payloadOf, resultOf } from './payload.ts';
import { runPool } from './pool.ts';
import { runProgram } from './program.ts';
import { withRetryAndCatch } from './retry.ts';
import { Strand } from './strand.ts';
import { mapItem, type Transition, type Visit } from './visit.ts';

/** Step Functions runs at most so many iterations of an inline Map at once, and so many children of a distributed one. */
const MOST_INLINE = 40;
const MOST_CHILDREN = 10_000;

/** Runs a Map, in either mode. */
export function runMap(visit: Visit, state: MapState): Promise<Transition> {
  const { strand } = visit;
  return withRetryAndCatch(
    visit,
    state,
    async () => {
      const settings = await settingsOf(visit, state);
      const results = state.distributed
        ? await runDistributed(visit, state, state.distributed, settings)
        : await runInline(visit, state, settings, await itemsOf(visit, state));
      strand.append('MapStateSucceeded', undefined, { advance: false });
      return visit.exit(state.next, async () => {
        const result = await results();
        return visit.produce(state, resultOf(result, state.name), { result });
      });
    },
    () => strand.append('MapStateFailed'),
  );
}

async function settingsOf(visit: Visit, state: MapState): Promise<MapSettings> {
  const most = state.distributed ? MOST_CHILDREN : MOST_INLINE;
  const wanted = state.maxConcurrency && (await visit.wholeNumber(state.maxConcurrency, 'MaxConcurrency', 0));
  return {
    concurrency: Math.min(wanted || most, most),
    // Inline, Step Functions reads the two but goes by neither: the first failed iteration fails the Map.
    toleratedCount:
      state.toleratedFailureCount && (await visit.wholeNumber(state.toleratedFailureCount, 'ToleratedFailureCount', 0)),
    toleratedPercentage: await toleratedPercentage(visit, state),
  };
}

async function toleratedPercentage(visit: Visit, state: MapState): Promise<number | undefined> {
  if (state.toleratedFailurePercentage === undefined) return undefined;
  const value = await visit.scalar(state.toleratedFailurePercentage, 'number');
  if (value >= 0 && value <= 100) return value;
  const field = 'ToleratedFailurePercentage';
  throw visit.evaluationFailed(`The ${field} field must be between 0 and 100, but was: ${value}`, field);
}

async function itemsOf(visit: Visit, state: MapState): Promise<Json[]> {
  if (state.items === undefined) {
    const { value, text } = visit.input;
    if (Array.isArray(value)) return value;
    throw visit.evaluationFailed(`Map state input must be an array but was: ${text}`, undefined);
  }
  const items = await visit.evaluate(state.items);
  if (Array.isArray(items)) return items;
  if (state.items.kind !== 'expression')
    throw new Error(`Items of '${state.name}' is neither an array nor an expression`);
  throw visit.unexpectedType(state.items.expression, 'array', items);
}

async function runDistributed(
  visit: Visit,
  state: MapState,
  distributed: Distributed,
  settings: MapSettings,
): Promise<() => Promise<Json[]>> {
  if (distributed.reader === undefined) {
    return runMapRun(visit, state, distributed, settings, await itemsOf(visit, state));
  }
  const source = await itemSource(visit, distributed.reader);
  return runMapRun(visit, state, distributed, settings, () => readItems(visit, source));
}

async function runInline(
  visit: Visit,
  state: MapState,
  { concurrency }: MapSettings,
  items: readonly Json[],
): Promise<() => Promise<Json[]>> {
  const { strand } = visit;
  const started = strand.append('MapStateStarted', { length: items.length });
  const fanOut = strand.nextFanOut(state.name);
  const siblings = linked(strand.signal);
  const results: Json[] = [];
  // AWS ties the first event of an iteration to the last one of the iteration whose place it takes.
  const work = async (index: number, previous: number) => {
    const value = items[index] ?? null;
    const iteration = new Strand(strand.run, {
      name: `${fanOut}/${index}`,
      signal: siblings.signal,
      variables: strand.variables,
      previous,
      now: started.timestamp,
      mapContext: mapItem(index, value),
    });
    const who = { index, name: state.name };
    try {
      results[index] = await iterate(visit.at(index, value, iteration), state, value, who);
      const succeeded = iteration.append('MapIterationSucceeded', who, { advance: false });
      strand.previous = Math.max(strand.previous, succeeded.id);
      return iteration.previous;
    } catch (error) {
      if (iteration.cutOff) iteration.append('MapIterationAborted', who, { evenAborted: true });
      else if (error instanceof StateFailure) strand.previous = iteration.append('MapIterationFailed', who).id;
      throw error;
    }
  };
  try {
    await runPool(items.length, concurrency, started.id, work, () => siblings.abort(new SiblingFailed()));
  } finally {
    siblings.release();
  }
  return () => Promise.resolve(results);
}

async function iterate(visit: Visit, state: MapState, item: Json, who: { index: number; name: string }): Promise<Json> {
  visit.strand.append('MapIterationStarted', who);
  const input = state.itemSelector === undefined ? item : await visit.evaluate(state.itemSelector);
  return (await runProgram(visit.strand, state.processor, payloadOf(input))).value;
}
