/** What is pointed at, exactly, beside the pointer. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Told } from './words.ts';

/** `x` and `y`: in px of the window; it stands below and right of there, or where there is room. */
export function Readout({ told, x, y }: { told: Told; x: number; y: number }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { offsetWidth: width, offsetHeight: height } = element;
    const left = Math.min(Math.max(8, x + 14), innerWidth - width - 8);
    const top = y + 22 + height > innerHeight ? y - height - 14 : y + 22;
    element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  });
  return (
    <div class="readout" ref={box} aria-hidden="true">
      <strong>{told.title}</strong>
      {told.of === '' ? null : <span class="mono">{told.of}</span>}
      {told.when === '' ? null : <span>{told.when}</span>}
      {told.utc === '' ? null : <span class="muted">{told.utc}</span>}
    </div>
  );
}
