/** The keys of the timeline: from step to step, from lane to lane, closer and farther. */
import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import type { RunDocument } from '../../../../api/shapes.ts';
import { pathOf } from '../../../navigation/path.ts';
import { go } from '../../../navigation/place.ts';
import { type Chart, type Heights, type Row, spanOf } from './chart.ts';
import { type Cursor, pieceOf, stepped } from './cursor.ts';
import type { View } from './use-view.ts';
import { toldAt } from './words.ts';

export interface CursorParts {
  run: RunDocument;
  chart: Chart;
  rows: Row[];
  view: View;
  now: number;
  scroller: RefObject<HTMLElement | null>;
  heights: Heights;
}

const CLOSER = 1 / 1.6;
const MOVES = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']);

/** `words` tell a screen reader what the cursor came to. */
export function useCursor(parts: CursorParts) {
  const { run, chart, view, now } = parts;
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const piece = cursor === null ? undefined : pieceOf(chart, cursor);
  const middle = piece === undefined ? undefined : (piece.from + (piece.to ?? now)) / 2;

  const act = (key: string, shift: boolean): boolean => {
    if (key === '+' || key === '=') view.zoom(CLOSER, middle);
    else if (key === '-' || key === '_') view.zoom(1 / CLOSER, middle);
    else if (key === '0' || key === 'f') view.fit();
    else if (shift && (key === 'ArrowLeft' || key === 'ArrowRight')) view.move(key === 'ArrowLeft' ? -0.25 : 0.25);
    else if (MOVES.has(key)) goTo(stepped(chart, cursor, key, now));
    else if (key === 'Escape' && cursor !== null) setCursor(null);
    else if (key === 'Enter') return open();
    else return false;
    return true;
  };
  const goTo = (next: Cursor | null) => {
    setCursor(next);
    if (next === null) return;
    const reached = pieceOf(chart, next);
    if (reached !== undefined) view.show(spanOf(reached, now));
    scrollTo(parts, next.lane);
  };
  const open = () => {
    const lane = cursor === null ? undefined : chart.lanes[cursor.lane];
    if (lane !== undefined) go(pathOf('runs', run.runId, 'instances', lane.instanceId));
    return lane !== undefined;
  };
  const told = cursor === null ? undefined : toldAt(chart, cursor, now);
  return {
    cursor,
    words: told === undefined ? '' : [told.of, told.title, told.when].filter((part) => part !== '').join(', '),
    leave: () => setCursor(null),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
      if (act(event.key, event.shiftKey)) event.preventDefault();
    },
  };
}

function scrollTo({ rows, scroller, heights }: CursorParts, lane: number): void {
  const row = rows.find((one) => one.is === 'lane' && one.index === lane);
  const element = scroller.current;
  if (row === undefined || element === null) return;
  const above = row.top - heights.wave;
  const beneath = row.top + heights.lane * 2 - element.clientHeight;
  if (element.scrollTop > above) element.scrollTop = above;
  else if (element.scrollTop < beneath) element.scrollTop = beneath;
}
