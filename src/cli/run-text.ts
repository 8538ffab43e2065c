/** A run as text on stdout, at rest: as it ended, or as it stands. */
import type { RunView } from '../orchestrator/runs/view.ts';
import { type Context, hasColor } from './context.ts';
import { renderProgress } from './progress/render.ts';

/** The picture of the run, with nothing cut: a person may have asked for the very end of a line. */
export function runText(view: RunView, context: Context): string {
  const color = hasColor(context.flags, process.stdout);
  return renderProgress(view, { width: Number.POSITIVE_INFINITY, color, now: Date.now() }).join('\n');
}
