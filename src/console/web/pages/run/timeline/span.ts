/** The part of a timeline that is in view. Times in ms since 1970, widths in px. */
export interface Span {
  from: number;
  to: number;
}

/** Nearer than this nothing is to be seen. */
const CLOSEST_MS = 2000;
/** Room at both ends, as a share of the whole. */
const MARGIN = 0.015;

/** All of a run from its begin to its end, or to now. */
export function whole(from: number, to: number): Span {
  const length = Math.max(to - from, CLOSEST_MS);
  return { from: from - length * MARGIN, to: from + length * (1 + MARGIN) };
}

/** `view` drawn closer (`factor` below 1) or farther, with the time `at` staying where it is; never beyond `bounds`. */
export function zoomed(view: Span, factor: number, at: number, bounds: Span): Span {
  const length = Math.min(Math.max((view.to - view.from) * factor, CLOSEST_MS), bounds.to - bounds.from);
  const share = (at - view.from) / (view.to - view.from);
  return within({ from: at - share * length, to: at + (1 - share) * length }, bounds);
}

/** `view` moved by a share of itself: 0.5 is half a view later. */
export function moved(view: Span, share: number, bounds: Span): Span {
  const by = (view.to - view.from) * share;
  return within({ from: view.from + by, to: view.to + by }, bounds);
}

/** `view` moved just so far that `of` is in it, as far as it fits. */
export function showing(view: Span, of: Span, bounds: Span): Span {
  const length = view.to - view.from;
  if (of.from >= view.from && of.to <= view.to) return view;
  const edge = length * 0.1;
  const late = of.from < view.from || of.to - of.from > length;
  const from = late ? of.from - edge : of.to + edge - length;
  return within({ from, to: from + length }, bounds);
}

function within({ from, to }: Span, bounds: Span): Span {
  const length = Math.min(to - from, bounds.to - bounds.from);
  const start = Math.min(Math.max(from, bounds.from), bounds.to - length);
  return { from: start, to: start + length };
}

/** Where a time stands in a view of that width. */
export function xOf(time: number, view: Span, width: number): number {
  return ((time - view.from) / (view.to - view.from)) * width;
}

/** The time that stands there. */
export function timeAt(x: number, view: Span, width: number): number {
  return view.from + (x / width) * (view.to - view.from);
}

/** What is seen of `of`, as left edge and width, at least `least` wide; undefined where nothing is. */
export function boxOf(of: Span, view: Span, width: number, least = 2): { x: number; width: number } | undefined {
  if (of.to < view.from || of.from > view.to) return undefined;
  // Far beyond the edge a browser draws no longer exactly.
  const left = Math.max(xOf(of.from, view, width), -8);
  const right = Math.min(xOf(of.to, view, width), width + 8);
  return { x: left, width: Math.max(right - left, least) };
}
