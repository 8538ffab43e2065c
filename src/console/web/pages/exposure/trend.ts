/** The trend of days from release to patched: points and scales of a small plot for each severity. */
import type { Exposure } from '../../../api/shapes.ts';

type Latency = Exposure['latency'][number];

export interface Dot {
  month: string;
  /** Its place along the axis: 0 is the first month. */
  at: number;
  median: number;
  longest: number;
  patches: number;
}

export interface Line {
  environment: string;
  dots: Dot[];
}

export interface Trend {
  severity: string;
  lines: Line[];
  /** The end of the axis, in days. */
  most: number;
}

/** Every month from the first that has anything to the last: `2026-11`. */
export function monthsOf(latency: readonly Latency[]): string[] {
  const named = latency.map(({ month }) => month).sort();
  const [first, last] = [named[0], named.at(-1)];
  if (first === undefined || last === undefined) return [];
  const months: string[] = [];
  for (let month = first; month <= last && months.length < 36; month = after(month)) months.push(month);
  return months;
}

function after(month: string): string {
  const [year = 0, of = 0] = month.split('-').map(Number);
  return of === 12 ? `${year + 1}-01` : `${year}-${String(of + 1).padStart(2, '0')}`;
}

/** A plot for each severity, in the order of `severities`; months without a known release leave a gap. */
export function trendsOf(latency: readonly Latency[], severities: readonly string[]): Trend[] {
  const months = monthsOf(latency);
  return severities.flatMap((severity) => {
    const here = latency.filter((each) => each.severity === severity);
    const lines = [...Map.groupBy(here, ({ environment }) => environment)].map(([environment, of]) => ({
      environment,
      dots: of.flatMap(({ month, medianDays, longestDays, patches }) =>
        medianDays === null || longestDays === null
          ? []
          : [{ month, at: months.indexOf(month), median: medianDays, longest: longestDays, patches }],
      ),
    }));
    const drawn = lines.filter(({ dots }) => dots.length > 0);
    if (drawn.length === 0) return [];
    const most = Math.max(...drawn.flatMap(({ dots }) => dots.map(({ median }) => median)));
    return [{ severity, lines: drawn, most: roundUp(most) }];
  });
}

/** The next number that reads well at the end of an axis. */
export function roundUp(value: number): number {
  const steps = [1, 2, 5, 10, 14, 20, 30, 40, 60, 90, 120, 180, 365];
  return steps.find((step) => value <= step) ?? Math.ceil(value / 100) * 100;
}

/** Runs of dots in months that follow one another: a line is not drawn over a month of which nothing is known. */
export function pieces(dots: readonly Dot[]): Dot[][] {
  const found: Dot[][] = [];
  for (const dot of dots.toSorted((a, b) => a.at - b.at)) {
    const last = found.at(-1);
    if (last !== undefined && last.at(-1)?.at === dot.at - 1) last.push(dot);
    else found.push([dot]);
  }
  return found;
}
