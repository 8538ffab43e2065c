/** The timeline of a run: a lane an instance, what the run did between waves, and the capacity below. */
import { useMemo, useState } from 'preact/hooks';
import type { RunDocument, Timeline } from '../../../../api/shapes.ts';
import { keysOf } from '../../../status/looks.ts';
import { useRunClock } from '../../../time/use-clock.ts';
import { chartOf, type Step } from './chart.ts';
import { Figure } from './figure.tsx';
import { Patterns } from './patterns.tsx';
import { whole } from './span.ts';
import { StepsTable } from './steps-table.tsx';
import { useView } from './use-view.ts';
import { STEP_WORDS } from './words.ts';

const TICK_MS = 250;

/** As a picture, or, at the reader's wish, as a table. */
export function TimelinePanel({ run, timeline }: { run: RunDocument; timeline: Timeline }) {
  const chart = useMemo(() => chartOf(timeline), [timeline]);
  const now = useRunClock(timeline.now, chart.to === null, TICK_MS);
  const view = useView(whole(chart.from, chart.to ?? now));
  const [asTable, setAsTable] = useState(false);
  const steps = useMemo(() => stepsIn(timeline), [timeline]);
  return (
    <section class="panel timeline" aria-labelledby="timeline">
      <Patterns />
      <div class="panel-head">
        <h2 id="timeline">Timeline</h2>
        <Legend steps={steps} />
        <div class="timeline-tools">
          {asTable ? null : (
            <fieldset aria-label="Zoom">
              <button type="button" aria-label="Farther" disabled={view.fits} onClick={() => view.zoom(1.6)}>
                −
              </button>
              <button type="button" disabled={view.fits} onClick={view.fit}>
                Fit
              </button>
              <button type="button" aria-label="Closer" onClick={() => view.zoom(1 / 1.6)}>
                +
              </button>
            </fieldset>
          )}
          <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            As a table
          </button>
        </div>
      </div>
      {asTable ? (
        <StepsTable runId={run.runId} chart={chart} steps={steps} now={now} />
      ) : (
        <Figure run={run} chart={chart} view={view} now={now} />
      )}
    </section>
  );
}

function stepsIn(timeline: Timeline): Step[] {
  const found = new Set(timeline.lanes.flatMap(({ segments }) => segments.map(({ step }) => step)));
  return keysOf(STEP_WORDS).filter((step) => found.has(step));
}

function Legend({ steps }: { steps: Step[] }) {
  return (
    <ul class="legend">
      {steps.map((step) => (
        <li key={step}>
          <svg class="plot" width="1.1rem" height="0.75rem" aria-hidden="true">
            <g class="piece" data-step={step}>
              <rect x="0.5" y="0.5" width="95%" height="90%" rx="2" />
              <rect class="piece-pattern" x="0.5" y="0.5" width="95%" height="90%" rx="2" />
            </g>
          </svg>
          {STEP_WORDS[step]}
        </li>
      ))}
    </ul>
  );
}
