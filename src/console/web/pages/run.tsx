/** A run: how it stands, what happened when, and everything that is known of it. */
import type { RunDocument, Timeline } from '../../api/shapes.ts';
import { useData } from '../data/use-data.ts';
import { pathOf } from '../navigation/path.ts';
import { Crumbs } from '../shell/crumbs.tsx';
import { Heading } from '../shell/heading.tsx';
import { Shown } from '../states/states.tsx';
import { useRunClock } from '../time/use-clock.ts';
import { Facts } from './run/facts.tsx';
import { ABOVE_RUN, RunHead } from './run/head.tsx';
import { TimelinePanel } from './run/timeline/timeline.tsx';
import { Views } from './run/views.tsx';

/** The run of that id. */
export function RunPage({ runId }: { runId: string }) {
  const address = `/api${pathOf('runs', runId)}`;
  const run = useData<RunDocument>(address, { runId });
  const timeline = useData<Timeline>(`${address}/timeline`, { runId });
  return (
    <>
      {run.data === undefined ? (
        <div class="run-head">
          <div>
            <Crumbs above={ABOVE_RUN} here={runId} />
            <Heading title={`Run ${runId}`} />
          </div>
        </div>
      ) : null}
      <Shown of={run} what="the run">
        {(document) => (
          <>
            <Top run={document} />
            <Shown of={timeline} what="the timeline">
              {(told) => <TimelinePanel run={document} timeline={told} />}
            </Shown>
            <Views run={document} />
          </>
        )}
      </Shown>
    </>
  );
}

function Top({ run }: { run: RunDocument }) {
  const now = useRunClock(run.now, run.endedAt === null);
  return (
    <>
      <RunHead run={run} now={now} />
      <Facts run={run} now={now} />
    </>
  );
}
