/** What the pointer or the cursor is at, and where on the window that is told. */
import type { RefObject } from 'preact';
import { clockTime, utcTime } from '../../../time/format.ts';
import { AXIS_PX, MARK_PX } from './axis.tsx';
import { levelAt } from './capacity.ts';
import { type Chart, type Heights, type Row, rowAt, spanOf } from './chart.ts';
import { type Cursor, markAt, pieceAt, pieceOf } from './cursor.ts';
import { timeAt, xOf } from './span.ts';
import type { Pointer } from './use-pointer.ts';
import type { View } from './use-view.ts';
import { MARK_WORDS, type Told, toldAt, toldOf } from './words.ts';

export interface TargetParts {
  pointer: Pointer | null;
  cursor: Cursor | null;
  head: RefObject<HTMLElement | null>;
  box: RefObject<HTMLElement | null>;
  scroller: RefObject<HTMLElement | null>;
  chart: Chart;
  rows: Row[];
  heights: Heights;
  view: View;
  gutter: number;
  width: number;
  scale: number;
  now: number;
}

export interface Target {
  /** The piece that is meant; a lane alone has -1 for it. */
  at: Cursor | null;
  told: Told | undefined;
  /** In px of the window. */
  x: number;
  y: number;
}

/** So near to a short piece, in px, the pointer means it. */
const REACH_PX = 4;

/** The pointer goes before the cursor: it is where the reader looks. */
export function targetOf(parts: TargetParts): Target {
  if (parts.pointer !== null) return pointedAt(parts, parts.pointer);
  if (parts.cursor !== null) return steppedTo(parts, parts.cursor);
  return { at: null, told: undefined, x: 0, y: 0 };
}

function pointedAt(parts: TargetParts, { x, clientY }: Pointer): Target {
  const { chart, view, width, now } = parts;
  const left = leftOf(parts);
  const time = timeAt(x, view.span, width);
  const reach = timeAt(x + REACH_PX, view.span, width) - time;
  const place = { x: left + x, y: clientY };
  const scrolled = parts.scroller.current?.getBoundingClientRect();
  if (scrolled !== undefined && clientY >= scrolled.top && clientY <= scrolled.bottom) {
    const row = rowAt(parts.rows, clientY - (parts.box.current?.getBoundingClientRect().top ?? 0));
    if (row?.is !== 'lane') return { at: null, told: undefined, ...place };
    const at = { lane: row.index, piece: pieceAt(row.lane, time, reach, now) };
    return { at, told: at.piece === -1 ? undefined : toldAt(chart, at, now), ...place };
  }
  const above = scrolled !== undefined && clientY < scrolled.top;
  const told = above ? markTold(parts, time, reach, clientY) : capacityTold(chart, time);
  return { at: null, told, ...place };
}

function markTold(parts: TargetParts, time: number, reach: number, clientY: number): Told | undefined {
  const top = parts.head.current?.getBoundingClientRect().top ?? 0;
  const row = Math.floor(((clientY - top) / parts.scale - AXIS_PX) / MARK_PX);
  const mark = markAt(parts.chart.marks, row, time, reach, parts.now);
  return mark === undefined ? undefined : toldOf(mark, MARK_WORDS[mark.kind], '', parts.now);
}

function capacityTold({ capacity, desired, floor }: Chart, time: number): Told | undefined {
  const level = levelAt(capacity, time);
  if (level === undefined) return undefined;
  const title = `${level} of ${desired} in service, floor ${floor}`;
  return { title, of: '', when: `at ${clockTime(time)}`, utc: utcTime(time) };
}

function steppedTo(parts: TargetParts, cursor: Cursor): Target {
  const { chart, view, width, now, heights } = parts;
  const piece = pieceOf(chart, cursor);
  const row = parts.rows.find((one) => one.is === 'lane' && one.index === cursor.lane);
  const from = piece === undefined ? view.span.from : Math.max(view.span.from, spanOf(piece, now).from);
  const top = parts.box.current?.getBoundingClientRect().top ?? 0;
  return {
    at: cursor,
    told: toldAt(chart, cursor, now),
    x: leftOf(parts) + xOf(from, view.span, width),
    y: top + (row?.top ?? 0) + heights.lane / 2,
  };
}

function leftOf({ box, gutter }: TargetParts): number {
  return (box.current?.getBoundingClientRect().left ?? 0) + gutter;
}
