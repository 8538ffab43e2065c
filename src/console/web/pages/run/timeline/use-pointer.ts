/** The mouse over the plot: where it is, and drawing the view along or closer with it. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { timeAt } from './span.ts';
import type { View } from './use-view.ts';

/** In px from the left edge of the plot and from the top of the window. */
export interface Pointer {
  x: number;
  clientY: number;
}

/** The plot within its frame: how far from the left edge it begins, and how wide it is, in px. */
interface Plot {
  gutter: number;
  width: number;
  view: View;
}

type Point = (pointer: Pointer | null) => void;

/** Follows the pointer over `frame`, in which the plot lies. */
export function usePointer(frame: RefObject<HTMLElement | null>, plot: Plot): Pointer | null {
  const [pointer, point] = useState<Pointer | null>(null);
  const latest = useRef(plot);
  latest.current = plot;
  useEffect(() => {
    const element = frame.current;
    return element === null ? undefined : follow(element, () => latest.current, point);
  }, [frame]);
  return pointer;
}

function follow(element: HTMLElement, plot: () => Plot, point: Point): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const xIn = (event: MouseEvent) => event.clientX - element.getBoundingClientRect().left - plot().gutter;
  const show = (event: PointerEvent) => {
    const x = xIn(event);
    point(x < 0 || x > plot().width ? null : { x, clientY: event.clientY });
  };
  const dragging = drag(element, plot, xIn);

  element.addEventListener('pointermove', (event) => (dragging.move(event) ? point(null) : show(event)), { signal });
  element.addEventListener(
    'pointerdown',
    (event) => {
      dragging.begin(event);
      show(event);
    },
    { signal },
  );
  element.addEventListener('pointerup', dragging.end, { signal });
  element.addEventListener('pointercancel', dragging.end, { signal });
  // A finger leaves when it is lifted: what it touched stays told.
  const leave = ({ pointerType }: PointerEvent) => pointerType !== 'touch' && point(null);
  element.addEventListener('pointerleave', leave, { signal });
  // A wheel is passive unless said otherwise, and the browser would zoom the whole page.
  element.addEventListener('wheel', (event) => turn(event, plot(), xIn(event)), { signal, passive: false });
  return () => ended.abort();
}

const DRAG_PX = 4;

/** Draws the view along. `move` says whether it did. */
function drag(element: HTMLElement, plot: () => Plot, xIn: (event: MouseEvent) => number) {
  let from: number | null = null;
  let moving = false;
  return {
    begin(event: PointerEvent) {
      if (event.button === 0 && xIn(event) >= 0) from = xIn(event);
    },
    move(event: PointerEvent): boolean {
      const x = xIn(event);
      if (from === null || (!moving && Math.abs(x - from) <= DRAG_PX)) return false;
      if (!moving) element.setPointerCapture(event.pointerId);
      plot().view.move((from - x) / plot().width);
      from = x;
      moving = true;
      return true;
    },
    end() {
      from = null;
      moving = false;
    },
  };
}

/** With Ctrl a wheel zooms; sideways, or with Shift, it moves; else it scrolls the lanes, as it would. */
function turn(event: WheelEvent, { width, view }: Plot, x: number): void {
  const sideways = event.shiftKey ? event.deltaY : event.deltaX;
  if (event.ctrlKey || event.metaKey) view.zoom(Math.exp(event.deltaY * 0.004), timeAt(x, view.span, width));
  else if (sideways !== 0) view.move(sideways / width);
  else return;
  event.preventDefault();
}
