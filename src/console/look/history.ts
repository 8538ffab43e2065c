/**
 * What the views over the fleets need of run history, read in the background, each run once: how long patches took, and which runs stood
 * the test that soak gates ask for.
 */
import { setImmediate } from 'node:timers/promises';
import { DrydockError } from '../../orchestrator/errors.ts';
import type { FinishedRun } from '../../orchestrator/plan/types.ts';
import { finishedRun } from '../../orchestrator/runs/history.ts';
import type { Exposure, RunRow } from '../api/shapes.ts';
import { countDays } from './exposure/days.ts';
import { type PastRun, type PastRuns, pagesOf } from './past.ts';

export interface ReadHistory {
  /** Reads what came since, the newest first. */
  readOn(): Promise<void>;
  /** How many runs were read, of how many. */
  progress(): Exposure['history'];
  latency(): Exposure['latency'];
  /** The runs of a policy that succeeded and were not rolled back, as far as they were read. */
  finished(policy: string): FinishedRun[];
}

/** As far back as the pictures reach: no rule delays a patch for longer. */
const SINCE = '400d';

/** Reads nothing before it is asked to. */
export function readHistory(past: PastRuns): ReadHistory {
  const days = countDays();
  const finished = new Map<string, FinishedRun>();
  const rolledBack = new Set<string>();
  const read = new Set<string>();
  let of = 0;

  const take = async (row: RunRow): Promise<void> => {
    const { runId, rollbackOf, status } = row;
    const run = isTelling(row) ? await readOrNothing(past, runId) : undefined;
    if (rollbackOf !== null && rollbackOf !== runId) {
      rolledBack.add(rollbackOf);
      const earlier = read.has(rollbackOf) ? await readOrNothing(past, rollbackOf) : undefined;
      if (run !== undefined) days.takeBack(run, earlier);
    } else if (run !== undefined) {
      days.add(run);
      if (status === 'succeeded' && row.endedAt !== null) {
        finished.set(runId, finishedRun(run.view, run.plan, row.endedAt));
      }
    }
  };

  return {
    readOn: async () => {
      const unread: RunRow[] = [];
      for await (const { runs } of pagesOf(past, { since: SINCE })) {
        unread.push(...runs.filter(({ runId, endedAt }) => endedAt !== null && !read.has(runId)));
        await setImmediate();
      }
      of = read.size + unread.length;
      for (const row of unread) {
        await take(row);
        read.add(row.runId);
        // Whoever looks at a page meanwhile is answered between two runs.
        await setImmediate();
      }
    },
    progress: () => ({ read: read.size, of: Math.max(of, read.size) }),
    latency: days.latency,
    finished: (policy) => [...finished.values()].filter((run) => run.policy === policy && !rolledBack.has(run.runId)),
  };
}

/** Whether a run installed anything, or took anything back: of most that halt at once neither is so. */
function isTelling({ tally, rollbackOf }: RunRow): boolean {
  // A list on AWS may know no outcomes.
  return rollbackOf !== null || (tally.patched ?? 0) > 0 || Object.keys(tally).length === 0;
}

async function readOrNothing(past: PastRuns, runId: string): Promise<PastRun | undefined> {
  try {
    return await past.read(runId);
  } catch (error) {
    if (error instanceof DrydockError) return undefined;
    throw error;
  }
}
