/** Drydock beside what somebody would take instead: each modelled from its published steps, on the same fleet. */
import { type Comparison, compareAlternatives } from '../alternatives/compare.ts';
import type { Figure, Section } from '../figure.ts';

const OURS = 'Drydock';

export const alternatives: Section = {
  name: 'alternatives',
  title: 'Against the alternatives, modelled (all of it: node bench/alternatives/main.ts)',
  measure: async (say) => {
    say('seven tools through three scenarios');
    const all = await compareAlternatives();
    return all.flatMap((each) => figuresOf(each, all));
  },
};

/** Drydock's own are kept; those of others are told as what theirs is over ours. */
function figuresOf(
  { scenario, tool, seconds, lowestCapacity, requestsLost, badPatchReach }: Comparison,
  all: Comparison[],
): Figure[] {
  const name = (what: string) => `${scenario}: ${tool}: ${what}`;
  const counts: Figure[] = [
    { name: name('lowest capacity'), value: lowestCapacity, unit: 'count', better: 'higher' },
    { name: name('requests lost'), value: requestsLost, unit: 'count', better: 'lower' },
    { name: name('instances that a bad patch broke'), value: badPatchReach, unit: 'count', better: 'lower' },
  ];
  if (tool === OURS) return [{ name: name('duration'), value: seconds, unit: 's', better: 'lower' }, ...counts];
  const ours = all.find((other) => other.scenario === scenario && other.tool === OURS);
  const ratio = Number((seconds / (ours?.seconds ?? Number.NaN)).toFixed(2));
  return [{ name: name('duration over that of Drydock'), value: ratio, unit: '×', better: 'higher' }, ...counts];
}
