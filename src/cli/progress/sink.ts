/** Where progress goes: told of a run's view after each change, and once at the end. */
import type { RunView } from '../../orchestrator/runs/view.ts';
import type { Context } from '../context.ts';
import { hasColor } from '../context.ts';
import { printLines } from './lines.ts';
import { paintProgress } from './paint.ts';

export interface ProgressSink {
  /** The view may be the same object as before, changed in place. */
  update(view: RunView): void;
  /** Something to know that is not in the view; the last one stays in sight. */
  say(line: string): void;
  /** Nothing follows. A picture is taken away; what came to pass is then said by the command's answer. */
  end(): void;
}

/** A picture where a person looks on, plain lines elsewhere, nothing with --quiet. `now` is the clock of the runs, in ms. */
export function progressSink(context: Context, now: () => number = Date.now): ProgressSink {
  if (context.flags.quiet) return { update: () => {}, say: () => {}, end: () => {} };
  if (context.interactive)
    return paintProgress(process.stderr, { color: hasColor(context.flags, process.stderr), now });
  return printLines((line) => context.note(line), now);
}
