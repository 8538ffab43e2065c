import {
  type Definition,
  type HistoryEvent,
  type Json,
  runExecution,
  TaskFailure,
  type TaskRequest,
} from '../../../src/interpreter/index.ts';
import { hostOf, identityOf, MemoryJournal, VirtualClock } from '../world.ts';
import { type Case, detailsIn, inputOf, type RecordedEvent } from './case.ts';

/** Runs a case, its tasks answering in order as the recording says, and gives the history. */
export async function playBack(kase: Case, definition: Definition): Promise<HistoryEvent[]> {
  const clock = new VirtualClock();
  const journal = new MemoryJournal(clock);
  const answers = kase.events.filter(({ type }) =>
    /^(Task|LambdaFunction)(Succeeded|Failed|TimedOut|Submitted)$/.test(type),
  );
  const host = { ...hostOf({}, clock, journal), runTask: (request: TaskRequest) => answer(answers, request) };
  await runExecution(definition, identityOf(inputOf(kase)), host);
  return journal.events;
}

async function answer(answers: RecordedEvent[], request: TaskRequest): Promise<Json> {
  const next = answers.shift();
  if (next === undefined) throw new TaskFailure('Conformance.NoMoreAnswers', request.resource);
  const details = detailsIn(next);
  if (next.type.endsWith('Submitted')) {
    request.onSubmitted?.(output(details));
    return answer(answers, request);
  }
  if (next.type.endsWith('Succeeded')) return output(details);
  throw new TaskFailure(String(details.error ?? ''), String(details.cause ?? ''));
}

/** Outputs that are objects or arrays are recorded parsed, others as JSON text. */
function output({ output: recorded }: { [key: string]: Json }): Json {
  if (typeof recorded !== 'string') return recorded ?? null;
  try {
    return JSON.parse(recorded);
  } catch {
    return recorded;
  }
}
