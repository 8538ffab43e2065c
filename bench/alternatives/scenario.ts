/** One fleet and what happens to it: the same for Drydock and for each of its alternatives, by a seed. */
import { makeWorld } from '../../src/cli/simulate/world.ts';
import { drawFaults } from '../../src/simulator/faults.ts';
import type { Patch } from '../../src/simulator/model.ts';
import { Random } from '../../src/simulator/random.ts';

/** The fleet of one Auto Scaling group behind one load balancer, whose health checks the group follows. */
export interface Fleet {
  instances: number;
  /** How many of a hundred instances a tool may take at once, where it has a knob for that. */
  percentAtOnce: number;
  /** The median of what a patch takes, the reboot (2 min) not included. */
  patchMinutes: number;
  requestsPerSecond: number;
  seed: number;
}

export interface Scenario {
  name: string;
  title: string;
  /** The patch breaks the application on every instance that gets it: it answers 503. */
  badPatch: boolean;
  /** With what probability an instance has a fault of `src/simulator/faults.ts`, in [0, 1]. */
  faultProbability: number;
  /** What each tool is told to do after a failure that it notices: its own default, which is to stop, or to go on. */
  afterFailure: 'stop' | 'go on';
}

export type Verdict = 'succeeded' | 'failed' | 'halted' | 'rolled back';

/** What a tool says of its own run. */
export interface Outcome {
  verdict: Verdict;
}

/** Patches the world's group and resolves when there is nothing more that it would do of its own. */
export type Tool = (world: ScenarioWorld) => Promise<Outcome>;

export type ScenarioWorld = ReturnType<typeof makeScenario>;

/** The seed gives three instances a fault, each another one. */
export const FLEET: Fleet = { instances: 20, percentAtOnce: 10, patchMinutes: 10, requestsPerSecond: 100, seed: 3 };

export const GOOD_PATCH: Scenario = {
  name: 'good patch',
  title: 'A good patch, and nothing goes wrong',
  badPatch: false,
  faultProbability: 0,
  afterFailure: 'stop',
};

export const BAD_PATCH: Scenario = {
  name: 'bad patch',
  title: 'A bad patch: the application answers 503 wherever it is installed',
  badPatch: true,
  faultProbability: 0,
  afterFailure: 'stop',
};

export const FAULTS_DRAWN: Scenario = {
  name: 'faults',
  title:
    'A good patch; each instance has a fault with a probability of 10 %, and each tool is told to go on after failures',
  badPatch: false,
  faultProbability: 0.1,
  afterFailure: 'go on',
};

export const SCENARIOS: readonly Scenario[] = [GOOD_PATCH, BAD_PATCH, FAULTS_DRAWN];

/** Makes the fleet in virtual time. The same scenario and fleet give the same instances, patch times and faults each time. */
export function makeScenario(scenario: Scenario, fleet: Fleet) {
  const random = new Random(fleet.seed);
  const { clock, cloud, groups, embedded, policy } = makeWorld(
    {
      instances: fleet.instances,
      groups: 1,
      maxUnavailable: `${fleet.percentAtOnce}%`,
      patchMinutes: fleet.patchMinutes,
      seed: fleet.seed,
      ...(scenario.afterFailure === 'stop' ? { maxFailures: 0 } : {}),
    },
    { uuid: () => random.uuid() },
  );
  const group = groups[0] ?? '';
  if (scenario.badPatch) cloud.addPatches(broken([...cloud.world.catalogue.values()].flat()));
  // Drawn in the run they would depend on what else a tool draws: on every call that it makes.
  for (const machine of cloud.world.machines.values()) {
    const { patch } = machine.template;
    machine.patchSeconds = typeof patch === 'number' ? patch : random.logNormal(patch.median, patch.sigma);
  }
  const faults = drawFaults(cloud, scenario.faultProbability).map(({ fault }) => fault);
  return { scenario, fleet, clock, cloud, group, embedded, policy, faults };
}

/** So many instances at once, as a count: rounded down, and never none. */
export function countAtOnce({ instances, percentAtOnce }: Fleet): number {
  return Math.max(1, Math.floor((instances * percentAtOnce) / 100));
}

function broken(patches: Patch[]): Patch[] {
  return patches.slice(0, 1).map((patch) => ({ ...patch, breaksApp: true }));
}
