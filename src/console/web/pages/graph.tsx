/** The state machine that a run went by, and the way that it took. */
import { useState } from 'preact/hooks';
import type { Graph } from '../../api/shapes.ts';
import { Choice } from '../controls/choice.tsx';
import { SearchBox } from '../controls/search-box.tsx';
import { useAgainUntil } from '../data/use-again.ts';
import { useData } from '../data/use-data.ts';
import { changedQuery, pathOf, withQuery } from '../navigation/path.ts';
import { go, usePlace } from '../navigation/place.ts';
import { Crumbs } from '../shell/crumbs.tsx';
import { Heading } from '../shell/heading.tsx';
import { Shown } from '../states/states.tsx';
import { counted } from '../status/tally.ts';
import { Details } from './graph/details.tsx';
import { found as findStates } from './graph/lines.ts';
import { GraphPicture } from './graph/picture.tsx';
import { StatesPanel } from './graph/states-panel.tsx';
import { aboveInstance } from './instance.tsx';

const MACHINES: { machine: Graph['machine']; word: string }[] = [
  { machine: 'rollout', word: 'The rollout' },
  { machine: 'patch-instance', word: 'Each instance' },
];

/** The graph of the run of that id. */
export function GraphPage({ runId }: { runId: string }) {
  const { path, query } = usePlace();
  const machine = query.get('machine') === 'patch-instance' ? 'patch-instance' : 'rollout';
  const address = withQuery(`/api${pathOf('runs', runId, 'graph')}`, { machine });
  const loaded = useData<Graph>(address, { runId });
  useAgainUntil(loaded, ({ executions }) => executions.read >= executions.of);
  return (
    <>
      <div class="run-head">
        <div class="run-title">
          <Crumbs above={aboveInstance(runId)} here="state graph" />
          <div class="run-name">
            <Heading title={`State graph of run ${runId}`}>State graph</Heading>
          </div>
        </div>
      </div>
      <div class="panel graph-panel">
        <nav class="views-nav" aria-label="State machines">
          <ul>
            {MACHINES.map((each) => (
              <li key={each.machine}>
                <a
                  href={withQuery(path, { machine: each.machine })}
                  aria-current={each.machine === machine ? 'true' : undefined}
                >
                  {each.word}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Shown of={loaded} what="the graph">
          {(graph) => <Whole key={graph.machine} graph={graph} />}
        </Shown>
      </div>
    </>
  );
}

const TAKEN = 'the way taken';

function Whole({ graph }: { graph: Graph }) {
  const { path, query } = usePlace();
  const [every, setEvery] = useState(false);
  const text = query.get('q') ?? '';
  const chosen = query.get('state') ?? undefined;
  const change = (changes: Record<string, string>) => go(withQuery(path, changedQuery(query, changes)), 'replace');
  const found = findStates(graph.nodes, text);
  const isTaken = query.get('list') !== 'all' && text === '';
  const choose = (state: string) => change({ state });
  return (
    <>
      <div class="view-tools">
        <SearchBox label="Search states" hint="Name of a state" value={text} onChange={(q) => change({ q })} />
        <Choice
          label="Listed states"
          any={`List ${TAKEN}`}
          value={query.get('list') ?? ''}
          options={[{ value: 'all', word: 'List all states' }]}
          onChange={(list) => change({ list })}
        />
        <label class="graph-every">
          <input type="checkbox" checked={every} onChange={({ currentTarget }) => setEvery(currentTarget.checked)} />{' '}
          Every way
        </label>
        <Counted graph={graph} />
      </div>
      <div class="graph-beside" data-open={chosen !== undefined}>
        <GraphPicture
          graph={graph}
          chosen={chosen}
          found={text === '' ? undefined : new Set(found.map(({ id }) => id))}
          every={every}
          onChoose={choose}
        />
        {chosen === undefined ? null : (
          <Details graph={graph} chosen={chosen} onChoose={choose} onClose={() => change({ state: '' })} />
        )}
      </div>
      <StatesPanel
        graph={graph}
        shown={isTaken ? found.filter(({ visits }) => visits > 0) : found}
        chosen={chosen}
        onChoose={choose}
      />
    </>
  );
}

function Counted({ graph: { executions, machine } }: { graph: Graph }) {
  const { read, of } = executions;
  if (of === 0) return <p class="muted small">Nothing has gone through it yet, or its history is no longer kept.</p>;
  const one = machine === 'rollout' ? 'execution' : 'instance';
  const what = of === 1 ? one : `${one}s`;
  return (
    <p class="muted small" role="status">
      {read < of ? `from ${counted(read)} of ${counted(of)} ${what}, reading on` : `from ${counted(of)} ${what}`}
    </p>
  );
}
