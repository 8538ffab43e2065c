/**
 * Does a thing again when asked to: never twice at once, never sooner than `everyMs` after it last began, and, where it takes
 * long, no more than a third of the time.
 */
export interface Pacer {
  /** Asks for it once more: at once, or as soon as it may be. */
  ask(): void;
  /** No more of it. */
  end(): void;
}

/** Paces `work`, which must not reject. `now` is in ms. */
export function pace(work: () => Promise<void>, everyMs: number, now: () => number = Date.now): Pacer {
  let notBefore = Number.NEGATIVE_INFINITY;
  let working = false;
  let asked = false;
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const begin = async () => {
    timer = undefined;
    asked = false;
    working = true;
    const begun = now();
    await work();
    notBefore = begun + Math.max(everyMs, 3 * (now() - begun));
    working = false;
    if (asked) schedule();
  };
  const schedule = () => {
    asked = true;
    if (ended || working || timer !== undefined) return;
    timer = setTimeout(begin, Math.max(0, notBefore - now()));
  };
  return {
    ask: schedule,
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
