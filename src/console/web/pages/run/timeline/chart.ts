/** A timeline read for drawing: times as numbers, lanes in their order, and where each row stands. */
import type { RunDocument, Segment, Timeline } from '../../../../api/shapes.ts';
import type { Outcome } from '../../../status/looks.ts';
import type { Span } from './span.ts';

export type Step = Segment['step'];
export type MarkKind = Timeline['marks'][number]['kind'];

/** `to` is null while it goes on. */
export interface Piece {
  step: Step;
  label: string;
  from: number;
  to: number | null;
}

export interface Lane {
  instanceId: string;
  az: string;
  wave: number;
  outcome: Outcome;
  pieces: Piece[];
}

export interface Mark {
  kind: MarkKind;
  label: string;
  from: number;
  to: number | null;
  /** Marks that overlap stand on rows of their own, from 0. */
  row: number;
}

export interface Chart {
  from: number;
  /** Null while the run goes on. */
  to: number | null;
  lanes: Lane[];
  marks: Mark[];
  capacity: { at: number; inService: number }[];
  desired: number;
  floor: number;
}

/** What the API told, by numbers; lanes wave by wave, in each the first begun first. */
export function chartOf(timeline: Timeline): Chart {
  const time = (text: string) => Date.parse(text);
  const end = (text: string | null) => (text === null ? null : Date.parse(text));
  const lanes = timeline.lanes.map(({ segments, ...lane }) => ({
    ...lane,
    pieces: segments.map(({ step, label, from, to }) => ({ step, label, from: time(from), to: end(to) })),
  }));
  const begun = (lane: Lane) => lane.pieces[0]?.from ?? Number.POSITIVE_INFINITY;
  return {
    from: time(timeline.from),
    to: end(timeline.to),
    lanes: lanes.toSorted((a, b) => a.wave - b.wave || (begun(a) === begun(b) ? 0 : begun(a) - begun(b))),
    marks: stacked(timeline.marks.map((mark) => ({ ...mark, from: time(mark.from), to: end(mark.to) }))),
    capacity: timeline.capacity.map(({ at, inService }) => ({ at: time(at), inService })),
    desired: timeline.desired,
    floor: timeline.floor,
  };
}

function stacked(marks: Omit<Mark, 'row'>[]): Mark[] {
  const ends: number[] = [];
  return marks
    .toSorted((a, b) => a.from - b.from)
    .map((mark) => {
      const free = ends.findIndex((end) => end <= mark.from);
      const row = free === -1 ? ends.length : free;
      ends[row] = mark.to ?? Number.POSITIVE_INFINITY;
      return { ...mark, row };
    });
}

/** A piece with its end, which is `now` while it goes on. */
export function spanOf(piece: { from: number; to: number | null }, now: number): Span {
  return { from: piece.from, to: Math.max(piece.from, piece.to ?? now) };
}

export type Row =
  | { is: 'wave'; top: number; wave: number; canary: boolean; concurrency: number; lanes: Lane[] }
  | { is: 'lane'; top: number; lane: Lane; index: number };

export interface Heights {
  wave: number;
  lane: number;
}

/** A row for each wave and each of its lanes, from the top; and how high all are together. */
export function rowsOf(lanes: Lane[], waves: RunDocument['waves'], heights: Heights): { rows: Row[]; height: number } {
  const rows: Row[] = [];
  let top = 0;
  let wave: number | undefined;
  lanes.forEach((lane, index) => {
    if (lane.wave !== wave) {
      wave = lane.wave;
      const known = waves.find(({ number }) => number === lane.wave);
      rows.push({
        is: 'wave',
        top,
        wave: lane.wave,
        canary: known?.kind === 'canary',
        concurrency: known?.concurrency ?? 1,
        lanes: lanes.filter((other) => other.wave === lane.wave),
      });
      top += heights.wave;
    }
    rows.push({ is: 'lane', top, lane, index });
    top += heights.lane;
  });
  return { rows, height: top };
}

/** The rows between two heights, and a few beyond. `rows` are in the order of their `top`. */
export function rowsBetween(rows: Row[], from: number, to: number, beyond = 240): Row[] {
  return rows.slice(firstAt(rows, from - beyond), firstAt(rows, to + beyond) + 1);
}

/** The row at that height. */
export function rowAt(rows: Row[], height: number): Row | undefined {
  return rows[firstAt(rows, height)];
}

/** The last of those that begin at or above `height`, or the first of all. */
function firstAt(rows: Row[], height: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.top ?? 0) <= height) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
