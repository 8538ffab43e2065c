/** What takes long to make, made beside whatever asks for it: one at a time, and an older one is shown meanwhile. */

export interface Background<T> {
  /** What is there, and whether a newer one is on its way. Who asks for the first waits for it, but not for long. */
  latest(): Promise<Latest<T>>;
}

export interface Latest<T> {
  value: T | undefined;
  working: boolean;
  /** Why the last try brought nothing; undefined where it did. */
  failure: unknown;
}

export interface BackgroundOptions<T> {
  /** Makes it, anew where there is a `previous`; `show` may be called with what is there on the way. */
  make: (previous: T | undefined, show: (value: T) => void) => Promise<T>;
  /** Whether what was made is still good. */
  isFresh: (value: T) => boolean;
  /** How long whoever asks for the first waits at most, in milliseconds of the wall clock. */
  patienceMs: number;
  /** How long until it is made again at the earliest, in milliseconds of the wall clock. */
  restMs: number;
  /** Milliseconds of the wall clock. Default: `performance.now`. */
  elapsed?: () => number;
}

/** Makes nothing before it is asked for. */
export function inBackground<T>(options: BackgroundOptions<T>): Background<T> {
  const { make, isFresh, patienceMs, restMs, elapsed = () => performance.now() } = options;
  const state: Latest<T> = { value: undefined, working: false, failure: undefined };
  let ended = Number.NEGATIVE_INFINITY;
  let going: Promise<void> = Promise.resolve();

  const work = async (): Promise<void> => {
    state.working = true;
    try {
      state.value = await make(state.value, (value) => {
        state.value = value;
      });
      state.failure = undefined;
    } catch (failure) {
      state.failure = failure;
    } finally {
      state.working = false;
      ended = elapsed();
    }
  };
  const isGood = () => state.value !== undefined && state.failure === undefined && isFresh(state.value);

  return {
    latest: async () => {
      const isFirst = state.value === undefined;
      if (!state.working && elapsed() - ended >= restMs && !isGood()) going = work();
      if (isFirst) await within(patienceMs, going);
      return { ...state };
    },
  };
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, enough]);
  clearTimeout(timer);
}
