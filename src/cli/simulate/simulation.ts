/** Runs a whole rollout in virtual time and measures it. */
import type { Engine } from '../../orchestrator/engine/engine.ts';
import { readFleet } from '../../orchestrator/fleet/read.ts';
import { plan } from '../../orchestrator/plan/plan.ts';
import type { Plan } from '../../orchestrator/plan/types.ts';
import type { RunView } from '../../orchestrator/runs/view.ts';
import { Random } from '../../simulator/random.ts';
import type { SimulatedCloud } from '../../simulator/simulated-cloud.ts';
import { criticalPathSeconds, type Needed } from './critical-path.ts';
import { DRAIN_SECONDS, HEALTHY_SECONDS, makeWorld, REGION, type SimulationOptions } from './world.ts';

export interface SimulationReport {
  instances: number;
  groups: number;
  seed: number;
  /** How the runs ended, and their instances: how many of each. */
  statuses: Record<string, number>;
  outcomes: Record<string, number>;
  simulatedSeconds: number;
  criticalPathSeconds: number;
  /** Simulated duration over critical path. */
  ratio: number;
  stateTransitionsPerInstance: number;
  apiCallsPerInstance: number;
  /** Of all executions, the one with the most events; Step Functions allows 25,000. */
  eventsInLongestHistory: number;
  events: number;
  /** By group: the fewest instances that ever served at once, and what they may not fall below. */
  capacity: { group: string; lowest: number; floor: number }[];
  /** What it took here, of real time and memory. */
  wallSeconds: number;
  peakMemoryMiB: number;
}

/** `watch` is given the cloud before anything runs. Rejects with a RangeError for options that no policy could have. */
export async function simulate(
  options: SimulationOptions,
  watch: (cloud: SimulatedCloud) => void = () => {},
): Promise<SimulationReport> {
  const begun = performance.now();
  // Nothing is left to chance: the same seed gives the same figures.
  const random = new Random(options.seed);
  const { clock, cloud, groups, embedded, policy } = makeWorld(options, { uuid: () => random.uuid() });
  const counted = countEvents(embedded.engine);
  watch(cloud);
  try {
    const plans = await clock.run(
      inTurn(groups, (name) => planGroup(cloud, name, policy, new Date(clock.now()).toISOString())),
    );
    const callsToPlan = total(cloud.callCounts);
    const startedAt = clock.now();
    const views = await clock.run(Promise.all(plans.map((each) => runToEnd(each, embedded.runs))));
    const seconds = (clock.now() - startedAt) / 1000;
    const needed = neededBy(cloud);
    const shortest = Math.max(...plans.map((each) => criticalPathSeconds(each, needed)));
    return {
      instances: options.instances,
      groups: options.groups,
      seed: options.seed,
      statuses: countBy(views.map(({ status }) => status)),
      outcomes: countBy(views.flatMap(({ instances }) => instances.map(({ outcome }) => outcome))),
      simulatedSeconds: seconds,
      criticalPathSeconds: Math.round(shortest),
      ratio: Number((seconds / shortest).toFixed(4)),
      stateTransitionsPerInstance: Number((counted.transitions / options.instances).toFixed(1)),
      apiCallsPerInstance: Number(((total(cloud.callCounts) - callsToPlan) / options.instances).toFixed(1)),
      eventsInLongestHistory: counted.longest(),
      events: counted.events,
      capacity: plans.map(({ group, capacity }) => ({
        group: group.name,
        lowest: cloud.lowestInService(group.name).count,
        floor: capacity.floor,
      })),
      wallSeconds: Number(((performance.now() - begun) / 1000).toFixed(2)),
      peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  } finally {
    await embedded.close();
  }
}

/** As whoever plans many groups does: one after the other. */
async function inTurn<Item, Made>(items: readonly Item[], make: (item: Item) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (const item of items) made.push(await make(item));
  return made;
}

/** The plan for a group of the simulated fleet. Rejects with a RangeError when the plan forbids a run. */
export async function planGroup(
  cloud: SimulatedCloud,
  name: string,
  policy: Parameters<typeof plan>[0]['policy'],
  now: string,
) {
  const fleet = await readFleet(cloud, name, { region: REGION, now });
  const made = plan({ policy, fleet, environment: 'production', history: [], now });
  const errors = made.problems.filter(({ level }) => level === 'error');
  if (errors.length > 0) throw new RangeError(errors.map(({ message }) => message).join('; '));
  return made;
}

async function runToEnd(made: Plan, runs: ReturnType<typeof makeWorld>['embedded']['runs']): Promise<RunView> {
  return runs.follow(await runs.start(made, { kind: 'api' }));
}

/** Draining, the command as long as it took on this instance, its checks, and the load balancer's own. */
function neededBy(cloud: SimulatedCloud): Needed {
  return (instanceId) => {
    const [command] = cloud.world.invocationsByMachine.get(instanceId) ?? [];
    if (command?.startedAt === undefined || command.endedAt === undefined) return 0;
    const checks = 10;
    return DRAIN_SECONDS + (command.endedAt - command.startedAt) / 1000 + checks + HEALTHY_SECONDS + checks;
  };
}

function countEvents(engine: Engine) {
  const counts = new Map<string, number>();
  const counted = { transitions: 0, events: 0, longest: () => Math.max(0, ...counts.values()) };
  engine.onEvent((arn, { id, type }) => {
    counted.events += 1;
    counts.set(arn, id);
    if (type.endsWith('StateEntered')) counted.transitions += 1;
  });
  return counted;
}

function total(counts: Map<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function countBy(values: string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries(counts);
}
