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

const DRAG_PX = 4;

/** Follows the pointer over `frame`, whose plot begins `gutter` px from its left edge and is `width` px wide. */
export function usePointer(
  frame: RefObject<HTMLElement | null>,
  gutter: number,
  width: number,
  view: View,
): Pointer | null {
  const [pointer, point] = useState<Pointer | null>(null);
  const latest = useRef({ gutter, width, view });
  latest.current = { gutter, width, view };

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    let dragged: { x: number; moving: boolean } | null = null;
    const xIn = (event: MouseEvent) => event.clientX - element.getBoundingClientRect().left - latest.current.gutter;

    const onMove = (event: PointerEvent) => {
      const x = xIn(event);
      const { width, view } = latest.current;
      if (dragged !== null && (dragged.moving || Math.abs(x - dragged.x) > DRAG_PX)) {
        if (!dragged.moving) element.setPointerCapture(event.pointerId);
        view.move((dragged.x - x) / width);
        dragged = { x, moving: true };
        return point(null);
      }
      point(x < 0 || x > width ? null : { x, clientY: event.clientY });
    };
    const onDown = (event: PointerEvent) => {
      if (event.button === 0 && xIn(event) >= 0) dragged = { x: xIn(event), moving: false };
    };
    const onUp = () => {
      dragged = null;
    };
    const onLeave = () => point(null);
    const onWheel = (event: WheelEvent) => {
      const { width, view } = latest.current;
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey)
        view.zoom(Math.exp(event.deltaY * 0.004), timeAt(xIn(event), view.span, width));
      else if (sideways !== 0) view.move(sideways / width);
      else return;
      event.preventDefault();
    };
    const ended = new AbortController();
    const { signal } = ended;
    element.addEventListener('pointermove', onMove, { signal });
    element.addEventListener('pointerdown', onDown, { signal });
    element.addEventListener('pointerup', onUp, { signal });
    element.addEventListener('pointercancel', onUp, { signal });
    element.addEventListener('pointerleave', onLeave, { signal });
    // A wheel is passive unless said otherwise, and the browser would zoom the whole page.
    element.addEventListener('wheel', onWheel, { signal, passive: false });
    return () => ended.abort();
  }, [frame]);

  return pointer;
}
