/** Shapes in a square of 16. They say nothing to a screen reader: the word beside them does. */
import type { VNode } from 'preact';
import type { Shape } from './looks.ts';

const disc = <circle cx="8" cy="8" r="7" fill="currentColor" />;
const ring = <circle cx="8" cy="8" r="6.1" />;
/** Drawn upon a disc, in the colour of the ground. */
const upon = (path: string) => <path class="upon" d={path} />;

const SHAPES: Record<Shape, VNode> = {
  check: (
    <>
      {disc}
      {upon('M4.9 8.3l2.2 2.2 4.1-4.6')}
    </>
  ),
  cross: (
    <>
      {disc}
      {upon('M5.5 5.5l5 5m0-5l-5 5')}
    </>
  ),
  stop: (
    <>
      <path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z" fill="currentColor" />
      {upon('M8 4.4v4.2M8 11.3v.1')}
    </>
  ),
  pause: (
    <>
      {disc}
      {upon('M6.2 5.3v5.4M9.8 5.3v5.4')}
    </>
  ),
  turning: (
    <>
      <circle cx="8" cy="8" r="6.1" opacity="0.28" />
      <path class="status-turning" d="M8 1.9A6.1 6.1 0 0 1 14.1 8" />
    </>
  ),
  slash: (
    <>
      {ring}
      <path d="M3.9 12.1l8.2-8.2" />
    </>
  ),
  ring: <circle cx="8" cy="8" r="6.1" stroke-dasharray="2.2 2.6" />,
  dash: (
    <>
      {ring}
      <path d="M5.2 8h5.6" />
    </>
  ),
  void: (
    <>
      <circle cx="8" cy="8" r="4.6" />
      <path d="M2.6 13.4L13.4 2.6" />
    </>
  ),
  back: <path d="M5.6 3.2L2.6 6.2l3 3M2.9 6.2h6.5a4 4 0 0 1 0 7.4H6" />,
  swap: <path d="M2 5.6h11.4M10.6 2.8l2.9 2.8-2.9 2.8M14 10.6H2.6m2.8-2.8l-2.9 2.8 2.9 2.8" />,
  alarm: <path d="M8 1.8L15 14H1zM8 6.2v3.4M8 11.8v.1" />,
  info: (
    <>
      {ring}
      <path d="M8 7.4v3.7M8 4.9v.1" />
    </>
  ),
};

/** A shape, as large as said in px where the reader's letters are of the usual size; it grows with them. */
export function Icon({ shape, size = 16 }: { shape: Shape; size?: number }) {
  return (
    <svg
      class="icon"
      width={`${size / 16}rem`}
      height={`${size / 16}rem`}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {SHAPES[shape]}
    </svg>
  );
}
