/** The calendar: a row a patch, a bar an environment from the release to the approval and on, the windows above, and today. */
import { useState } from 'preact/hooks';
import type { Calendar } from '../../../api/shapes.ts';
import { Nothing } from '../../states/states.tsx';
import { Icon } from '../../status/icon.tsx';
import type { Look } from '../../status/looks.ts';
import { CveList, Severity } from '../../status/patch.tsx';
import { counted } from '../../status/tally.ts';
import { dateOf } from '../../time/format.ts';
import { Time } from '../../time/time.tsx';
import { Sentence } from '../exposure/sentence.tsx';
import {
  type Entry,
  type Environment,
  goesOut,
  openingsOf,
  type Patch,
  partsOf,
  placeOf,
  type Span,
  spanOf,
  timeOf,
  weeksOf,
} from './picture.ts';

const AT_FIRST = 60;

/** `now`: ms since 1970. */
export function CalendarPicture({ calendar, now }: { calendar: Calendar; now: number }) {
  const [count, setCount] = useState(AT_FIRST);
  const { patches, environments } = calendar;
  const span = spanOf(calendar, now);
  return (
    <section class="panel calendar-panel" aria-labelledby="calendar">
      <div class="panel-head">
        <h2 id="calendar">
          Calendar <span class="views-count">{counted(patches.length)}</span>
        </h2>
        <Legend />
      </div>
      <div class="calendar">
        <Lines span={span} now={now} />
        <Axis span={span} now={now} />
        <Windows environments={environments} span={span} />
        {patches.length === 0 ? (
          <Nothing title={calendar.asOf === null ? 'Nothing was looked at yet' : 'Nothing is missing'}>
            <p>
              {calendar.looking
                ? 'The groups of the policy are being looked at.'
                : 'A patch stands here as soon as an instance misses it.'}
            </p>
          </Nothing>
        ) : (
          <ul class="calendar-rows">
            {patches.slice(0, count).map((patch) => (
              <PatchRow key={patch.title} patch={patch} environments={environments} span={span} now={now} />
            ))}
          </ul>
        )}
      </div>
      {patches.length > count ? (
        <div class="chunk-more">
          <button type="button" onClick={() => setCount(count + AT_FIRST)}>
            Show more
          </button>
        </div>
      ) : null}
    </section>
  );
}

const LEGEND: { kind: string; word: string }[] = [
  { kind: 'held', word: 'held' },
  { kind: 'open', word: 'no date known' },
  { kind: 'approved', word: 'approved' },
  { kind: 'window', word: 'window' },
  { kind: 'out', word: 'can go out' },
];

function Legend() {
  return (
    <ul class="calendar-legend" aria-label="What the bars mean">
      {LEGEND.map(({ kind, word }) => (
        <li key={kind}>
          <i class="calendar-part" data-kind={kind} aria-hidden="true" />
          {word}
        </li>
      ))}
      <li class="muted">pale: no instance misses it</li>
    </ul>
  );
}

function Lines({ span, now }: { span: Span; now: number }) {
  return (
    <div class="calendar-lines" aria-hidden="true">
      {weeksOf(span).map((week) => (
        <i key={week} style={{ left: `${placeOf(week, span)}%` }} />
      ))}
      <i class="calendar-today" style={{ left: `${placeOf(now, span)}%` }} />
    </div>
  );
}

/** What stands in the way of the word for today is left out. */
const TOO_NEAR = 8;

function Axis({ span, now }: { span: Span; now: number }) {
  const today = placeOf(now, span);
  return (
    <div class="calendar-axis" aria-hidden="true">
      <div class="calendar-track">
        {weeksOf(span)
          .map((week) => ({ week, left: placeOf(week, span) }))
          .filter(({ left }) => Math.abs(left - today) > TOO_NEAR && left < 96)
          .map(({ week, left }) => (
            <span key={week} style={{ left: `${left}%` }}>
              {dateOf(week).slice(0, -5)}
            </span>
          ))}
        <span class="calendar-now" style={{ left: `${today}%` }}>
          today
        </span>
      </div>
    </div>
  );
}

function Windows({ environments, span }: { environments: Environment[]; span: Span }) {
  const withWindows = environments.filter(({ windows }) => windows.length > 0);
  if (withWindows.length === 0) return null;
  return (
    <div class="calendar-row calendar-windows" aria-hidden="true">
      <span class="calendar-name muted small">Windows</span>
      <div class="calendar-lanes">
        {withWindows.map((environment) => (
          <div key={environment.name} class="calendar-lane">
            <span class="calendar-env">{environment.name}</span>
            <div class="calendar-track">
              {openingsOf(environment, span).map(({ left, width }) => (
                <i
                  key={left}
                  class="calendar-part"
                  data-kind="window"
                  style={{ left: `${left}%`, width: `${width}%` }}
                />
              ))}
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  patch: Patch;
  environments: Environment[];
  span: Span;
  now: number;
}

function PatchRow({ patch, environments, span, now }: RowProps) {
  return (
    <li>
      <details class="calendar-patch">
        <summary class="calendar-row">
          <span class="calendar-name">
            <span class="calendar-id">{patch.id}</span>
            <Severity severity={patch.severity} />
          </span>
          <span class="calendar-lanes">
            {patch.in.map((entry) => (
              <Lane
                key={entry.environment}
                patch={patch}
                entry={entry}
                environment={environments.find(({ name }) => name === entry.environment)}
                span={span}
                now={now}
              />
            ))}
          </span>
        </summary>
        <InWords patch={patch} environments={environments} now={now} />
      </details>
    </li>
  );
}

interface LaneProps extends Omit<RowProps, 'environments'> {
  entry: Entry;
  environment: Environment | undefined;
}

function Lane({ patch, entry, environment, span, now }: LaneProps) {
  const look = lookOf(entry);
  const out = environment === undefined ? undefined : goesOut(environment, entry, now);
  return (
    <span class="calendar-lane" data-idle={entry.missing === 0} title={entry.waitsFor ?? ''}>
      <span class="calendar-env">
        <span class="status" data-tone={look.tone}>
          <Icon shape={look.shape} size={12} />
        </span>
        {entry.environment}
        <span class="unseen">
          {' '}
          {look.word}, {missingWords(entry)}.
        </span>
      </span>
      <span class="calendar-track" aria-hidden="true">
        {partsOf(patch, entry, span).map(({ kind, left, width }) => (
          <i key={kind} class="calendar-part" data-kind={kind} style={{ left: `${left}%`, width: `${width}%` }} />
        ))}
        {out === undefined || out > span.to ? null : (
          <i class="calendar-part" data-kind="out" style={{ left: `${placeOf(out, span)}%` }} />
        )}
      </span>
    </span>
  );
}

function lookOf({ state, at }: Entry): Look {
  if (state === 'approved') return { word: 'approved', shape: 'check', tone: 'ok' };
  if (state === 'never') return { word: 'never approved', shape: 'void', tone: 'quiet' };
  return { word: at === null ? 'held, no date known' : 'held', shape: 'pause', tone: 'wait' };
}

function missingWords({ missing }: Entry): string {
  if (missing === 0) return 'no instance misses it';
  return missing === 1 ? '1 instance misses it' : `${counted(missing)} instances miss it`;
}

/** All of it in words: what a glance at the bars cannot say. */
function InWords({ patch, environments, now }: Omit<RowProps, 'span'>) {
  return (
    <div class="calendar-words">
      <dl>
        <div>
          <dt>Patch</dt>
          <dd class="mono small">{patch.title}</dd>
        </div>
        <div>
          <dt>Released</dt>
          <dd>{patch.releasedAt === null ? 'not known' : <Time at={patch.releasedAt} now={now} as="short" />}</dd>
        </div>
        <div>
          <dt>Rule</dt>
          <dd>{patch.rule ?? 'none matches it'}</dd>
        </div>
        <div>
          <dt>CVEs</dt>
          <dd>
            <CveList cves={patch.cves} />
          </dd>
        </div>
      </dl>
      <ul>
        {patch.in.map((entry) => (
          <li key={entry.environment}>
            <EntryWords
              entry={entry}
              environment={environments.find(({ name }) => name === entry.environment)}
              now={now}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

function EntryWords({ entry, environment, now }: { entry: Entry; environment: Environment | undefined; now: number }) {
  const out = environment === undefined ? undefined : goesOut(environment, entry, now);
  const at = timeOf(entry.at);
  return (
    <>
      <strong>{entry.environment}</strong>: {missingWords(entry)};{' '}
      {entry.state === 'approved' && at !== undefined ? (
        <>
          approved since <Time at={at} now={now} as="short" />.
        </>
      ) : (
        <>
          {entry.state === 'never' ? 'never approved' : 'held'}
          {at === undefined ? null : (
            <>
              {' '}
              until <Time at={at} now={now} as="short" />
            </>
          )}
          : <Sentence text={entry.waitsFor ?? ''} now={now} />.
        </>
      )}
      {out === undefined ? null : (
        <>
          {' '}
          It can go out in the window of <Time at={out} now={now} as="short" />.
        </>
      )}
    </>
  );
}
