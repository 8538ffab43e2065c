/** What people are told of runs, in the words that the command line and the console share. */
import type { InstanceView, Outcome } from './view.ts';

/** Of a run that nobody carries on. */
export function standsStill(id: string): { what: string; next: string } {
  return {
    what: `run ${id} stands still: the process that carried it out is gone`,
    next: 'Go on with it, to a whole end, with `drydock recover`.',
  };
}

/** How many instances had each outcome: `3 patched, 1 rolled-back`. */
export function countOutcomes(instances: readonly Pick<InstanceView, 'outcome'>[]): string {
  const counts = new Map<Outcome, number>();
  for (const { outcome } of instances) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}

/** `1 instance`, `2 instances`. */
export function instancesIn(count: number): string {
  return count === 1 ? '1 instance' : `${count} instances`;
}

/** `the canary`, `wave 2`; a run that began with none came to `no wave`. */
export function waveName(waves: readonly { number: number; kind: 'canary' | 'wave' }[], number: number): string {
  if (number === 0) return 'no wave';
  return waves.find((wave) => wave.number === number)?.kind === 'canary' ? 'the canary' : `wave ${number}`;
}

/** The first few of them, and how many more there are: `i-1, i-2, i-3 and 4 more`. */
export function someOf(ids: readonly string[], most = 3): string {
  if (ids.length <= most + 1) return ids.join(', ');
  return `${ids.slice(0, most).join(', ')} and ${ids.length - most} more`;
}

/** The text as one word of a command that is copied to a shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
