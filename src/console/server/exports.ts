/** What the API gives as files: events one a line, and the exposure as a table. */
import { csv } from '../../orchestrator/csv.ts';
import { type EventPage, type Exposure, eventQuery } from '../api/shapes.ts';

export const NDJSON = 'application/x-ndjson';
export const CSV = 'text/csv';
/** What one call of the source may give. */
export const MOST_EVENTS_AT_ONCE = eventQuery.shape.limit.unwrap().maxValue ?? 1000;

/** Events as JSON, one a line, from the first page on; the next page is asked for once the one before is taken. */
export async function* eventLines(
  first: EventPage,
  behind: (after: string) => Promise<EventPage>,
): AsyncGenerator<string> {
  for (let page = first; ; page = await behind(page.next)) {
    yield page.events.map((event) => `${JSON.stringify(event)}\n`).join('');
    if (page.next === null) return;
  }
}

const COLUMNS = [
  'environment',
  'group',
  'patch',
  'title',
  'classification',
  'severity',
  'cves',
  'rule',
  'instances',
  'releasedAt',
  'ageDays',
  'approvedSince',
  'heldUntil',
  'waitsFor',
] as const satisfies (keyof Exposure['patches'][number])[];

/** The patches that wait, with a header line; what is not known is empty, CVEs are parted by blanks. */
export function exposureCsv({ patches }: Exposure): string {
  const rows = patches.map((patch) => COLUMNS.map((column) => cell(patch[column])));
  return `${csv(COLUMNS, rows)}\r\n`;
}

function cell(value: string | number | string[] | null): string {
  return Array.isArray(value) ? value.join(' ') : String(value ?? '');
}
