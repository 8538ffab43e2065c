/** How exposed the fleets are: what waits, how old it is, and how long patches took. For people who answer to auditors, too. */
import { useMemo } from 'preact/hooks';
import type { Exposure } from '../../api/shapes.ts';
import { useAgainUntil } from '../data/use-again.ts';
import { useData } from '../data/use-data.ts';
import { usePlace } from '../navigation/place.ts';
import { Heading } from '../shell/heading.tsx';
import { AsOf, StaleGroups } from '../states/as-of.tsx';
import { Nothing, Shown } from '../states/states.tsx';
import { Days } from './exposure/days.tsx';
import { filtersOf } from './exposure/filters.ts';
import { PatchList } from './exposure/list.tsx';
import { Matrix } from './exposure/matrix.tsx';

/** The exposure of every group of the policy. */
export function ExposurePage() {
  const loaded = useData<Exposure>('/api/exposure', 'every run');
  useAgainUntil(loaded, ({ looking, history }) => !looking && history.read >= history.of);
  return (
    <>
      <div class="page-head">
        <div>
          <Heading title="Exposure" />
          {loaded.data === undefined ? null : <AsOf {...loaded.data} />}
        </div>
        <div class="actions-row not-printed">
          <a class="button" href="/api/exposure.csv" download>
            CSV
          </a>
          <a class="button" href="/api/exposure" download="exposure.json">
            JSON
          </a>
          <button type="button" onClick={() => window.print()}>
            Print
          </button>
        </div>
      </div>
      <Shown of={loaded} what="the exposure">
        {(exposure) => <Whole exposure={exposure} />}
      </Shown>
    </>
  );
}

function Whole({ exposure }: { exposure: Exposure }) {
  const { query } = usePlace();
  const filters = useMemo(() => filtersOf(query), [query]);
  const now = Date.parse(exposure.now);
  const environments = exposure.rows.map(({ environment }) => environment);
  return (
    <div class="sections">
      <div>
        <StaleGroups stale={exposure.stale} />
        {exposure.rows.length === 0 ? (
          <div class="panel">
            <Nothing title="Nothing was looked at yet">
              <p>
                {exposure.looking
                  ? 'The groups of the policy are being looked at for the first time: a few seconds for each.'
                  : 'The groups of the policy show here once they can be looked at, or a run was on them.'}
              </p>
            </Nothing>
          </div>
        ) : (
          <Matrix rows={exposure.rows} filters={filters} now={now} />
        )}
      </div>
      <Days latency={exposure.latency} history={exposure.history} environments={environments} />
      {exposure.rows.length === 0 ? null : <PatchList patches={exposure.patches} filters={filters} now={now} />}
    </div>
  );
}
