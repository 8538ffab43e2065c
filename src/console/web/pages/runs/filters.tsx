/** The filters and the search above the list. All of it stands in the address. */
import { useState } from 'preact/hooks';
import type { RunPage } from '../../../api/shapes.ts';
import { asOptions, Choice, type Option } from '../../controls/choice.tsx';
import { SearchBox } from '../../controls/search-box.tsx';
import { go } from '../../navigation/place.ts';
import { ENGINE_WORDS, keysOf, STATUS_LOOKS } from '../../status/looks.ts';
import { type FilterKey, type Filters, listAddress } from './query.ts';

const STATUSES = keysOf(STATUS_LOOKS).map((value) => ({ value, word: STATUS_LOOKS[value].word }));
const ENGINES = keysOf(ENGINE_WORDS).map((value) => ({ value, word: ENGINE_WORDS[value] }));
const TRIGGERS: Option[] = [
  { value: 'window', word: 'a window' },
  { value: 'person', word: 'a person' },
  { value: 'api', word: 'the API' },
];
const SPANS: Option[] = [
  { value: '1d', word: 'last 24 hours' },
  { value: '7d', word: 'last 7 days' },
  { value: '30d', word: 'last 30 days' },
  { value: '90d', word: 'last 90 days' },
];

/** `page` has what there is to filter by, once it is known. */
export function RunFilters({ filters, page }: { filters: Filters; page: RunPage | undefined }) {
  const [unfolded, unfold] = useState(false);
  const chosen = Object.keys(filters).filter((key) => key !== 'q').length;
  const change = (changes: Filters) => go(listAddress({ ...filters, ...changes }));
  const select = (name: FilterKey, any: string, choices: Option[]) => (
    <Choice
      key={name}
      label={LABELS[name]}
      any={any}
      options={choices}
      value={filters[name] ?? ''}
      onChange={(value) => change({ [name]: value })}
    />
  );
  return (
    <search class="filters" data-unfolded={unfolded}>
      <SearchBox
        label="Search runs"
        hint="Search id, group, policy, person, reason"
        value={filters.q ?? ''}
        onChange={(q) => go(listAddress({ ...filters, q }), 'replace')}
      />
      <button type="button" class="filters-fold" aria-expanded={unfolded} onClick={() => unfold(!unfolded)}>
        Filters{chosen > 0 ? ` · ${chosen}` : ''}
      </button>
      <div class="filters-row">
        {select('status', 'Any status', STATUSES)}
        {select('environment', 'Any environment', asOptions(page?.environments ?? []))}
        {select('group', 'Any group', asOptions(page?.groups ?? []))}
        {select('policy', 'Any policy', asOptions(page?.policies ?? []))}
        {select('trigger', 'Begun by anyone', TRIGGERS)}
        {select('engine', 'Any engine', ENGINES)}
        {select('since', 'Any time', SPANS)}
        {chosen > 0 || filters.q !== undefined ? (
          <button type="button" class="quiet" onClick={() => go('/')}>
            Clear
          </button>
        ) : null}
      </div>
    </search>
  );
}

const LABELS: Record<FilterKey, string> = {
  status: 'Status',
  environment: 'Environment',
  group: 'Group',
  policy: 'Policy',
  trigger: 'Trigger',
  engine: 'Engine',
  since: 'Began in',
  q: 'Search',
};
