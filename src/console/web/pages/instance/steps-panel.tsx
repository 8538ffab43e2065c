/** The steps of an instance, one below the other, each as long as it took. */
import type { InstanceDocument } from '../../../api/shapes.ts';
import { duration } from '../../time/format.ts';
import { Time } from '../../time/time.tsx';
import { type Bar, barsOf } from './steps.ts';

/** `now`: the runs' clock, in ms since 1970. */
export function StepsPanel({ steps, now }: { steps: InstanceDocument['steps']; now: number }) {
  const bars = barsOf(steps, now);
  return (
    <section class="panel" aria-labelledby="steps">
      <div class="panel-head">
        <h2 id="steps">Steps</h2>
        {bars.length === 0 ? <p class="muted small">It was never begun, or its history is no longer kept.</p> : null}
      </div>
      {bars.length === 0 ? null : (
        <ol class="steps">
          {bars.map((bar) => (
            <Step key={bar.from + bar.step} bar={bar} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Step({ bar: { step, look, from, to, took, left, width } }: { bar: Bar }) {
  return (
    <li class="step">
      <span class="step-name">{step}</span>
      <span class="step-took">
        {tookWords(took)}
        {to === null ? ' so far' : null}
      </span>
      <span class="step-track" aria-hidden="true">
        <i
          class="step-bar piece"
          data-step={look}
          data-open={to === null}
          style={{ left: `min(${left}%, 100% - 3px)`, width: `max(${width}%, 3px)` }}
        />
      </span>
      <span class="step-times muted small">
        <Time at={from} as="clock" />
        {to === null ? ', goes on' : null}
        {to === null ? null : (
          <>
            {' – '}
            <Time at={to} as="clock" />
          </>
        )}
      </span>
    </li>
  );
}

/** `0.2s`, `39s`, `2m 19s`. */
function tookWords(ms: number): string {
  return ms >= 50 && ms < 9_950 ? `${(ms / 1000).toFixed(1)}s` : duration(ms);
}
