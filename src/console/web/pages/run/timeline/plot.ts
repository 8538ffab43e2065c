/** What all parts of the picture are drawn by. */
import type { Chart } from './chart.ts';
import type { Span } from './span.ts';

export interface PlotProps {
  chart: Chart;
  /** What is in view. */
  view: Span;
  /** In px. */
  width: number;
  /** How many px stand in for one, where the reader has set larger letters. */
  scale: number;
  /** The runs' clock, in ms since 1970. */
  now: number;
  /** The time that is pointed at. */
  pointed: number | null;
}
