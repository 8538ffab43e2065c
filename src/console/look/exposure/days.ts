/**
 * How many days patches took from their release to being installed, by the month in which they were. What is kept are counts alone, so
 * that years of nightly runs fit.
 */
import { installedBy, installedIn, latencies, takenBackIn } from '../../../orchestrator/runs/report.ts';
import type { Exposure } from '../../api/shapes.ts';
import type { PastRun } from '../past.ts';

export interface Days {
  /** Counts what a run installed. */
  add(run: PastRun): void;
  /** Counts no more what a rollback took back; `earlier` is the run that it was of, where that is counted already. */
  takeBack(rollback: PastRun, earlier: PastRun | undefined): void;
  latency(): Exposure['latency'];
}

/** Nothing is counted yet. */
export function countDays(): Days {
  /** How many patches took how many days, by `month\nenvironment\nseverity\ndays`; those of which the release is not known have no days. */
  const counts = new Map<string, number>();
  /** Instances in runs that a rollback took back. */
  const takenBack = new Set<string>();

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

  return {
    add: (run) => count(run, 1),
    takeBack: ({ view }, earlier) => {
      if (earlier !== undefined) count(earlier, -1);
      for (const key of takenBackIn(view)) takenBack.add(key);
      if (earlier !== undefined) count(earlier, 1);
    },
    latency: () => latencyOf(counts),
  };
}

function latencyOf(counts: ReadonlyMap<string, number>): Exposure['latency'] {
  const all = [...counts].map(([key, count]) => {
    const [month = '', environment = '', severity = '', days = ''] = key.split('\n');
    return { month, environment, severity, days: days === '' ? null : Number(days), count };
  });
  const months = Map.groupBy(all, ({ month }) => month);
  return [...months]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([month, of]) => latencies(of).map((each) => ({ month, ...each })));
}
