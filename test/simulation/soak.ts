/** npm run soak -- --runs N [--seed S]: simulated rollouts as long as wanted; --replay JSON: one of them, told line by line. */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { type Scenario, scenario } from './scenario.ts';
import { type Simulated, simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    replay: { type: 'string' },
  },
});

if (values.replay !== undefined) {
  const { violations, timeline, status } = await simulate(JSON.parse(values.replay));
  for (const line of timeline) console.log(line);
  console.log(`\nthe run ended: ${status}`);
  report({ violations });
} else {
  await soak(Number(values.runs), Number(values.seed));
}

/** Draws and simulates; stops at the first violation, which it makes as small as it can. */
async function soak(runs: number, seed: number): Promise<void> {
  const ended = new Map<string, number>();
  let done = 0;
  const checked = await fc.check(
    fc.asyncProperty(scenario, async (drawn) => {
      const { violations, status = 'nothing to do' } = await simulate(drawn);
      if (violations.length > 0) throw new Error(violations.join('\n'));
      ended.set(status, (ended.get(status) ?? 0) + 1);
      done += 1;
      if (done % 1000 === 0) console.error(`${done} of ${runs}`);
    }),
    { numRuns: runs, seed, endOnFailure: false },
  );
  const counts = [...ended].map(([status, count]) => `${count} ${status}`).join(', ');
  if (!checked.failed) {
    console.log(`${runs} simulated rollouts (seed ${seed}), no violation: ${counts}`);
    return;
  }
  const [smallest] = checked.counterexample ?? [];
  if (smallest === undefined) throw new Error('it failed without an example');
  console.log(`after ${checked.numRuns} simulated rollouts (seed ${seed}), made smaller ${checked.numShrinks} times:`);
  report(await simulate(smallest));
  console.log(`\n${replay(smallest)}`);
}

function report({ violations }: Pick<Simulated, 'violations'>): void {
  for (const violation of violations) console.log(violation);
  console.log(violations.length === 0 ? 'no violation' : `${violations.length} violations`);
  if (violations.length > 0) process.exitCode = 1;
}

function replay(failing: Scenario): string {
  return `npm run soak -- --replay '${JSON.stringify(failing)}'`;
}
