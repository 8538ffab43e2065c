/** The history of a run, event by event, with filters that stand in the address. */
import { useCallback, useRef, useState } from 'preact/hooks';
import type { EventPage, RunDocument, RunEvent } from '../../../api/shapes.ts';
import { Columns } from '../../controls/columns.tsx';
import { SearchBox } from '../../controls/search-box.tsx';
import { ask } from '../../data/api.ts';
import { useLoaded } from '../../data/use-data.ts';
import { changedQuery, pathOf, withQuery } from '../../navigation/path.ts';
import { go, usePlace } from '../../navigation/place.ts';
import { Nothing, Shown } from '../../states/states.tsx';
import { Time } from '../../time/time.tsx';
import { EVENT_TYPES } from './event-types.ts';
import { readOn } from './events.ts';

/** The oldest first, a page at a time. */
export function EventsView({ run }: { run: RunDocument }) {
  const { path, query } = usePlace();
  const filters = { of: query.get('of') ?? '', type: query.get('type') ?? '', q: query.get('q') ?? '' };
  const address = `/api${pathOf('runs', run.runId, 'events')}`;
  const question = withQuery(address, filters);
  const executions = [
    { about: 'The run', types: ['rollout'] },
    { about: 'Instances', types: run.instances.map(({ instanceId }) => instanceId) },
  ];
  const { loaded, more } = useEvents(question, run.runId);
  const change = (changes: Record<string, string>) =>
    go(withQuery(path, changedQuery(query, { view: 'events', ...changes })), 'replace');
  return (
    <>
      <div class="view-tools">
        <SearchBox
          label="Search events"
          hint="Type, state or details"
          value={filters.q}
          onChange={(q) => change({ q })}
        />
        <Choice
          label="Execution"
          any="All executions"
          value={filters.of}
          groups={executions}
          onChange={(of) => change({ of })}
        />
        <Choice
          label="Type"
          any="Any type"
          value={filters.type}
          groups={EVENT_TYPES}
          onChange={(type) => change({ type })}
        />
        <a class="button" href={withQuery(address, { ...filters, download: 'ndjson' })} download>
          Download
        </a>
      </div>
      <Shown of={loaded} what="the events">
        {(pages) => <Events events={pages.flatMap(({ events }) => events)} more={pages.at(-1)?.next ? more : null} />}
      </Shown>
    </>
  );
}

/** Pages that are full are kept: only the last one grows. */
function useEvents(question: string, runId: string) {
  const [longer, setLonger] = useState({ question, pages: 1 });
  const pages = longer.question === question ? longer.pages : 1;
  const kept = useRef<{ question: string; pages: EventPage[] }>({ question, pages: [] });
  const load = useCallback(
    async (signal: AbortSignal) => {
      const before = kept.current.question === question ? kept.current.pages : [];
      const page = (after: string | undefined) => ask<EventPage>(addedTo(question, after), signal);
      const all = await readOn(before, pages, page);
      kept.current = { question, pages: all };
      return all;
    },
    [question, pages],
  );
  const loaded = useLoaded(question, load, { runId });
  return { loaded, more: () => setLonger({ question, pages: pages + 1 }) };
}

function addedTo(question: string, after: string | undefined): string {
  if (after === undefined) return question;
  const [path = '', query] = question.split('?');
  return withQuery(path, { ...Object.fromEntries(new URLSearchParams(query)), after });
}

interface ChoiceProps {
  label: string;
  any: string;
  value: string;
  groups: { about: string; types: string[] }[];
  onChange: (value: string) => void;
}

function Choice({ label, any, value, groups, onChange }: ChoiceProps) {
  const known = value === '' || groups.some(({ types }) => types.includes(value));
  return (
    <select
      aria-label={label}
      data-chosen={value !== ''}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    >
      <option value="">{any}</option>
      {known ? null : <option>{value}</option>}
      {groups.map(({ about, types }) => (
        <optgroup key={about} label={about}>
          {types.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

function Events({ events, more }: { events: RunEvent[]; more: (() => void) | null }) {
  if (events.length === 0) return <Nothing title="No event fits" />;
  return (
    <>
      <table class="stacking events">
        <Columns of={['Time', 'Execution', { word: 'Id', right: true }, 'Type', 'State', 'Details']} />
        <tbody>
          {events.map((event) => (
            <EventCells key={`${event.of} ${event.id}`} event={event} />
          ))}
        </tbody>
      </table>
      {more === null ? null : (
        <div class="chunk-more">
          <button type="button" onClick={more}>
            Load more
          </button>
        </div>
      )}
    </>
  );
}

function EventCells({ event: { of, id, timestamp, type, state, details } }: { event: RunEvent }) {
  return (
    <tr>
      <td class="tight">
        <Time at={timestamp} as="fine" />
      </td>
      <td class="mono tight">{of}</td>
      <td class="number muted" data-name="Id">
        {id}
      </td>
      <td>{type}</td>
      <td>{state}</td>
      <td class="event-details">{details === null ? null : <Details details={details} />}</td>
    </tr>
  );
}

function Details({ details }: { details: Record<string, unknown> }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary class="mono">{JSON.stringify(details).slice(0, 140)}</summary>
      {open ? <pre class="raw-text">{JSON.stringify(readable(details), null, 2)}</pre> : null}
    </details>
  );
}

/** Input and output are JSON within JSON: written out, they can be read. */
function readable(details: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).map(([key, value]) => [key, parsed(value)]));
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
