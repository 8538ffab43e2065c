/** The views of a run below its timeline: each has its address. */
import type { VNode } from 'preact';
import type { RunDocument } from '../../../api/shapes.ts';
import { pathOf, withQuery } from '../../navigation/path.ts';
import { usePlace } from '../../navigation/place.ts';
import { counted } from '../../status/tally.ts';
import { EventsView } from './events-view.tsx';
import { HeldView } from './held-view.tsx';
import { InstancesView } from './instances-view.tsx';
import { patchesOf } from './patches.ts';
import { PatchesView } from './patches-view.tsx';
import { PlanView } from './plan-view.tsx';

interface ViewKind {
  key: string;
  word: string;
  count?: (run: RunDocument) => number;
  view: (run: RunDocument) => VNode;
}

const INSTANCES: ViewKind = {
  key: 'instances',
  word: 'Instances',
  count: (run) => run.instances.length,
  view: (run) => <InstancesView run={run} />,
};

const VIEWS: ViewKind[] = [
  INSTANCES,
  {
    key: 'patches',
    word: 'Patches',
    count: (run) => patchesOf(run).length,
    view: (run) => <PatchesView run={run} />,
  },
  { key: 'held', word: 'Held', count: (run) => run.held.length, view: (run) => <HeldView held={run.held} /> },
  { key: 'plan', word: 'Plan', view: (run) => <PlanView run={run} /> },
  { key: 'events', word: 'Events', view: (run) => <EventsView run={run} /> },
];

/** The one that the address names, or the instances. */
export function Views({ run }: { run: RunDocument }) {
  const { query } = usePlace();
  const shown = VIEWS.find(({ key }) => key === query.get('view')) ?? INSTANCES;
  const path = pathOf('runs', run.runId);
  return (
    <section class="panel views" aria-label={shown.word}>
      <nav class="views-nav" aria-label="Views of this run">
        <ul>
          {VIEWS.map(({ key, word, count }) => (
            <li key={key}>
              <a href={withQuery(path, { view: key })} aria-current={key === shown.key ? 'true' : undefined}>
                {word}
                {count === undefined ? null : <span class="views-count">{counted(count(run))}</span>}
              </a>
            </li>
          ))}
          <li>
            <a href={`${path}/graph`}>State graph</a>
          </li>
        </ul>
      </nav>
      {shown.view(run)}
    </section>
  );
}
