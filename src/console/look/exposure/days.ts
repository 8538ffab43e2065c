/**
 * How many days patches took from their release to being installed, by the month in which they were: read from run history in the
 * background, each run once. What is kept are counts alone, so that years of nightly runs fit.
 */
import { setImmediate } from 'node:timers/promises';
import { DrydockError } from '../../../orchestrator/errors.ts';
import { installedBy, installedIn, latencies, takenBackIn } from '../../../orchestrator/runs/report.ts';
import type { Exposure, RunRow } from '../../api/shapes.ts';
import { type PastRun, type PastRuns, pagesOf } from '../past.ts';

export type Days = Pick<Exposure, 'history' | 'latency'>;

/** How many patches took how many days, by `month\nenvironment\nseverity\ndays`; those of which the release is not known have no days. */
type Counts = Map<string, number>;

export interface DaysReader {
  /** Counts what came since. */
  readOn(): Promise<void>;
  /** What is counted so far. */
  days(): Days;
}

/** As far back as the picture reaches. */
const SINCE = '400d';

/** Reads nothing before it is asked to. */
export function createDays(past: PastRuns): DaysReader {
  const counts: Counts = new Map();
  const read = new Set<string>();
  /** Instances in runs that a rollback took back later. */
  const takenBack = new Set<string>();
  let of = 0;

  const count = ({ view, plan }: PastRun, by: 1 | -1): void => {
    for (const patch of installedBy(view, plan)) {
      if (takenBack.has(installedIn(patch))) continue;
      const { installedAt, environment, severity, days } = patch;
      const key = [installedAt.slice(0, 7), environment, severity, days ?? ''].join('\n');
      const left = (counts.get(key) ?? 0) + by;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    }
  };

  /** What a run took back is counted no more: the newest are read first, so mostly it was not counted yet. */
  const takeBack = async (run: PastRun): Promise<void> => {
    const { rollbackOf } = run.view;
    const keys = takenBackIn(run.view);
    if (rollbackOf === undefined || keys.length === 0) return;
    const counted = read.has(rollbackOf) ? await readOrNothing(past, rollbackOf) : undefined;
    if (counted !== undefined) count(counted, -1);
    for (const key of keys) takenBack.add(key);
    if (counted !== undefined) count(counted, 1);
  };

  return {
    readOn: async () => {
      const unread: RunRow[] = [];
      for await (const { runs } of pagesOf(past, { since: SINCE })) {
        unread.push(...runs.filter(({ runId, endedAt }) => endedAt !== null && !read.has(runId)));
      }
      of = read.size + unread.length;
      for (const row of unread) {
        const run = tells(row) ? await readOrNothing(past, row.runId) : undefined;
        if (run !== undefined) {
          if (row.rollbackOf !== null && row.rollbackOf !== row.runId) await takeBack(run);
          else count(run, 1);
        }
        read.add(row.runId);
        // Whoever looks at a page meanwhile is answered between two runs.
        await setImmediate();
      }
    },
    days: () => ({ history: { read: read.size, of: Math.max(of, read.size) }, latency: latencyOf(counts) }),
  };
}

/** Whether a run installed anything, or took anything back: of most that halt at once neither is so. */
function tells({ tally, rollbackOf, engine }: RunRow): boolean {
  // A list on AWS knows no outcomes.
  return (
    rollbackOf !== null || (tally.patched ?? 0) > 0 || (engine === 'step-functions' && Object.keys(tally).length === 0)
  );
}

async function readOrNothing(past: PastRuns, runId: string): Promise<PastRun | undefined> {
  try {
    return await past.read(runId);
  } catch (error) {
    if (error instanceof DrydockError) return undefined;
    throw error;
  }
}

function latencyOf(counts: Counts): Exposure['latency'] {
  const all = [...counts].flatMap(([key, count]) => {
    const [month = '', environment = '', severity = '', days = ''] = key.split('\n');
    return [{ month, environment, severity, days: days === '' ? null : Number(days), count }];
  });
  const months = Map.groupBy(all, ({ month }) => month);
  return [...months]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([month, of]) => latencies(of).map((each) => ({ month, ...each })));
}
