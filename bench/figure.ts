/** Measured figures: what they are, how they are shown, and when one has become worse. */
import { z } from 'zod';
import { table } from '../src/cli/table.ts';

/** Ratios and counts hold on any machine and are kept; seconds, MiB and dollars are told beside them. */
export type Unit = '×' | 'count' | 's' | 'MiB' | '$';

export interface Figure {
  /** What was measured, in words that name it among all figures. */
  name: string;
  value: number;
  unit: Unit;
  better: 'lower' | 'higher';
  /** What it is to reach, in the same unit: at most, or (when higher is better) at least. Absent: nothing is asked of it. */
  bound?: number;
  /** Told, but not held against the next run: it says something of the machine. Default: ratios and counts are kept. */
  kept?: false;
}

/** A part of the benchmark: it runs by itself, and its figures stand together. */
export interface Section {
  /** What `--only` calls it. */
  name: string;
  title: string;
  /** `say` tells a person what is being measured; fleets have at most so many instances. Gives nothing when it has nothing so small. */
  measure(say: (what: string) => void, mostInstances: number): Promise<Figure[]>;
}

/** `bench/results.json`: what was measured, by section and then by the name of the figure. */
export const resultsSchema = z.object({
  node: z.string(),
  sections: z.record(z.string(), z.record(z.string(), z.object({ value: z.number(), unit: z.string() }))),
});

export type Results = z.infer<typeof resultsSchema>;

/** A figure that may become so much worse until it counts: the ratios of one run differ by a few per cent from those of the next. */
const TOLERATED = 1.1;

/** The figures that are worse than what is kept of them, each in a sentence. */
export function worsened(section: string, figures: readonly Figure[], kept: Results): string[] {
  return figures.flatMap((figure) => {
    const { name, value, unit, better } = figure;
    const before = kept.sections[section]?.[name];
    if (before === undefined || figure.kept === false || (unit !== '×' && unit !== 'count')) return [];
    const [worse, than] = better === 'lower' ? [value, before.value] : [before.value, value];
    return worse > than * TOLERATED
      ? [`${section}: ${name} is ${show(value, unit)}, it was ${show(before.value, unit)}`]
      : [];
  });
}

/** Whether the figure is what it is to be; true when nothing is asked of it. */
export function reaches({ value, bound, better }: Figure): boolean {
  return bound === undefined || (better === 'lower' ? value <= bound : value >= bound);
}

/** A section's figures in columns. */
export function figureTable(figures: readonly Figure[]): string {
  return table(
    ['figure', 'measured', 'asked', ''],
    figures.map((figure) => {
      const { name, value, unit, bound, better } = figure;
      const asked = bound === undefined ? '' : `${better === 'lower' ? '≤' : '≥'} ${show(bound, unit)}`;
      return [name, show(value, unit), asked, bound === undefined ? '' : reaches(figure) ? 'reached' : 'NOT REACHED'];
    }),
  );
}

/** The results with this section's figures in the place of what was kept of them. */
export function withSection(results: Results, section: string, figures: readonly Figure[]): Results {
  const kept = Object.fromEntries(figures.map(({ name, value, unit }) => [name, { value, unit }]));
  return { ...results, sections: { ...results.sections, [section]: kept } };
}

function show(value: number, unit: Unit): string {
  const digits = Number.isInteger(value) ? 0 : Math.abs(value) < 0.01 ? 6 : Math.abs(value) < 10 ? 3 : 1;
  const number = value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: digits });
  return unit === 'count' ? number : `${number} ${unit}`;
}
