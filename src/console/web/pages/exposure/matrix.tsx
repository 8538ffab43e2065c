/** The exposure at a glance: environments down, severities across. Each cell leads to its patches. */
import type { Exposure } from '../../../api/shapes.ts';
import { Icon } from '../../status/icon.tsx';
import type { Shape, Tone } from '../../status/looks.ts';
import { counted } from '../../status/tally.ts';
import { Time } from '../../time/time.tsx';
import { exposureAddress, type Filters } from './filters.ts';

type Row = Exposure['rows'][number];

/** `now`: ms since 1970. */
export function Matrix({ rows, filters, now }: { rows: Row[]; filters: Filters; now: number }) {
  const environments = [...Map.groupBy(rows, ({ environment }) => environment)];
  const severities = [...new Set(rows.map(({ severity }) => severity))];
  return (
    <div class="panel table-frame">
      <table class="exposure">
        <caption class="unseen">Patches that wait, by environment and severity</caption>
        <thead>
          <tr>
            <th scope="col">Environment</th>
            {severities.map((severity) => (
              <th key={severity} scope="col">
                {severity === '' ? 'No severity' : severity}
              </th>
            ))}
            <th scope="col">Next window</th>
          </tr>
        </thead>
        <tbody>
          {environments.map(([environment, of]) => (
            <tr key={environment}>
              <th scope="row">{environment}</th>
              {of.map((row) => (
                <Cell key={row.severity} row={row} now={now} chosen={isChosen(row, filters)} />
              ))}
              <td class="exposure-window" data-name="Next window">
                <NextWindow at={of[0]?.nextWindow ?? null} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function isChosen({ environment, severity }: Row, filters: Filters): boolean {
  return filters.environment === environment && filters.severity === severity;
}

function NextWindow({ at, now }: { at: string | null; now: number }) {
  if (at === null) return <span class="muted">none known</span>;
  return (
    <span class="two-lines">
      {Date.parse(at) <= now ? <strong>open now</strong> : <Time at={at} now={now} as="short" />}
      <span class="muted small">
        {Date.parse(at) <= now ? 'since ' : null}
        {Date.parse(at) <= now ? <Time at={at} now={now} as="short" /> : <Time at={at} now={now} as="from now" />}
      </span>
    </span>
  );
}

function Cell({ row, now, chosen }: { row: Row; now: number; chosen: boolean }) {
  const { environment, severity, waiting, approved, instances, oldestDays, approvedSince } = row;
  if (waiting === 0) {
    return (
      <td class="exposure-cell" data-name={severity}>
        <span class="exposure-none">
          <Icon shape="check" size={14} /> none
        </span>
      </td>
    );
  }
  const look = lookOf(row);
  return (
    <td class="exposure-cell" data-name={severity} data-tone={look.tone} data-chosen={chosen}>
      <a href={exposureAddress(chosen ? {} : { environment, severity })} aria-current={chosen ? 'true' : undefined}>
        <span class="exposure-count">
          <Icon shape={look.shape} size={16} />
          <span class="unseen">
            {severity} in {environment}:{' '}
          </span>
          {counted(waiting)}
          <span class="unseen"> {waiting === 1 ? 'patch' : 'patches'}, </span>
        </span>
        <span class="exposure-facts">
          {approved === 0 || approvedSince === null ? (
            <span>held, not approved yet</span>
          ) : (
            <span>
              {approved === waiting ? 'approved' : `${counted(approved)} approved`} since{' '}
              <Time at={approvedSince} now={now} as="short" />
            </span>
          )}
          <span>
            {oldestDays === null ? 'age unknown' : `oldest ${days(oldestDays)}`} · {plural(instances, 'instance')}
          </span>
        </span>
      </a>
    </td>
  );
}

/** Grave and approved for a week is what somebody should look at. */
const OVERDUE_DAYS = 7;

function lookOf({ severity, approved, oldestDays }: Row): { tone: Tone; shape: Shape } {
  if (approved === 0) return { tone: 'quiet', shape: 'pause' };
  const isGrave = /^(critical|important|high|required)$/i.test(severity);
  if (isGrave && (oldestDays ?? 0) >= OVERDUE_DAYS) return { tone: 'bad', shape: 'alarm' };
  return isGrave ? { tone: 'warn', shape: 'alarm' } : { tone: 'wait', shape: 'info' };
}

/** `17 days`, `1.5 days`, `12 hours`. */
export function days(value: number): string {
  if (value < 1) return plural(Math.round(value * 24), 'hour');
  const rounded = value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${rounded} ${rounded === 1 ? 'day' : 'days'}`;
}

function plural(count: number, one: string, more = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : more}`;
}
