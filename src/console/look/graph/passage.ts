/** The way that an execution took through the states of its machine, counted from its history. */
import type { Edge } from './edges.ts';

/** An event as far as it tells of the way: its type, and the name of the state that it enters. */
export interface Told {
  type: string;
  name: string | undefined;
}

/** How often an execution came to each state and took each edge (`from\nto`), and how often each state failed. */
export interface Passage {
  visits: Map<string, number>;
  taken: Map<string, number>;
  failed: Map<string, number>;
  /** The state that it came to last. */
  last: string | undefined;
}

/** The types of events that tell of the way; what else happens in a state is passed over. */
export const TELLING = {
  failures: [
    'TaskFailed',
    'TaskTimedOut',
    'TaskStartFailed',
    'TaskSubmitFailed',
    'LambdaFunctionFailed',
    'LambdaFunctionTimedOut',
    'MapRunFailed',
    'MapStateFailed',
    'ParallelStateFailed',
    'EvaluationFailed',
  ],
  /** After them what failed before is forgotten: it was tried again, or mended inside. */
  successes: ['TaskSucceeded', 'LambdaFunctionSucceeded', 'MapStateSucceeded', 'MapRunSucceeded'],
  ends: ['ExecutionFailed', 'ExecutionTimedOut', 'ExecutionAborted'],
} as const;

const FAILURES = new Set<string>(TELLING.failures);
const SUCCESSES = new Set<string>(TELLING.successes);
const ENDS = new Set<string>(TELLING.ends);

/** Edges by `from\nto`. */
export type Edges = ReadonlyMap<string, Pick<Edge, 'kind'>>;

export function edgeKey(from: string, to: string): string {
  return `${from}\n${to}`;
}

/**
 * Counts what `events`, in their order, tell of the way. States that are none of `states` (those inside a Map) are passed over. A state
 * failed when an error took it where it does not go of itself, or when the execution ended badly in it.
 */
export function passageOf(events: Iterable<Told>, states: ReadonlySet<string>, edges: Edges): Passage {
  const passage: Passage = { visits: new Map(), taken: new Map(), failed: new Map(), last: undefined };
  let isFailing = false;
  for (const { type, name } of events) {
    if (FAILURES.has(type)) isFailing = true;
    else if (SUCCESSES.has(type)) isFailing = false;
    else if (ENDS.has(type) && passage.last !== undefined) add(passage.failed, passage.last);
    else if (name !== undefined && states.has(name)) {
      enter(passage, name, edges, isFailing);
      isFailing = false;
    }
  }
  return passage;
}

function enter(passage: Passage, state: string, edges: Edges, isFailing: boolean): void {
  const from = passage.last;
  passage.last = state;
  add(passage.visits, state);
  if (from === undefined) return;
  const key = edgeKey(from, state);
  const edge = edges.get(key);
  // No edge: a redrive began again in the state that had failed.
  if (edge === undefined) return;
  add(passage.taken, key);
  if (isFailing && edge.kind === 'catch') add(passage.failed, from);
}

function add(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** Adds what `more` counted to `sum`. */
export function addPassage(sum: Passage, more: Passage): void {
  for (const kind of ['visits', 'taken', 'failed'] as const) {
    for (const [key, count] of more[kind]) add(sum[kind], key, count);
  }
}
