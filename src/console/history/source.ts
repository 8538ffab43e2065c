/** The part of the console's source that is run history: lists, runs, timelines, events, changes, and steering. */
import type { Clock } from '../../interpreter/ports.ts';
import { explained } from '../../orchestrator/aws/explain.ts';
import type { Database } from '../../orchestrator/engine/database.ts';
import { runIndex } from '../../orchestrator/runs/run-index.ts';
import type { Runs } from '../../orchestrator/runs/runs.ts';
import { executionArn } from '../../orchestrator/step-functions/deployed.ts';
import type { EventQuery } from '../api/shapes.ts';
import type { ConsoleSource } from '../server/source.ts';
import { runChanges } from './changes.ts';
import { deployedChanges } from './deployed-changes.ts';
import { type DeployedLists, type Deployment, deployedLists } from './deployments.ts';
import { documentOf } from './document.ts';
import { deployedEvents } from './events/deployed.ts';
import type { EventStream } from './events/merge.ts';
import { eventPageOf } from './events/page.ts';
import { storedEvents } from './events/stored.ts';
import { runList } from './list.ts';
import { type OpenRuns, openRuns, type SeenRun } from './open-runs.ts';
import { type RollBack, steering } from './steering.ts';
import { timelineOf } from './timeline/timeline.ts';

export type HistorySource = Pick<ConsoleSource, 'runs' | 'run' | 'timeline' | 'events' | 'steer' | 'changes'>;

export interface HistoryOptions {
  /** The file of the runs that are carried out here, by a connection that nobody writes through. */
  database: Database;
  /** The runs of that file. */
  runs: Runs;
  /** Where runs on AWS are. */
  deployments: Deployment[];
  rollBack: RollBack;
  /** Milliseconds since 1970, by the clock that the runs go by. */
  now: () => number;
  /** The real clock. */
  clock: Clock;
}

/** Everything rejects with a `DrydockError`: exit code 2 for what is not there or cannot be asked. */
export function historySource({ database, runs, deployments, rollBack, now, clock }: HistoryOptions): HistorySource {
  const index = runIndex(database);
  const deployed = deployedLists(deployments, clock);
  const open = openRuns({ index, runs, deployed, clock });
  const { steer, rollbackOf } = steering({ index, clock, rollBack });
  const streams = eventStreams(database, open);
  return {
    runs: runList({ index, deployed, now }),

    run: async (id) => {
      const seen = await open.see(id);
      const isOver = seen.view.endedAt !== undefined;
      const rolledBackBy = isOver ? await rolledBack(id, seen, deployed) : undefined;
      return documentOf({
        view: seen.view,
        plan: seen.plan,
        rollback: isOver ? await rollbackOf(id, seen.runs) : undefined,
        now: now(),
        isOrphan: !isOver && (await seen.runs.isOrphan(id)),
        ...(rolledBackBy === undefined ? {} : { rolledBackBy }),
      });
    },

    timeline: async (id) => {
      const { view, plan, track } = await open.see(id);
      return timelineOf(view, plan, track, now());
    },

    events: (id, query) => explained(streams(id, query).then((found) => eventPageOf(found, query))),

    steer: async (id, verb) => steer(id, verb, (await open.among(id)).runs),

    changes: runChanges({ database, index, deployed: deployedChanges(deployed, clock), clock }),
  };

  async function rolledBack(id: string, { runs: among }: SeenRun, lists: DeployedLists): Promise<string | undefined> {
    if (among === runs) return index.rolledBackBy(id);
    const { rows } = await lists.read();
    return rows.find(({ rollbackOf, status }) => rollbackOf === id && status === 'succeeded')?.runId;
  }
}

/** Gives the executions whose events a query asks for, wherever the run is. */
function eventStreams(database: Database, open: OpenRuns) {
  const index = runIndex(database);
  const stored = storedEvents(database);
  const remote = new Map<Deployment['history'], ReturnType<typeof deployedEvents>>();
  return async (id: string, { of, type, q }: EventQuery): Promise<EventStream[]> => {
    const filter = { ...(type === undefined ? {} : { type }), ...(q === undefined ? {} : { text: q }) };
    const here = index.executionOf(id);
    if (here !== undefined) return stored(here.id, filter, of);
    const { deployed, history } = await open.among(id);
    if (deployed === undefined || history === undefined) return [];
    const events = remote.get(history) ?? deployedEvents(history);
    remote.set(history, events);
    const whose = of === undefined || of === 'rollout' ? of : await whereabouts(id, of, open);
    return events(executionArn(deployed, 'rollout', id), filter, whose);
  };
}

/** When an instance was begun and done, to find its execution among those of a wave. */
async function whereabouts(id: string, instanceId: string, open: OpenRuns) {
  const { view } = await open.see(id);
  const { startedAt, endedAt } = view.instances.find((instance) => instance.instanceId === instanceId) ?? {};
  return { instanceId, near: [startedAt, endedAt].flatMap((time) => (time === undefined ? [] : [Date.parse(time)])) };
}
