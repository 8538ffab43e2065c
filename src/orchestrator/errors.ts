/** Exit codes of the command line: part of its contract. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  badInput: 2,
  halted: 3,
  groupHeld: 4,
  planOutdated: 5,
  notWhole: 6,
  workToDo: 10,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * An error meant for a person: what happened, to what, why, and what to do next, in that order.
 * Everything that ends a command on purpose is one of these; anything else is a defect of ours.
 */
export class DrydockError extends Error {
  readonly exitCode: ExitCode;
  /** What to do next. */
  readonly next: string;
  constructor(message: string, options: { exitCode: ExitCode; next: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DrydockError';
    this.exitCode = options.exitCode;
    this.next = options.next;
  }
}
