/** The picture itself: axis, lanes and capacity over one another, with one pointer through all. */
import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RunDocument } from '../../../../api/shapes.ts';
import { Axis } from './axis.tsx';
import { levelAt } from './capacity.ts';
import { CapacityPlot } from './capacity-plot.tsx';
import { type Chart, type Row, rowsBetween, rowsOf } from './chart.ts';
import { Lanes } from './lanes.tsx';
import { Readout } from './readout.tsx';
import { timeAt } from './span.ts';
import { targetOf } from './target.ts';
import { useCursor } from './use-cursor.ts';
import { usePointer } from './use-pointer.ts';
import { letterScale, useSize } from './use-size.ts';
import type { View } from './use-view.ts';

const WAVE_PX = 30;
const LANE_PX = 24;
const GUTTER_PX = { wide: 248, narrow: 116 };
const NARROW_PX = 640;
/** Rows are drawn some way beyond what is in sight: to scroll a little draws nothing anew. */
const SCROLL_STEP_PX = 120;

export interface FigureProps {
  run: RunDocument;
  chart: Chart;
  view: View;
  now: number;
}

/** As wide as there is room; its lanes scroll. */
export function Figure({ run, chart, view, now }: FigureProps) {
  const frame = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const scale = useMemo(letterScale, []);
  const size = useSize(box);
  const gutter = (size.width < NARROW_PX * scale ? GUTTER_PX.narrow : GUTTER_PX.wide) * scale;
  const width = Math.max(0, size.width - gutter);
  const heights = useMemo(() => ({ wave: WAVE_PX * scale, lane: LANE_PX * scale }), [scale]);
  const { rows, height } = useMemo(() => rowsOf(chart.lanes, run.waves, heights), [chart, run.waves, heights]);
  const inSight = useRowsInSight(scroller, rows, chart.to === null);
  const pointer = usePointer(frame, { gutter, width, view });
  const keys = useCursor({ run, chart, rows, view, now, scroller, heights });
  const target = targetOf({
    pointer,
    cursor: keys.cursor,
    head,
    box,
    scroller,
    chart,
    rows,
    heights,
    view,
    gutter,
    width,
    scale,
    now,
  });
  const pointed = pointer === null ? null : timeAt(pointer.x, view.span, width);
  const drawn = { chart, view: view.span, width, scale, now, pointed };
  return (
    <div
      class="figure"
      ref={frame}
      role="application"
      aria-label={`Timeline of ${chart.lanes.length} instances: arrows go from step to step, plus and minus zoom`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its own keys move within it; the same as a table is a button away
      tabIndex={0}
      style={{ '--gutter': `${gutter}px` }}
      onKeyDown={keys.onKeyDown}
      onBlur={keys.leave}
    >
      <div class="figure-head" ref={head}>
        <div class="gutter muted small">The run itself</div>
        {width > 0 ? <Axis {...drawn} /> : null}
      </div>
      <div class="figure-scroll" ref={scroller}>
        <div class="figure-rows" ref={box} style={{ height: `${height}px` }}>
          {width > 0 ? <Lanes {...drawn} runId={run.runId} rows={inSight} heights={heights} at={target.at} /> : null}
        </div>
      </div>
      <div class="figure-foot">
        <div class="gutter">
          <h3 id="capacity">In service</h3>
          <InService chart={chart} time={pointed ?? chart.to ?? now} />
        </div>
        {width > 0 ? <CapacityPlot {...drawn} /> : null}
      </div>
      {target.told === undefined ? null : <Readout told={target.told} x={target.x} y={target.y} />}
      <p class="unseen" role="status">
        {keys.words}
      </p>
    </div>
  );
}

/** How many were in service then. */
function InService({ chart, time }: { chart: Chart; time: number }) {
  const level = levelAt(chart.capacity, time);
  return (
    <p class="small">
      {level === undefined ? 'not known' : `${level} of ${chart.desired}`}
      <span class="muted"> · floor {chart.floor}</span>
    </p>
  );
}

/** The rows to draw. What is in hand is scrolled to at first, where a run goes on. */
function useRowsInSight(scroller: RefObject<HTMLDivElement | null>, rows: Row[], goesOn: boolean): Row[] {
  const [top, setTop] = useState(0);
  const { height } = useSize(scroller);
  useEffect(() => {
    const element = scroller.current;
    const onScroll = () => setTop(Math.round((element?.scrollTop ?? 0) / SCROLL_STEP_PX) * SCROLL_STEP_PX);
    element?.addEventListener('scroll', onScroll, { passive: true });
    return () => element?.removeEventListener('scroll', onScroll);
  }, [scroller]);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current || height === 0) return;
    first.current = false;
    const inHand = rows.find((row) => row.is === 'lane' && row.lane.outcome === 'patching');
    if (goesOn && inHand !== undefined) scroller.current?.scrollTo(0, inHand.top - height / 3);
  }, [height, rows, goesOn, scroller]);
  return useMemo(() => rowsBetween(rows, top, top + height), [rows, top, height]);
}
