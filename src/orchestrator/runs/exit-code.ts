/** What a run's end means to the process that waited for it. */
import { EXIT, type ExitCode } from '../errors.ts';
import type { RunView } from './view.ts';

/** The exit code for a run that is over; 0 for one that still goes on. */
export function exitCodeOf({ status, error, notWhole }: Pick<RunView, 'status' | 'error' | 'notWhole'>): ExitCode {
  if (notWhole !== undefined) return EXIT.notWhole;
  if (status === 'halted' || status === 'aborted') return EXIT.halted;
  if (error === 'Drydock.GroupLocked') return EXIT.groupHeld;
  return status === 'failed' ? EXIT.unexpected : EXIT.done;
}
