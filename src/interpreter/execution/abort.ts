/** Why a branch or an iteration ended: a sibling failed, and with it the state around both. */
export class SiblingFailed extends Error {}

/** The execution took longer than its definition's TimeoutSeconds. */
export class ExecutionTimedOut extends Error {}

/** An AbortController that is also aborted when `parent` is. `release` when the work is done, or the parent keeps it. */
export interface Linked {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  release(): void;
}

/** Links a new controller to `parent`; `reasonFor` says what a reason of the parent's means for it. */
export function linked(parent: AbortSignal, reasonFor: (reason: unknown) => unknown = (reason) => reason): Linked {
  const controller = new AbortController();
  const follow = () => controller.abort(reasonFor(parent.reason));
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => parent.removeEventListener('abort', follow),
  };
}

/** `work`, or a rejection with the signal's reason as soon as it is aborted, whether `work` heeds the signal or not. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason);
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

/** Never ends, but by the signal. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return abortable(new Promise<never>(() => {}), signal);
}
