/** Capacity over time under the lanes, against what is desired and the floor that must hold. */
import { useMemo } from 'preact/hooks';
import { below, capacityRange, levelsIn, stepPath } from './capacity.ts';
import { Upright } from './lanes.tsx';
import type { PlotProps } from './plot.ts';
import { boxOf } from './span.ts';

const CAPACITY_PX = 92;
/** Where the word of the upper line stands. */
const ABOVE_PX = 18;

/** Drawn `width` px wide. */
export function CapacityPlot({ chart, view, width, scale, now, pointed }: PlotProps) {
  const height = CAPACITY_PX * scale;
  const { from, to } = view;
  const levels = useMemo(
    () => <Levels chart={chart} view={{ from, to }} width={width} scale={scale} now={now} />,
    [chart, from, to, width, scale, now],
  );
  return (
    <svg class="plot capacity" width={width} height={height} aria-hidden="true">
      <Upright class="now" time={chart.to === null ? now : null} view={view} width={width} height={height} />
      <Upright class="pointed-line" time={pointed} view={view} width={width} height={height} />
      {levels}
    </svg>
  );
}

function Levels({ chart, view, width, scale, now }: Omit<PlotProps, 'pointed'>) {
  const { capacity, desired, floor } = chart;
  const height = CAPACITY_PX * scale;
  const { low, high } = capacityRange(capacity, desired, floor);
  const room = height - ABOVE_PX * scale;
  const yOf = (count: number) => height - ((count - low) / (high - low)) * room;
  const shown = levelsIn(capacity, view, chart.to ?? now);
  const line = stepPath(shown, view, width, yOf);
  const start = boxOf({ from: shown[0]?.at ?? view.from, to: view.to }, view, width)?.x ?? 0;
  return (
    <>
      {line === '' ? null : <path class="level-area" d={`${line}V${height}H${start}Z`} />}
      <Rule y={yOf(desired)} width={width} scale={scale} kind="desired" label={`desired ${desired}`} />
      {floor < desired ? (
        <Rule y={yOf(floor)} width={width} scale={scale} kind="floor" label={`floor ${floor}`} />
      ) : null}
      <path class="level" d={line} />
      {below(shown, floor).map((span) => {
        const box = boxOf(span, view, width);
        return box === undefined ? null : <rect key={span.from} class="undercut" y="0" height={height} {...box} />;
      })}
    </>
  );
}

function Rule(props: { y: number; width: number; scale: number; kind: 'desired' | 'floor'; label: string }) {
  const { y, width, scale, kind, label } = props;
  return (
    <g class="rule" data-kind={kind}>
      <line x1="0" x2={width} y1={y} y2={y} />
      <text x={width - 6 * scale} y={kind === 'floor' ? y + 13 * scale : y - 5 * scale}>
        {label}
      </text>
    </g>
  );
}
