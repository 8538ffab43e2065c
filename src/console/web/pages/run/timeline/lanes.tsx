/** The lanes: only those that are in sight are drawn, however many there are. */
import { useMemo } from 'preact/hooks';
import { pathOf } from '../../../navigation/path.ts';
import { Icon } from '../../../status/icon.tsx';
import { OUTCOME_LOOKS } from '../../../status/looks.ts';
import { OutcomeCounts } from '../../../status/status.tsx';
import { tallyOf } from '../../../status/tally.ts';
import { waveName } from '../waves.ts';
import { type Chart, type Heights, type Row, spanOf } from './chart.ts';
import type { Cursor } from './cursor.ts';
import { LanePieces } from './pieces.tsx';
import type { PlotProps } from './plot.ts';
import { boxOf, type Span, xOf } from './span.ts';

export interface LanesProps extends PlotProps {
  runId: string;
  /** Those in sight, in their order. */
  rows: Row[];
  heights: Heights;
  /** What is pointed at. */
  at: Cursor | null;
}

/** Stands in a box as high as all rows are. */
export function Lanes(props: LanesProps) {
  const { runId, rows, heights, width, view, scale, chart, now, pointed, at } = props;
  const top = rows[0]?.top ?? 0;
  const last = rows.at(-1);
  const height = last === undefined ? 0 : last.top + (last.is === 'wave' ? heights.wave : heights.lane) - top;
  return (
    <>
      {rows.map((row) => (
        <Label
          key={row.is === 'wave' ? `wave ${row.wave}` : row.lane.instanceId}
          row={row}
          runId={runId}
          height={row.is === 'wave' ? heights.wave : heights.lane}
          at={row.is === 'lane' && at?.lane === row.index}
        />
      ))}
      <svg class="plot lanes" style={{ top: `${top}px` }} width={width} height={height} aria-hidden="true">
        <Bands chart={chart} view={view} width={width} height={height} now={now} />
        {/* Rows keep their place while the picture moves over them, so that a row that stays is not drawn again. */}
        <g transform={`translate(0 ${-top})`}>
          {rows.map((row) =>
            row.is === 'wave' ? null : (
              <LanePieces
                key={row.lane.instanceId}
                lane={row.lane}
                top={row.top}
                height={heights.lane}
                view={view}
                width={width}
                scale={scale}
                now={row.lane.pieces.at(-1)?.to === null ? now : 0}
                at={at?.lane === row.index ? at.piece : null}
              />
            ),
          )}
        </g>
        <Upright class="now" time={chart.to === null ? now : null} view={view} width={width} height={height} />
        <Upright class="pointed-line" time={pointed} view={view} width={width} height={height} />
      </svg>
    </>
  );
}

function Label({ row, runId, height, at }: { row: Row; runId: string; height: number; at: boolean }) {
  return useMemo(() => {
    const place = { top: `${row.top}px`, height: `${height}px` };
    if (row.is === 'wave') return <WaveLabel row={row} place={place} />;
    const { shape, tone, word } = OUTCOME_LOOKS[row.lane.outcome];
    return (
      <div class="lane-label" data-tone={tone} data-at={at} style={place}>
        <Icon shape={shape} size={13} />
        <span class="unseen">{word}</span>
        <a href={pathOf('runs', runId, 'instances', row.lane.instanceId)} tabIndex={-1} class="mono">
          {row.lane.instanceId}
        </a>
        <span class="muted lane-zone">{row.lane.az}</span>
      </div>
    );
  }, [row, runId, height, at]);
}

function WaveLabel({ row, place }: { row: Row & { is: 'wave' }; place: { top: string; height: string } }) {
  const count = row.lanes.length;
  return (
    <div class="wave-label" style={place}>
      <strong>{waveName(row.wave, row.canary)}</strong>
      <span class="muted">{count === 1 ? '1 instance' : `${count} instances, ${row.concurrency} at a time`}</span>
      <OutcomeCounts tally={tallyOf(row.lanes)} />
    </div>
  );
}

/** What the run did between waves, behind all lanes. */
function Bands(props: { chart: Chart; view: Span; width: number; height: number; now: number }) {
  const { chart, view, width, height, now } = props;
  return (
    <>
      {chart.marks.map((mark) => {
        const box = boxOf(spanOf(mark, now), view, width, 1);
        if (box === undefined) return null;
        return (
          <rect key={`${mark.kind} ${mark.from}`} class="band" data-kind={mark.kind} y="0" height={height} {...box} />
        );
      })}
    </>
  );
}

/** An upright line at a time. */
export function Upright(props: { class: string; time: number | null; view: Span; width: number; height: number }) {
  const { time, view, width, height } = props;
  if (time === null || time < view.from || time > view.to) return null;
  const x = xOf(time, view, width);
  return <line class={props.class} x1={x} x2={x} y1="0" y2={height} />;
}
