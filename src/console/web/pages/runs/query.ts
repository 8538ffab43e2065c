/** The filters of the list, as they stand in the page's address and in what the API is asked. */
import type { RunPage, RunQuery, RunRow } from '../../../api/shapes.ts';
import { withQuery } from '../../navigation/path.ts';

export type FilterKey = 'status' | 'environment' | 'group' | 'policy' | 'trigger' | 'engine' | 'since' | 'q';
export type Filters = Partial<Record<FilterKey, string>>;

const KEYS: FilterKey[] = ['q', 'status', 'environment', 'group', 'policy', 'trigger', 'engine', 'since'];

/** The filters that an address names; what else stands in it is nothing to the list. */
export function filtersOf(query: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const key of KEYS) {
    const value = query.get(key)?.trim() ?? '';
    if (value !== '') filters[key] = value;
  }
  return filters;
}

/** The address of the list with these filters. */
export function listAddress(filters: Filters): string {
  return withQuery('/', filters);
}

const MOST_AT_ONCE: RunQuery['limit'] = 200;

/**
 * The first `count` runs, in as many requests as it takes: all anew each time, so that a list that was made longer is as fresh
 * further down as at its top. `ask` gets a page.
 */
export async function firstRuns(
  filters: Filters,
  count: number,
  ask: (url: string) => Promise<RunPage>,
): Promise<RunPage> {
  const page = (before: string | null, wanted: number) =>
    ask(withQuery('/api/runs', { ...filters, before: before ?? undefined, limit: Math.min(wanted, MOST_AT_ONCE) }));
  const first = await page(null, count);
  const runs = [...first.runs];
  let { next } = first;
  while (next !== null && runs.length < count) {
    const more = await page(next, count - runs.length);
    runs.push(...more.runs);
    next = more.next;
  }
  return { ...first, runs, next };
}

/** Who or what began a run: `person: anna` is `anna`, a person. */
export function triggerWords(trigger: RunRow['trigger']): { who: string; kind: string } {
  const [kind = '', ...rest] = trigger.split(': ');
  const who = rest.join(': ');
  if (who !== '') return { who, kind };
  return { who: { window: 'Window', person: 'Person', api: 'API' }[kind] ?? trigger, kind: '' };
}

/** The same within a sentence: `anna`, `a maintenance window`, `window mw-1`, `the API`. */
export function begunBy(trigger: RunRow['trigger']): string {
  const { who, kind } = triggerWords(trigger);
  if (kind === 'window') return `window ${who}`;
  if (kind === 'api') return `${who} through the API`;
  return { window: 'a maintenance window', person: 'a person', api: 'the API' }[trigger] ?? who;
}
