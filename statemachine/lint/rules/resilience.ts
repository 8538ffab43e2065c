/** Whatever may fail is bounded in time, tried again where that helps, and caught. */
import { type Json, type JsonObject, listOf, objectOf, textOf, textsOf } from '../json.ts';
import { type State, statesOf } from '../machine.ts';
import type { Problem, Rule } from '../rule.ts';

const MAX_ATTEMPTS = 100;

export const resilience: Rule = (machine) => [
  ...(machine.definition.TimeoutSeconds === undefined
    ? [{ state: '', field: 'TimeoutSeconds', message: 'an execution without it may run for a year' }]
    : []),
  ...statesOf(machine).flatMap((state) => {
    if (state.type === 'Task') return [...timeout(state), ...retry(state), ...caught(state)];
    return state.type === 'Map' || state.type === 'Parallel' ? caught(state) : [];
  }),
];

function timeout({ name, body }: State): Problem[] {
  if (body.TimeoutSeconds !== undefined) return [];
  return [{ state: name, field: 'TimeoutSeconds', message: 'a task without it may wait for ever' }];
}

/** Throttling and errors of AWS itself have many names, all of them matched by States.TaskFailed. */
function retry({ name, body }: State): Problem[] {
  const retriers = listOf(body.Retry);
  const waitsForEnd = textOf(body.Resource)?.includes('.sync') === true;
  const takesAll = retriers.findIndex((retrier) => names(retrier, 'States.TaskFailed') || names(retrier, 'States.ALL'));
  if (waitsForEnd && takesAll !== -1) {
    const message = 'takes States.TaskFailed, by which what was waited for failed: it would be begun again';
    return [{ state: name, field: `Retry[${takesAll}]`, message }];
  }
  const at = waitsForEnd ? retriers.length - 1 : takesAll;
  if (at === -1) {
    const message = 'no retrier takes States.TaskFailed: throttling and errors of AWS itself are not tried again';
    return [{ state: name, field: 'Retry', message }];
  }
  return wrongWith(objectOf(retriers[at])).map(([field, message]) => ({
    state: name,
    field: `Retry[${at}].${field}`,
    message,
  }));
}

function wrongWith({ BackoffRate, MaxDelaySeconds, JitterStrategy, MaxAttempts }: JsonObject): [string, string][] {
  const attempts = typeof MaxAttempts === 'number' ? MaxAttempts : 0;
  const wrong: [string, string, boolean][] = [
    ['BackoffRate', 'must be above 1: waits have to grow', typeof BackoffRate !== 'number' || BackoffRate <= 1],
    ['MaxDelaySeconds', 'is missing: growing waits need a bound', typeof MaxDelaySeconds !== 'number'],
    ['JitterStrategy', 'must be FULL: many instances would try again at one moment', JitterStrategy !== 'FULL'],
    ['MaxAttempts', `must be from 1 to ${MAX_ATTEMPTS}`, attempts < 1 || attempts > MAX_ATTEMPTS],
  ];
  return wrong.filter(([, , is]) => is).map(([field, message]) => [field, message]);
}

function caught({ name, body }: State): Problem[] {
  if (listOf(body.Catch).some((catcher) => names(catcher, 'States.ALL'))) return [];
  return [
    { state: name, field: 'Catch', message: 'no catcher takes States.ALL: a failure here would end the execution' },
  ];
}

function names(entry: Json, error: string): boolean {
  return textsOf(objectOf(entry).ErrorEquals).includes(error);
}
