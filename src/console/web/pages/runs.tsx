/** All runs, newest first, with filters and a search that stand in the address. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { RunPage } from '../../api/shapes.ts';
import { ask } from '../data/api.ts';
import { useLoaded } from '../data/use-data.ts';
import { usePlace } from '../navigation/place.ts';
import { Heading } from '../shell/heading.tsx';
import { Nothing, Notice, Shown } from '../states/states.tsx';
import { useRunClock } from '../time/use-clock.ts';
import { RunFilters } from './runs/filters.tsx';
import { RunList } from './runs/list.tsx';
import { filtersOf, firstRuns, listAddress } from './runs/query.ts';

const PAGE = 50;

/** The list of runs. */
export function RunsPage() {
  const { query } = usePlace();
  const filters = useMemo(() => filtersOf(query), [query]);
  const address = listAddress(filters);
  const [longer, setLonger] = useState({ address, count: PAGE });
  const count = longer.address === address ? longer.count : PAGE;
  const load = useCallback(
    (signal: AbortSignal) => firstRuns(filters, count, (url) => ask<RunPage>(url, signal)),
    [address, count],
  );
  const loaded = useLoaded(address, load, 'every run');
  return (
    <>
      <div class="page-head">
        <Heading title="Runs" />
      </div>
      <RunFilters filters={filters} page={loaded.data} />
      <Shown of={loaded} what="the runs">
        {(page) => (
          <Runs page={page} filtered={address !== '/'} more={() => setLonger({ address, count: count + PAGE })} />
        )}
      </Shown>
    </>
  );
}

function Runs({ page, filtered, more }: { page: RunPage; filtered: boolean; more: () => void }) {
  const now = useRunClock(page.now, true);
  return (
    <>
      {page.missing.map(({ what, why, next }) => (
        <Notice key={what} tone="warn" what={`Without the runs of ${what}: ${why}`} next={next} />
      ))}
      <div class="panel">
        {page.runs.length > 0 ? <RunList runs={page.runs} now={now} /> : <NoRuns filtered={filtered} />}
        {page.next === null ? null : (
          <div class="chunk-more">
            <button type="button" onClick={more}>
              Load more
            </button>
          </div>
        )}
      </div>
    </>
  );
}

function NoRuns({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Nothing title="No run fits these filters">
        <p>
          Loosen them, or look at <a href="/">all runs</a>.
        </p>
      </Nothing>
    );
  }
  return (
    <Nothing title="No run yet">
      <p>
        A run shows here as soon as it begins: by <code>drydock run</code>, or by a maintenance window.{' '}
        <code>drydock demo</code> shows one without an AWS account.
      </p>
    </Nothing>
  );
}
