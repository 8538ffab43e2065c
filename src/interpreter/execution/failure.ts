import type { HistoryEvent } from '../ports.ts';

/** Why a state failed: `error` is what ErrorEquals matches; a Fail state may give neither. */
export class StateFailure extends Error {
  readonly error: string | undefined;
  override readonly cause: string | undefined;
  constructor(error: string | undefined, cause: string | undefined) {
    super(`${error ?? 'no error name'}: ${cause ?? 'no cause'}`);
    this.name = 'StateFailure';
    this.error = error;
    this.cause = cause;
  }
}

/** The error and cause of a failure as events carry them: a member that is not there is left out. */
export function errorDetails(failure: { error?: string | undefined; cause?: string | undefined }): {
  error?: string;
  cause?: string;
} {
  return {
    ...(failure.error === undefined ? {} : { error: failure.error }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
  };
}

/** The failure that a recorded event tells of. */
export function recordedFailure({ details }: HistoryEvent): StateFailure {
  const { error, cause } = details?.value ?? {};
  return new StateFailure(typeof error === 'string' ? error : undefined, typeof cause === 'string' ? cause : undefined);
}

const TIMEOUTS = ['States.Timeout', 'States.HeartbeatTimeout'];

/** Whether an `ErrorEquals` takes an error, with what the predefined names stand for. */
export function matchesError(errorEquals: readonly string[], error: string | undefined): boolean {
  // States.Runtime ends an execution whatever its definition says.
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === error) return true;
    if (name === 'States.ALL') return error !== 'States.DataLimitExceeded';
    if (name === 'States.TaskFailed') {
      return error !== undefined && !TIMEOUTS.includes(error) && error !== 'States.DataLimitExceeded';
    }
    return name === 'States.Timeout' && error === 'States.HeartbeatTimeout';
  });
}

/** A payload that is larger than Step Functions hands on. */
export function dataLimitExceeded(who: string): StateFailure {
  return new StateFailure(
    'States.DataLimitExceeded',
    `The state/task '${who}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}
