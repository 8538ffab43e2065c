/** The filters and the search above the list. All of it stands in the address. */
import { useState } from 'preact/hooks';
import type { RunPage } from '../../../api/shapes.ts';
import { SearchBox } from '../../controls/search-box.tsx';
import { go } from '../../navigation/place.ts';
import { ENGINE_WORDS, keysOf, STATUS_LOOKS } from '../../status/looks.ts';
import { type FilterKey, type Filters, listAddress } from './query.ts';

interface Choice {
  value: string;
  word: string;
}

const asChoices = (values: string[]): Choice[] => values.map((value) => ({ value, word: value }));
const STATUSES = keysOf(STATUS_LOOKS).map((value) => ({ value, word: STATUS_LOOKS[value].word }));
const ENGINES = keysOf(ENGINE_WORDS).map((value) => ({ value, word: ENGINE_WORDS[value] }));
const TRIGGERS: Choice[] = [
  { value: 'window', word: 'a window' },
  { value: 'person', word: 'a person' },
  { value: 'api', word: 'the API' },
];
const SPANS: Choice[] = [
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
  const select = (name: FilterKey, any: string, choices: Choice[]) => (
    <Select key={name} name={name} any={any} choices={choices} value={filters[name] ?? ''} change={change} />
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
        {select('environment', 'Any environment', asChoices(page?.environments ?? []))}
        {select('group', 'Any group', asChoices(page?.groups ?? []))}
        {select('policy', 'Any policy', asChoices(page?.policies ?? []))}
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

interface SelectProps {
  name: FilterKey;
  any: string;
  choices: Choice[];
  value: string;
  change: (changes: Filters) => void;
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

function Select({ name, any, choices, value, change }: SelectProps) {
  // An address may name what is not among the choices: it is shown all the same, since the list goes by it.
  const known = value === '' || choices.some((choice) => choice.value === value);
  const all = known ? choices : [...choices, { value, word: value }];
  return (
    <select
      aria-label={LABELS[name]}
      data-chosen={value !== ''}
      value={value}
      onChange={({ currentTarget }) => change({ [name]: currentTarget.value })}
    >
      <option value="">{any}</option>
      {all.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.word}
        </option>
      ))}
    </select>
  );
}
