/** Capacity over time, as a line of steps. */
import { type Span, xOf } from './span.ts';

export interface Level {
  at: number;
  inService: number;
}

/** The numbers at the lower and upper edge: what lies between floor and desired is to be told apart also in a large group. */
export function capacityRange(levels: Level[], desired: number, floor: number): { low: number; high: number } {
  const seen = levels.map(({ inService }) => inService);
  const least = Math.min(floor, ...seen);
  const most = Math.max(desired, ...seen);
  return { low: Math.max(0, least - Math.max(1, (most - least) * 0.6)), high: Math.max(most, 1) };
}

/** How many are in service at a time; undefined before the first that is known. */
export function levelAt(levels: Level[], time: number): number | undefined {
  return levels.findLast(({ at }) => at <= time)?.inService;
}

/** The levels that matter within `view`: the last before it, those in it, and its end at `until`. */
export function levelsIn(levels: Level[], view: Span, until: number): Level[] {
  const end = Math.min(view.to, until);
  const before = levels.findLast(({ at }) => at <= view.from);
  const inside = levels.filter(({ at }) => at > view.from && at <= end);
  const last = inside.at(-1) ?? before;
  return [
    ...(before === undefined ? [] : [{ ...before, at: view.from }]),
    ...inside,
    ...(last === undefined ? [] : [{ ...last, at: end }]),
  ];
}

/** The path of the steps; `yOf` gives the height of a number. */
export function stepPath(levels: Level[], view: Span, width: number, yOf: (count: number) => number): string {
  return levels
    .map(({ at, inService }, index) => {
      const x = round(xOf(at, view, width));
      const y = round(yOf(inService));
      return index === 0 ? `M${x} ${y}` : `H${x}V${y}`;
    })
    .join('');
}

const round = (value: number) => Math.round(value * 10) / 10;

/** The times at which fewer than `floor` were in service. */
export function below(levels: Level[], floor: number): Span[] {
  return levels.flatMap(({ at, inService }, index) => {
    const next = levels[index + 1];
    return inService < floor && next !== undefined ? [{ from: at, to: next.at }] : [];
  });
}
