/**
 * The three clocks that a run may live by. Real time for AWS; virtual time, which jumps to the next timer as soon as
 * everything runnable has settled, for simulation and tests; scaled time, which is virtual time paced, for the demo.
 */
import type { Clock } from '../../interpreter/ports.ts';
import { TimerHeap } from './timers.ts';

export interface EngineClock extends Clock {
  /** Hands `work` on, and holds the time still until it settles: for real I/O under a clock that is not real. */
  busy<T>(work: Promise<T>): Promise<T>;
  /** Drives the clock until `work` settles and hands its outcome on. Time that nobody drives stands still. */
  run<T>(work: Promise<T>): Promise<T>;
}

export interface ScaledClock extends EngineClock {
  /** So many milliseconds pass at once: who sleeps meanwhile wakes at their end. */
  leap(ms: number): void;
}

/** Nothing can run, no timer is set, and what is waited for has not come: it never will. */
export class DeadlockError extends Error {
  constructor(now: number) {
    super(
      `Nothing can happen any more at ${new Date(now).toISOString()}: no timer is set, no call is under way, and what is ` +
        'waited for is not there. Something waits for an answer that nobody will give (a task token, a promise that is never settled).',
    );
    this.name = 'DeadlockError';
  }
}

/** The longest delay that setTimeout takes (2^31 - 1 ms, 24.8 days); a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** The wall clock. */
export function realClock(): EngineClock {
  return {
    now: () => Date.now(),
    sleep: realSleep,
    busy: (work) => work,
    run: (work) => work,
  };
}

/** A clock that starts at `startMs` (ms since 1970, UTC) and takes no real time; `run` throws a `DeadlockError` when stuck. */
export function virtualClock(startMs: number): EngineClock {
  return new SteppedClock(startMs, Number.POSITIVE_INFINITY);
}

/**
 * A clock that starts at `startMs` and goes `speed` times as fast as real time while it is driven. When nothing is left to happen it
 * waits: a person may still act.
 */
export function scaledClock(startMs: number, speed: number): ScaledClock {
  if (!(speed > 0 && Number.isFinite(speed))) throw new RangeError(`speed is ${speed}; it must be a number above 0`);
  return new SteppedClock(startMs, speed);
}

async function realSleep(ms: number, signal?: AbortSignal): Promise<void> {
  const end = Date.now() + ms;
  do {
    await timeout(Math.min(Math.max(end - Date.now(), 0), MAX_TIMEOUT_MS), signal);
  } while (Date.now() < end - 1);
}

function timeout(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

class SteppedClock implements ScaledClock {
  readonly #speed: number;
  readonly #timers = new TimerHeap();
  /** One entry for each `run` under way: how to tell it that nothing can happen any more. */
  readonly #drives = new Set<(error: DeadlockError) => void>();
  #now: number;
  /** While time passes at a pace: the real moment at which it read `#now`, and where it must not run past. */
  #pace: { since: number; until: number } | undefined;
  #busy = 0;
  #pumping = false;
  /** Set while the pump waits for something to happen: ends the wait. */
  #wake: (() => void) | undefined;

  constructor(startMs: number, speed: number) {
    this.#now = startMs;
    this.#speed = speed;
  }

  now(): number {
    if (this.#pace === undefined) return this.#now;
    const passed = (performance.now() - this.#pace.since) * this.#speed;
    return Math.min(Math.floor(this.#now + passed), this.#pace.until);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        this.#timers.remove(timer);
        reject(signal?.reason);
      };
      const timer = this.#timers.add(this.now() + Math.max(Math.ceil(ms), 0), () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#wake?.();
    });
  }

  leap(ms: number): void {
    this.#holdPace();
    this.#now += ms;
    this.#wake?.();
  }

  async busy<T>(work: Promise<T>): Promise<T> {
    this.#holdPace();
    this.#busy += 1;
    try {
      return await work;
    } finally {
      this.#busy -= 1;
      this.#wake?.();
    }
  }

  run<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: DeadlockError) => {
        this.#drives.delete(fail);
        reject(error);
      };
      this.#drives.add(fail);
      work.then(resolve, reject).finally(() => {
        this.#drives.delete(fail);
        this.#wake?.();
      });
      void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    while (await this.#settled()) {
      const next = this.#timers.peek();
      if (next === undefined) {
        if (this.#speed === Number.POSITIVE_INFINITY) this.#deadlock();
        else await this.#woken();
        continue;
      }
      if (next.at > this.#now && !(await this.#advanceTo(next.at))) continue;
      this.#fireDue();
    }
    this.#pumping = false;
    // Somebody may have begun to drive between the last look and here.
    if (this.#drives.size > 0) void this.#pump();
  }

  /** Waits until everything runnable has run and no call is under way; false when nobody drives any more. */
  async #settled(): Promise<boolean> {
    for (;;) {
      // Node empties the whole queue of promise jobs before the next immediate: after one, only timers and I/O can go on.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#drives.size === 0) return false;
      if (this.#busy === 0) return true;
      await this.#woken();
    }
  }

  /** Lets time pass until `at`; false when something came up before: a nearer timer, a call, the end of the drive. */
  async #advanceTo(at: number): Promise<boolean> {
    if (this.#speed === Number.POSITIVE_INFINITY) {
      this.#now = at;
      return true;
    }
    this.#pace = { since: performance.now(), until: at };
    await this.#woken((at - this.#now) / this.#speed);
    this.#holdPace();
    return this.#now >= at;
  }

  #holdPace(): void {
    this.#now = this.now();
    this.#pace = undefined;
  }

  /** Resolves on `#wake`, or after `realMs` of real time. */
  #woken(realMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer =
        realMs === undefined ? undefined : setTimeout(() => this.#wake?.(), Math.min(realMs, MAX_TIMEOUT_MS));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #fireDue(): void {
    for (let due = this.#timers.peek(); due !== undefined && due.at <= this.#now; due = this.#timers.peek()) {
      this.#timers.remove(due);
      due.fire();
    }
  }

  #deadlock(): void {
    for (const fail of this.#drives) fail(new DeadlockError(this.#now));
  }
}
