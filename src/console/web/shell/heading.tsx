/** The heading of a page, which also names the page in the browser's tab. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { hasStepped } from '../navigation/place.ts';

/** `title` names the tab; `children` stand in the heading in its place. The heading takes the focus after each step. */
export function Heading({ title, children }: { title: string; children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Drydock`;
  }, [title]);
  useEffect(() => {
    // The heading that stood here while the page was loading took the focus with it.
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (lost && hasStepped()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? title}
    </h1>
  );
}
