/** The views of the console that look at fleets, policies and single executions: exposure, calendar, an instance in a run, the state graph. */
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import type { Policy } from '../../policies/policy.ts';
import type { ConsoleSource } from '../server/source.ts';
import { inBackground, type Latest } from './background.ts';
import { calendarOf } from './calendar/calendar.ts';
import type { ExecutedRun } from './executions.ts';
import { exposureOf } from './exposure/exposure.ts';
import { createFleetLook, type FleetLookOptions } from './fleets/look.ts';
import { createGraphs } from './graph/graph.ts';
import { readHistory } from './history.ts';
import { instanceDocument } from './instance/document.ts';

export interface LookOptions extends Omit<FleetLookOptions, 'policy'> {
  /** The policy as it is now, and the file that it is in; null: the built-in one. Throws a `DrydockError` when it will not do. */
  policy: () => { policy: Policy; file: string | null };
  /** A run by its executions; undefined when there is none of that id, or it never had a plan. */
  find: (runId: string) => Promise<ExecutedRun | undefined>;
}

export type Look = Pick<ConsoleSource, 'exposure' | 'calendar' | 'instance' | 'graph'>;

const PATIENCE_MS = 1500;
/** Between two looks for runs that ended since. */
const REST_MS = 15_000;

/** Nothing is looked at before it is asked for. */
export function createLook({ policy, find, ...fleets }: LookOptions): Look {
  const { now, past } = fleets;
  const fleetLook = createFleetLook({ ...fleets, policy: () => policy().policy });
  const history = readHistory(past);
  const reading = inBackground({
    make: () => history.readOn().then(() => true),
    isFresh: () => false,
    patienceMs: PATIENCE_MS,
    restMs: REST_MS,
  });
  const graphs = createGraphs();

  const run = async (id: string): Promise<ExecutedRun> => {
    const found = await find(id);
    if (found !== undefined) return found;
    throw new DrydockError(`there is no run ${id} here, or it never had a plan`, {
      exitCode: EXIT.badInput,
      next: 'See the list of runs.',
    });
  };

  /** The last look at the groups, and the runs that stood the test. While either is on its way, a newer answer is. */
  const looked = async () => {
    const { name } = policy().policy;
    const [fleetsNow, historyNow] = await Promise.all([fleetLook.latest(), reading.latest()]);
    const look = whole(fleetsNow);
    const { value, working } = whole(historyNow);
    return {
      look: look.value,
      working: look.working || (working && value === undefined),
      finished: history.finished(look.value?.policy.name ?? name),
      now: now(),
    };
  };

  return {
    exposure: async () => {
      const exposure = exposureOf(await looked());
      return { ...exposure, history: history.progress(), latency: history.latency() };
    },
    calendar: async () => calendarOf({ ...policy(), ...(await looked()) }),
    instance: async (id, instanceId) => instanceDocument(await run(id), instanceId),
    graph: async (id, machine) => graphs.graph(await run(id), machine),
  };
}

/** Throws what the last look failed with: an older one is shown by the page, with a word. */
function whole<T>(latest: Latest<T>): Latest<T> {
  if (latest.failure !== undefined && !latest.working) throw latest.failure;
  return latest;
}
