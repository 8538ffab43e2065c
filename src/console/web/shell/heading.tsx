/** The heading of a page, which also names the page in the browser's tab. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

/** `title` names the tab; `children` stand in the heading in its place. The heading takes the focus after each step. */
export function Heading({ title, children }: { title: string; children?: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Drydock`;
  }, [title]);
  return <h1 tabIndex={-1}>{children ?? title}</h1>;
}
