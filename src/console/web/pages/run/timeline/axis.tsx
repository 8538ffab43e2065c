/** The times along the top, and below them what the run itself did: guards, bakes, pauses, approvals. */
import { clockTime } from '../../../time/format.ts';
import { type Chart, type Mark, spanOf } from './chart.ts';
import type { PlotProps } from './plot.ts';
import { boxOf, type Span, xOf } from './span.ts';
import { ticks } from './ticks.ts';
import { MARK_WORDS } from './words.ts';

export const AXIS_PX = 26;
export const MARK_PX = 22;

/** How many rows of marks there are. */
export function markRows({ marks }: Chart): number {
  return Math.max(1, ...marks.map(({ row }) => row + 1));
}

/** Drawn `width` px wide. */
export function Axis({ chart, view, width, scale, now, pointed }: PlotProps) {
  const height = (AXIS_PX + MARK_PX * markRows(chart)) * scale;
  return (
    <svg class="plot" width={width} height={height} aria-hidden="true">
      {ticks(view, width / scale).map(({ at, label }) => {
        const x = xOf(at, view, width);
        return (
          <g key={at}>
            <line class="tick" x1={x} x2={x} y1={AXIS_PX * scale - 5} y2={height} />
            {/* At the edge it would be cut off. */}
            <text class="tick-label" x={Math.min(Math.max(x, 22 * scale), width - 22 * scale)} y={15 * scale}>
              {label}
            </text>
          </g>
        );
      })}
      {chart.marks.map((mark) => (
        <MarkBox key={`${mark.kind} ${mark.from}`} mark={mark} view={view} width={width} scale={scale} now={now} />
      ))}
      {pointed === null ? null : <PointedTime time={pointed} view={view} width={width} scale={scale} height={height} />}
    </svg>
  );
}

function MarkBox(props: { mark: Mark; view: Span; width: number; scale: number; now: number }) {
  const { mark, view, width, scale, now } = props;
  const box = boxOf(spanOf(mark, now), view, width, 3);
  if (box === undefined) return null;
  const y = (AXIS_PX + mark.row * MARK_PX + 2) * scale;
  const height = (MARK_PX - 6) * scale;
  const word = MARK_WORDS[mark.kind];
  return (
    <g class="mark" data-kind={mark.kind}>
      <rect x={box.x} y={y} width={box.width} height={height} rx="3" />
      {box.width > (word.length * 6.6 + 10) * scale ? (
        <text x={Math.max(box.x, 0) + 6 * scale} y={y + 12 * scale}>
          {word}
        </text>
      ) : null}
    </g>
  );
}

function PointedTime(props: { time: number; view: Span; width: number; scale: number; height: number }) {
  const { time, view, width, scale, height } = props;
  const x = xOf(time, view, width);
  const half = 32 * scale;
  const middle = Math.min(Math.max(x, half), width - half);
  return (
    <g class="pointed">
      <line x1={x} x2={x} y1={AXIS_PX * scale - 4} y2={height} />
      <rect x={middle - half} y={2} width={2 * half} height={18 * scale} rx="4" />
      <text x={middle} y={15 * scale}>
        {clockTime(time)}
      </text>
    </g>
  );
}
