/** How large a picture is drawn that scrolls in its frame: by buttons, by the wheel with Ctrl, by keys, and by dragging. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export const LEAST = 0.25;
export const MOST = 2.5;
const STEP = 1.25;

export interface Zoom {
  scale: number;
  /** Whether the frame is known, and the picture fitted into it. */
  isReady: boolean;
  larger(): void;
  smaller(): void;
  /** As wide as its frame. */
  fit(): void;
  /** Brings a place of the picture into the middle of the frame. */
  show(place: { x: number; y: number }): void;
}

/** Letters smaller than that are not read. */
const LEAST_AT_FIRST = 0.6;

/** `frame` scrolls; the picture in it is `size` at a scale of 1. */
export function useZoom(frame: RefObject<HTMLElement | null>, size: { width: number; height: number }): Zoom {
  const [fitted, setScale] = useState<number>();
  const scale = fitted ?? 1;
  /** The place of the picture that stays where it is in the frame, once the scale has changed. */
  const fixed = useRef<{ x: number; y: number; left: number; top: number } | undefined>(undefined);
  const latest = useRef(scale);
  latest.current = scale;

  const zoomTo = (next: number, at?: { left: number; top: number }): void => {
    const element = frame.current;
    if (element === null) return;
    const { left, top } = at ?? { left: element.clientWidth / 2, top: element.clientHeight / 2 };
    fixed.current = {
      x: (element.scrollLeft + left) / latest.current,
      y: (element.scrollTop + top) / latest.current,
      left,
      top,
    };
    setScale(Math.min(MOST, Math.max(LEAST, next)));
  };
  const fitting = () => ((frame.current?.clientWidth ?? size.width) - 2) / size.width;

  useLayoutEffect(() => {
    const element = frame.current;
    const held = fixed.current;
    if (element === null || held === undefined) return;
    fixed.current = undefined;
    element.scrollTo(held.x * scale - held.left, held.y * scale - held.top);
  }, [scale]);

  useLayoutEffect(() => {
    setScale(Math.min(1, Math.max(LEAST_AT_FIRST, fitting())));
  }, [size.width]);

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const turn = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const at = { left: event.clientX - box.left, top: event.clientY - box.top };
      zoomTo(latest.current * Math.exp(-event.deltaY / 300), at);
    };
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === '+' || event.key === '=') zoomTo(latest.current * STEP);
      else if (event.key === '-') zoomTo(latest.current / STEP);
      else if (event.key === '0') zoomTo(fitting());
      else return;
      event.preventDefault();
    };
    const stopDrag = draggable(element);
    // A listener that React's kin adds may not keep the page from zooming.
    element.addEventListener('wheel', turn, { passive: false });
    element.addEventListener('keydown', press);
    return () => {
      stopDrag();
      element.removeEventListener('wheel', turn);
      element.removeEventListener('keydown', press);
    };
  }, [size.width]);

  return {
    scale,
    isReady: fitted !== undefined,
    larger: () => zoomTo(latest.current * STEP),
    smaller: () => zoomTo(latest.current / STEP),
    fit: () => zoomTo(fitting()),
    show: ({ x, y }) => {
      const element = frame.current;
      if (element === null) return;
      const left = x * latest.current - element.clientWidth / 2;
      element.scrollTo({ left, top: y * latest.current - element.clientHeight / 2 });
    },
  };
}

/** A mouse takes hold of the picture anywhere; a finger scrolls it anyway. Gives what ends that. */
function draggable(element: HTMLElement): () => void {
  let last: { x: number; y: number } | undefined;
  const down = (event: PointerEvent) => {
    if (event.pointerType !== 'mouse' || event.button !== 0) return;
    last = { x: event.clientX, y: event.clientY };
  };
  const move = (event: PointerEvent) => {
    if (last === undefined || event.buttons !== 1) return;
    element.scrollBy(last.x - event.clientX, last.y - event.clientY);
    last = { x: event.clientX, y: event.clientY };
  };
  const up = () => {
    last = undefined;
  };
  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  window.addEventListener('pointerup', up);
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    window.removeEventListener('pointerup', up);
  };
}
