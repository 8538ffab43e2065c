/** Retriers and catchers are tried in order, the first that matches is taken: one behind a match of all is never reached. */
import { type Json, listOf, objectOf, textsOf } from '../json.ts';
import { type State, statesOf } from '../machine.ts';
import type { Problem, Rule } from '../rule.ts';

/** The error names that Step Functions itself gives. */
const STATES_ERRORS = new Set(
  `States.ALL States.BranchFailed States.DataLimitExceeded States.ExceedToleratedFailureThreshold States.HeartbeatTimeout
  States.Http.Socket States.IntrinsicFailure States.ItemReaderFailed States.NoChoiceMatched States.ParameterPathFailure
  States.Permissions States.QueryEvaluationError States.ResultPathMatchFailure States.ResultWriterFailed States.Runtime
  States.TaskFailed States.Timeout`.split(/\s+/),
);

export const errorOrder: Rule = (machine) =>
  statesOf(machine).flatMap((state) => [...problemsIn(state, 'Retry'), ...problemsIn(state, 'Catch')]);

function problemsIn(state: State, list: 'Retry' | 'Catch'): Problem[] {
  const entries = listOf(state.body[list]).map(errorsOf);
  return entries.flatMap((errors, at) => {
    const before = entries.slice(0, at).flat();
    const messages = [
      ...(errors.length === 0 ? ['it names no error'] : []),
      ...(errors.includes('States.ALL') && errors.length > 1 ? ['States.ALL must stand alone'] : []),
      ...(errors.includes('States.ALL') && at < entries.length - 1 ? ['States.ALL must be the last'] : []),
      ...errors.filter((error) => error.startsWith('States.') && !STATES_ERRORS.has(error)).map(unknown),
      ...errors.map((error) => neverReached(error, before)).filter((message) => message !== undefined),
    ];
    return messages.map((message) => ({ state: state.name, field: `${list}[${at}].ErrorEquals`, message }));
  });
}

function errorsOf(entry: Json): string[] {
  return textsOf(objectOf(entry).ErrorEquals);
}

function unknown(error: string): string {
  return `Step Functions gives no error the name ${error}`;
}

function neverReached(error: string, before: string[]): string | undefined {
  if (before.includes('States.ALL')) return `${error} is never looked for: States.ALL before it matches everything`;
  if (before.includes(error)) return `${error} is never looked for: an entry before it has it already`;
  if (before.includes('States.TaskFailed') && !error.startsWith('States.')) {
    return `${error} is never looked for: States.TaskFailed before it matches every failure of a task but a timeout`;
  }
  return undefined;
}
