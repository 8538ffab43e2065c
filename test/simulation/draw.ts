/** Draws scenarios and simulates them, up to the first in which something happens that must never happen. */
import fc from 'fast-check';
import { type Scenario, scenario } from './scenario.ts';
import { type Simulated, simulate } from './simulate.ts';

export interface Drawn {
  /** How many rollouts ended in which way. */
  ended: Record<string, number>;
  /** The first violation, made as small as it can be. */
  found?: Found;
}

export interface Found extends Simulated {
  scenario: Scenario;
  /** After how many rollouts. */
  after: number;
}

/** Simulates `runs` rollouts that `seed` draws; the same seed draws the same. `onRun` hears of each. */
export async function draw(seed: number, runs: number, onRun: () => void = () => {}): Promise<Drawn> {
  const ended: Record<string, number> = {};
  const property = fc.asyncProperty(scenario, async (drawn) => {
    const { violations, status = 'nothing to do' } = await simulate(drawn);
    if (violations.length > 0) throw new Error(violations.join('\n'));
    ended[status] = (ended[status] ?? 0) + 1;
    onRun();
  });
  const { failed, counterexample, numRuns } = await fc.check(property, { numRuns: runs, seed });
  const [smallest] = counterexample ?? [];
  if (!failed || smallest === undefined) return { ended };
  return { ended, found: { ...(await simulate(smallest)), scenario: smallest, after: numRuns } };
}

/** What was found, as a person reads it: what happened, what is wrong, and the command that shows it again. */
export function describeFound({ scenario: failing, violations, timeline, after }: Found): string {
  return [
    ...timeline,
    '',
    ...violations,
    '',
    `after ${after} simulated rollouts; again, and told line by line:`,
    `npm run soak -- --replay '${JSON.stringify(failing)}'`,
  ].join('\n');
}
