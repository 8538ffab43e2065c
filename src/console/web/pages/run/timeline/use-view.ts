/** The part of the timeline in view: all of it, or what the reader has zoomed to; at the right end it goes along with the time. */
import { useCallback, useState } from 'preact/hooks';
import { moved, type Span, showing, zoomed } from './span.ts';

export interface View {
  span: Span;
  /** Whether all is in view. */
  fits: boolean;
  zoom(factor: number, at?: number): void;
  move(share: number): void;
  show(span: Span): void;
  fit(): void;
}

type Kept = { length: number; to: number | 'end' } | null;

/** `bounds` is all there is to see. */
export function useView(bounds: Span): View {
  const [kept, keep] = useState<Kept>(null);
  const span = spanOfKept(kept, bounds);
  const set = (next: Span) => {
    const length = next.to - next.from;
    if (length >= bounds.to - bounds.from) keep(null);
    else keep({ length, to: next.to >= bounds.to - 1 ? 'end' : next.to });
  };
  return {
    span,
    fits: kept === null,
    zoom: (factor, at = (span.from + span.to) / 2) => set(zoomed(span, factor, at, bounds)),
    move: (share) => set(moved(span, share, bounds)),
    show: (of) => set(showing(span, of, bounds)),
    fit: useCallback(() => keep(null), []),
  };
}

function spanOfKept(kept: Kept, bounds: Span): Span {
  if (kept === null) return bounds;
  const to = kept.to === 'end' ? bounds.to : kept.to;
  return { from: to - kept.length, to };
}
