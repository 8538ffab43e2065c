/** The health checks of an instance in a run: each URL that was asked, how often, and what it said. */
import type { InstanceDocument } from '../../../api/shapes.ts';
import { Nothing } from '../../states/states.tsx';
import type { Look } from '../../status/looks.ts';
import { Labelled } from '../../status/status.tsx';
import { duration } from '../../time/format.ts';
import { Time } from '../../time/time.tsx';

type Check = InstanceDocument['checks'][number];

const WHERE: Record<Check['where'], string> = {
  before: 'Before it left service',
  'in the dock': 'In the dock',
  'in service': 'Back in service',
};

const HEALTHY: Look = { word: 'healthy', shape: 'check', tone: 'ok' };
const SICK: Look = { word: 'not healthy', shape: 'cross', tone: 'bad' };

/** In the order in which they were made. */
export function ChecksPanel({ checks }: { checks: Check[] }) {
  return (
    <section class="panel" aria-labelledby="checks">
      <div class="panel-head">
        <h2 id="checks">Health checks</h2>
      </div>
      {checks.length === 0 ? (
        <Nothing title="No check was made">
          <p>The policy asks none, or the instance did not come to one.</p>
        </Nothing>
      ) : (
        <ol class="checks">
          {checks.map((check) => (
            <CheckItem key={check.at + check.where} check={check} />
          ))}
        </ol>
      )}
    </section>
  );
}

function CheckItem({ check: { at, to, where, healthy, reason, urls } }: { check: Check }) {
  return (
    <li class="check">
      <div class="check-head">
        <strong>{WHERE[where]}</strong>
        <Labelled look={healthy ? HEALTHY : SICK} />
        <span class="muted small">
          <Time at={at} as="clock" />, took {duration(Date.parse(to) - Date.parse(at))}
        </span>
      </div>
      {urls.length === 0 ? (
        <p class="small">{reason}</p>
      ) : (
        <ul class="check-urls">
          {urls.map(({ url, healthy, attempts, successes, lastReason, latencyMs }) => (
            <li key={url} data-tone={healthy ? 'ok' : 'bad'}>
              <span class="mono small check-url">{url}</span>
              <span class="small">
                {successes} of {attempts} succeeded
                {latencyMs === null ? null : `, the last answer in ${Math.round(latencyMs)} ms`}
              </span>
              {healthy ? null : <span class="small check-reason">{lastReason}</span>}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
