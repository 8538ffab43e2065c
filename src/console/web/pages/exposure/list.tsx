/** The patches that wait, one by one and group by group. */
import { useState } from 'preact/hooks';
import { asOptions, Choice } from '../../controls/choice.tsx';
import { Columns } from '../../controls/columns.tsx';
import { SearchBox } from '../../controls/search-box.tsx';
import { go } from '../../navigation/place.ts';
import { Nothing } from '../../states/states.tsx';
import { CveList, PatchName, Severity } from '../../status/patch.tsx';
import { Labelled } from '../../status/status.tsx';
import { counted } from '../../status/tally.ts';
import { Ago, Time } from '../../time/time.tsx';
import { exposureAddress, type Filters, filtered, type Patch, valuesOf } from './filters.ts';
import { Sentence } from './sentence.tsx';

const AT_FIRST = 100;

/** With the filters that the address names. */
export function PatchList({ patches, filters, now }: { patches: Patch[]; filters: Filters; now: number }) {
  const shown = filtered(patches, filters);
  const [longer, setLonger] = useState({ filters, count: AT_FIRST });
  const count = longer.filters === filters ? longer.count : AT_FIRST;
  return (
    <section class="panel" aria-labelledby="patches-that-wait">
      <div class="panel-head">
        <h2 id="patches-that-wait">
          Patches that wait <span class="views-count">{counted(shown.length)}</span>
        </h2>
      </div>
      <ListFilters patches={patches} filters={filters} />
      {shown.length === 0 ? (
        <Nothing title={patches.length === 0 ? 'Nothing is missing' : 'No patch fits these filters'}>
          <p>
            {patches.length === 0 ? (
              'Every patch that Patch Manager knows of is installed on every instance that was looked at.'
            ) : (
              <>
                Loosen them, or look at <a href="/exposure">all patches</a>.
              </>
            )}
          </p>
        </Nothing>
      ) : (
        <table class="stacking exposure-list">
          <Columns of={['Patch', 'Severity', 'CVEs', 'Where', 'Released', 'Stands']} />
          <tbody>
            {shown.slice(0, count).map((patch) => (
              <PatchRow key={`${patch.group}\n${patch.title}`} patch={patch} now={now} />
            ))}
          </tbody>
        </table>
      )}
      {shown.length > count ? (
        <div class="chunk-more">
          <button type="button" onClick={() => setLonger({ filters, count: count + AT_FIRST })}>
            Show more
          </button>
        </div>
      ) : null}
    </section>
  );
}

function ListFilters({ patches, filters }: { patches: Patch[]; filters: Filters }) {
  const change = (changes: Filters) => go(exposureAddress({ ...filters, ...changes }), 'replace');
  const chosen = Object.keys(filters).length > 0;
  return (
    <search class="view-tools">
      <SearchBox
        label="Search patches"
        hint="Patch, CVE, group, rule"
        value={filters.q ?? ''}
        onChange={(q) => change({ q })}
      />
      <Choice
        label="Environment"
        any="Any environment"
        value={filters.environment ?? ''}
        options={asOptions(valuesOf(patches, 'environment'))}
        onChange={(environment) => change({ environment })}
      />
      <Choice
        label="Severity"
        any="Any severity"
        value={filters.severity ?? ''}
        options={asOptions(valuesOf(patches, 'severity'))}
        onChange={(severity) => change({ severity })}
      />
      <Choice
        label="Group"
        any="Any group"
        value={filters.group ?? ''}
        options={asOptions(valuesOf(patches, 'group'))}
        onChange={(group) => change({ group })}
      />
      <Choice
        label="State"
        any="Approved or held"
        value={filters.state ?? ''}
        options={asOptions(['approved', 'held'])}
        onChange={(state) => change({ state })}
      />
      {chosen ? (
        <button type="button" class="quiet" onClick={() => go('/exposure', 'replace')}>
          Clear
        </button>
      ) : null}
    </search>
  );
}

function PatchRow({ patch, now }: { patch: Patch; now: number }) {
  return (
    <tr>
      <th scope="row">
        <PatchName id={patch.patch} title={patch.title} />
      </th>
      <td>
        <Severity severity={patch.severity} classification={patch.classification} />
      </td>
      <td>
        <CveList cves={patch.cves} />
      </td>
      <td>
        <div class="two-lines">
          <span>
            {patch.group} <span class="tag">{patch.environment}</span>
          </span>
          <span class="muted small">
            {counted(patch.instances)} {patch.instances === 1 ? 'instance' : 'instances'}
          </span>
        </div>
      </td>
      <td class="tight" data-name="Released">
        {patch.releasedAt === null ? (
          <span class="muted">not known</span>
        ) : (
          <div class="two-lines">
            <Time at={patch.releasedAt} now={now} as="short" />
            <span class="muted small">
              <Ago at={patch.releasedAt} now={now} />
            </span>
          </div>
        )}
      </td>
      <td class="reason">
        <Stands patch={patch} now={now} />
      </td>
    </tr>
  );
}

function Stands({ patch, now }: { patch: Patch; now: number }) {
  if (patch.approvedSince !== null) {
    return (
      <div class="two-lines">
        <Labelled look={{ word: 'approved', shape: 'check', tone: 'ok' }} />
        <span class="muted small">
          since <Time at={patch.approvedSince} now={now} as="short" />, by {patch.rule}
        </span>
      </div>
    );
  }
  const word = patch.rule === null ? 'never approved' : 'held';
  return (
    <div class="two-lines">
      <span>
        <Labelled look={{ word, shape: 'pause', tone: 'wait' }} />
        {patch.heldUntil === null ? null : (
          <>
            {' '}
            until <Time at={patch.heldUntil} now={now} as="short" />
          </>
        )}
      </span>
      <span class="muted small">
        <Sentence text={patch.waitsFor ?? ''} now={now} />
      </span>
    </div>
  );
}
