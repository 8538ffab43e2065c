import type { ParallelState } from '../definition/types.ts';
import type { Json } from '../ports.ts';
import { linked, SiblingFailed } from './abort.ts';
import { StateFailure } from './failure.ts';
import { resultOf } from './payload.ts';
import { runPool } from './pool.ts';
import { runProgram } from './program.ts';
import { withRetryAndCatch } from './retry.ts';
import { Strand } from './strand.ts';
import type { Transition, Visit } from './visit.ts';

/** Runs a Parallel: all branches at once; the first that fails ends the others. */
export function runParallel(visit: Visit, state: ParallelState): Promise<Transition> {
  const { strand } = visit;
  return withRetryAndCatch(
    visit,
    state,
    async () => {
      const result = await runBranches(visit, state);
      strand.append('ParallelStateSucceeded', undefined, { advance: false });
      return visit.exit(state.next, () => visit.produce(state, resultOf(result, state.name), { result }));
    },
    () => strand.append('ParallelStateFailed'),
  );
}

async function runBranches(visit: Visit, state: ParallelState): Promise<Json[]> {
  const { strand } = visit;
  const input =
    state.arguments === undefined ? visit.input : resultOf(await visit.evaluate(state.arguments), state.name);
  const started = strand.append('ParallelStateStarted');
  const fanOut = strand.nextFanOut(state.name);
  const siblings = linked(strand.signal);
  const results: Json[] = [];
  const work = async (index: number) => {
    const program = state.branches[index];
    if (program === undefined) return;
    const branch = new Strand(strand.run, {
      name: `${fanOut}/${index}`,
      signal: siblings.signal,
      variables: strand.variables,
      previous: started.id,
      now: started.timestamp,
      mapContext: strand.mapContext,
    });
    try {
      results[index] = (await runProgram(branch, program, input)).value;
      strand.previous = Math.max(strand.previous, branch.previous);
    } catch (error) {
      if (error instanceof StateFailure) strand.previous = branch.previous;
      throw error;
    }
  };
  try {
    const all = state.branches.length;
    await runPool(all, all, undefined, work, () => siblings.abort(new SiblingFailed()));
  } finally {
    siblings.release();
  }
  return results;
}
