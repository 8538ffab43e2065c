/** Steps and marks in words, and what is pointed at as a sentence. */
import { clockTime, duration, utcTime } from '../../../time/format.ts';
import { type Chart, type MarkKind, type Step, spanOf } from './chart.ts';
import { type Cursor, pieceOf } from './cursor.ts';

export const STEP_WORDS: Record<Step, string> = {
  look: 'look',
  hook: 'hook',
  detach: 'detach',
  patch: 'patch',
  reboot: 'reboot',
  check: 'check',
  attach: 'attach',
  rollback: 'roll back',
  wait: 'wait',
};

export const MARK_WORDS: Record<MarkKind, string> = {
  guard: 'guards',
  bake: 'bake',
  pause: 'paused',
  approval: 'approval',
  restore: 'restore',
  rollback: 'roll back',
};

export interface Told {
  title: string;
  /** What it is of: an instance; empty for the run itself. */
  of: string;
  /** In the reader's zone: `16:13:42 to 16:15:52, 2m 10s`. */
  when: string;
  utc: string;
}

/** A piece or a mark, told exactly. */
export function toldOf(
  piece: { label: string; from: number; to: number | null },
  word: string,
  of: string,
  now: number,
): Told {
  const { from, to } = spanOf(piece, now);
  const took = duration(to - from);
  const title = piece.label === '' ? word : piece.label;
  if (piece.to === null) {
    return { title, of, when: `since ${clockTime(from)}, ${took} so far`, utc: `since ${utcTime(from)}` };
  }
  return {
    title,
    of,
    when: `${clockTime(from)} to ${clockTime(to)}, ${took}`,
    utc: `${utcTime(from).slice(0, -4)} to ${utcTime(to).slice(11)}`,
  };
}

/** What a cursor points at; undefined where there is no such lane. */
export function toldAt(chart: Chart, cursor: Cursor, now: number): Told | undefined {
  const lane = chart.lanes[cursor.lane];
  if (lane === undefined) return undefined;
  const piece = pieceOf(chart, cursor);
  if (piece === undefined) return { title: 'not begun', of: lane.instanceId, when: '', utc: '' };
  return toldOf(piece, STEP_WORDS[piece.step], lane.instanceId, now);
}
