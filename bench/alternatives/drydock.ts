/**
 * Drydock itself, by its own state machines on the embedded engine: no model. The policy is the simulation's, with the defaults of every
 * policy: one canary, five minutes of bake after each wave, no failure tolerated unless the scenario says so.
 */
import { planGroup } from '../../src/cli/simulate/simulation.ts';
import type { RunStatus } from '../../src/orchestrator/runs/view.ts';
import type { Outcome, ScenarioWorld, Verdict } from './scenario.ts';

export async function drydock({ cloud, clock, group, policy, embedded }: ScenarioWorld): Promise<Outcome> {
  const plan = await planGroup(cloud, group, policy, new Date(clock.now()).toISOString());
  const { status } = await embedded.runs.follow(await embedded.runs.start(plan, { kind: 'api' }));
  return { verdict: verdictOf(status) };
}

function verdictOf(status: RunStatus): Verdict {
  return status === 'succeeded' || status === 'halted' ? status : 'failed';
}
