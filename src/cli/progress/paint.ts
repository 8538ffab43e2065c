/** Progress as a picture, painted over in place. */

import { printable } from '../../orchestrator/printable.ts';
import type { RunView } from '../../orchestrator/runs/view.ts';
import { columns, cut } from './columns.ts';
import { renderProgress } from './render.ts';
import type { ProgressSink } from './sink.ts';

/** What is needed of a terminal: `process.stderr` is one. */
export interface Terminal {
  columns?: number;
  rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

const FRAME_MS = 100;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
/** Terminals that know it show what stands between these two at once; others pass over them. */
const BEGIN_FRAME = '\x1b[?2026h';
const END_FRAME = '\x1b[?2026l';

/** Paints at most ten times a second, and only when the picture differs. `now` is the clock of the runs, in ms. */
export function paintProgress(terminal: Terminal, look: { color: boolean; now: () => number }): ProgressSink {
  const views = new Map<string, RunView>();
  let painted: string[] = [];
  let said: string[] = [];

  const paint = () => {
    const width = Math.max(20, (terminal.columns ?? 80) - 1);
    const height = (terminal.rows ?? 24) - 1 - said.length;
    const lines = [...frameOf([...views.values()], width, height, look), ...said.map((line) => cut(line, width))];
    if (lines.length === painted.length && lines.every((line, at) => line === painted[at])) return;
    terminal.write(
      BEGIN_FRAME +
        home(painted, terminal.columns ?? 80) +
        lines.map((line) => `${line}\x1b[K\n`).join('') +
        '\x1b[J' +
        END_FRAME,
    );
    painted = lines;
  };
  const timer = setInterval(paint, FRAME_MS);
  const showCursor = () => terminal.write(SHOW_CURSOR);
  terminal.on('resize', paint);
  process.on('exit', showCursor);
  terminal.write(HIDE_CURSOR);

  return {
    update: (view) => views.set(view.runId, view),
    say: (line) => {
      said = ['', printable(line)];
    },
    end() {
      clearInterval(timer);
      terminal.off('resize', paint);
      process.off('exit', showCursor);
      terminal.write(`${home(painted, terminal.columns ?? 80)}\x1b[J${SHOW_CURSOR}`);
      painted = [];
    },
  };
}

/** Runs that ended keep their headline only, while another one goes on and wants the room. */
function frameOf(
  views: RunView[],
  width: number,
  height: number,
  look: { color: boolean; now: () => number },
): string[] {
  const now = look.now();
  const open = views.filter((view) => view.endedAt === undefined);
  const room = Math.floor((height - (views.length - open.length)) / Math.max(1, open.length));
  const pictures = views.map((view) => {
    const lines = renderProgress(view, { width, height: open.length === 0 ? height : room, color: look.color, now });
    return view.endedAt !== undefined && open.length > 0 ? lines.slice(0, 1) : lines;
  });
  return pictures.flat().slice(0, Math.max(1, height));
}

/** Moves to where the last picture begins. After a resize its lines may take more rows than they were. */
function home(painted: string[], width: number): string {
  const rows = painted.reduce((sum, line) => sum + Math.max(1, Math.ceil(columns(line) / width)), 0);
  return rows === 0 ? '' : `\x1b[${rows}A\r`;
}
