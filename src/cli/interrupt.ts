/**
 * Ctrl-C. Most commands only read: they end at once. A command that has instances in the dock arms a signal instead:
 * the first Ctrl-C aborts that signal, and the command brings its work to a good end; the second leaves at once.
 */
import { EXIT, type ExitCode } from '../orchestrator/errors.ts';

let armed: AbortController | undefined;

/** Listens for SIGINT and SIGTERM for as long as the process lives. Called once, at the start. */
export function listenForInterrupts(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (armed === undefined || armed.signal.aborted) process.exit(EXIT.interrupted);
      armed.abort(new Error(`interrupted by ${name}`));
    });
  }
}

/** Runs `work`, which on the first Ctrl-C is told by its signal to come to a good end, and may take its time over it. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  armed = new AbortController();
  try {
    return await work(armed.signal);
  } finally {
    armed = undefined;
  }
}

/** Resolves on Ctrl-C. */
export function untilInterrupted(): Promise<void> {
  return interruptible((signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())));
}

/** The exit code of work that was to end with `code`, and may have been interrupted. That a person is needed is said in any case. */
export function codeUnless(signal: AbortSignal, code: ExitCode): ExitCode {
  return signal.aborted && code !== EXIT.notWhole ? EXIT.interrupted : code;
}

/** What `work` gives; undefined when it gave up because `signal` was aborted. */
export async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** Whether a command is at work that must not be cut off, whatever becomes of the terminal that it writes to. */
export function mustFinish(): boolean {
  return armed !== undefined;
}
