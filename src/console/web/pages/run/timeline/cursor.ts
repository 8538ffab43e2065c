/** Which piece of which lane is pointed at, by mouse or by keys. */
import type { Chart, Lane, Mark, Piece } from './chart.ts';
import { spanOf } from './chart.ts';

/** Indexes into the lanes of a chart and the pieces of that lane; -1 where a lane has none. */
export interface Cursor {
  lane: number;
  piece: number;
}

/** The piece of `lane` at a time, or within `reach` ms of it; -1 where there is none. */
export function pieceAt(lane: Lane, time: number, reach: number, now: number): number {
  let nearest = -1;
  let least = reach;
  lane.pieces.forEach((piece, index) => {
    const { from, to } = spanOf(piece, now);
    const away = Math.max(0, from - time, time - to);
    if (away < least || (away === 0 && least === 0)) {
      nearest = index;
      least = away;
    }
  });
  return nearest;
}

/** The mark at a time, on its row; undefined where there is none. */
export function markAt(marks: Mark[], row: number, time: number, reach: number, now: number): Mark | undefined {
  return marks.find((mark) => {
    const { from, to } = spanOf(mark, now);
    return mark.row === row && time >= from - reach && time <= to + reach;
  });
}

/** Where a key leads from `cursor`: to the piece before or after, or to the lane above or below at about the same time. */
export function stepped(chart: Chart, cursor: Cursor | null, key: string, now: number): Cursor | null {
  if (chart.lanes.length === 0) return null;
  if (cursor === null) return entered(chart.lanes);
  const lane = chart.lanes[cursor.lane];
  const last = (lane?.pieces.length ?? 0) - 1;
  switch (key) {
    case 'ArrowLeft':
      return { ...cursor, piece: Math.max(Math.min(0, last), cursor.piece - 1) };
    case 'ArrowRight':
      return { ...cursor, piece: Math.min(last, cursor.piece + 1) };
    case 'ArrowUp':
      return onLane(chart, cursor, Math.max(0, cursor.lane - 1), now);
    case 'ArrowDown':
      return onLane(chart, cursor, Math.min(chart.lanes.length - 1, cursor.lane + 1), now);
    case 'Home':
      return onLane(chart, cursor, 0, now);
    case 'End':
      return onLane(chart, cursor, chart.lanes.length - 1, now);
    default:
      return cursor;
  }
}

/** The first lane in which something happened. */
function entered(lanes: Lane[]): Cursor {
  const lane = Math.max(
    0,
    lanes.findIndex(({ pieces }) => pieces.length > 0),
  );
  return { lane, piece: Math.min(0, (lanes[lane]?.pieces.length ?? 0) - 1) };
}

function onLane(chart: Chart, from: Cursor, lane: number, now: number): Cursor {
  const here = pieceOf(chart, from);
  const there = chart.lanes[lane];
  if (there === undefined || there.pieces.length === 0) return { lane, piece: -1 };
  if (here === undefined) return { lane, piece: 0 };
  const { from: begin, to } = spanOf(here, now);
  return { lane, piece: pieceAt(there, (begin + to) / 2, Number.POSITIVE_INFINITY, now) };
}

/** The piece that a cursor points at. */
export function pieceOf(chart: Chart, cursor: Cursor): Piece | undefined {
  return chart.lanes[cursor.lane]?.pieces[cursor.piece];
}
