import type { ChoiceState, FailState, Program, State, WaitState } from '../definition/types.ts';
import { parseTimestamp } from '../timestamp.ts';
import { StateFailure } from './failure.ts';
import { runMap } from './map.ts';
import { runParallel } from './parallel.ts';
import type { Payload } from './payload.ts';
import type { Strand } from './strand.ts';
import { runTask } from './task.ts';
import { NOT_TRUNCATED, type Transition, Visit } from './visit.ts';

/** Runs states along a strand from the program's start until one has no next. Gives the last output; throws StateFailure. */
export async function runProgram(strand: Strand, program: Program, input: Payload): Promise<Payload> {
  let transition: Transition = { output: input, next: program.startAt };
  while (transition.next !== undefined) {
    const state = program.states.get(transition.next);
    if (state === undefined) throw new Error(`there is no state '${transition.next}'`);
    transition = await enter(strand, state, transition.output);
  }
  return transition.output;
}

async function enter(strand: Strand, state: State, input: Payload): Promise<Transition> {
  const entered = strand.append(`${state.type}StateEntered`, {
    name: state.name,
    input: input.text,
    inputDetails: NOT_TRUNCATED,
  });
  try {
    return await runState(new Visit(strand, state, entered, input), state);
  } catch (error) {
    if (strand.cutOff && isAbortable(state)) {
      strand.append(`${state.type}StateAborted`, undefined, { evenAborted: true });
    }
    throw error;
  }
}

/** The states that take time: only they have an event for being cut off. */
function isAbortable({ type }: State): boolean {
  return type === 'Task' || type === 'Wait' || type === 'Map' || type === 'Parallel';
}

function runState(visit: Visit, state: State): Promise<Transition> {
  switch (state.type) {
    case 'Pass':
      return visit.exit(state.next, () => visit.produce(state, visit.input));
    case 'Succeed':
      return visit.exit(undefined, () => visit.produce({ output: state.output, assign: [] }, visit.input));
    case 'Fail':
      return runFail(visit, state);
    case 'Wait':
      return runWait(visit, state);
    case 'Choice':
      return runChoice(visit, state);
    case 'Task':
      return runTask(visit, state);
    case 'Parallel':
      return runParallel(visit, state);
    case 'Map':
      return runMap(visit, state);
  }
}

async function runFail(visit: Visit, state: FailState): Promise<never> {
  const error = state.error && (await visit.scalar(state.error, 'string'));
  const cause = state.cause && (await visit.scalar(state.cause, 'string'));
  throw new StateFailure(error, cause);
}

async function runWait(visit: Visit, state: WaitState): Promise<Transition> {
  await visit.strand.sleepUntil(await wakeTime(visit, state));
  return visit.exit(state.next, () => visit.produce(state, visit.input));
}

const LONGEST_SECONDS = 99_999_999;

/** When a Wait ends, in ms since 1970: it follows from the journal, so a wait that was cut off does not begin anew. */
async function wakeTime(visit: Visit, { until }: WaitState): Promise<number> {
  if ('seconds' in until) {
    const seconds = await visit.wholeNumber(until.seconds, 'Seconds', 0, LONGEST_SECONDS);
    return visit.entered.timestamp + seconds * 1000;
  }
  const text = await visit.scalar(until.timestamp, 'string');
  const at = parseTimestamp(text);
  if (at !== undefined) return at;
  const what = 'The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string';
  throw visit.evaluationFailed(`${what}: ${text}`, 'Timestamp');
}

async function runChoice(visit: Visit, state: ChoiceState): Promise<Transition> {
  for (const choice of state.choices) {
    if (await visit.scalar(choice.condition, 'boolean')) {
      return visit.exit(choice.next, () => visit.produce(choice, visit.input));
    }
  }
  // The state's own Assign and Output belong to Default alone.
  if (state.default !== undefined) return visit.exit(state.default, () => visit.produce(state, visit.input));
  throw new StateFailure(
    'States.NoChoiceMatched',
    `An error occurred while executing the state '${state.name}' (entered at the event id #${visit.entered.id}). ` +
      'Failed to transition out of the state. The state does not point to a next state.',
  );
}
