/** Drydock and what somebody would take instead, on the same fleet in the same scenarios, measured by the same cloud. */
import { appStatus } from '../../src/simulator/machines.ts';
import { sendRequests } from '../../src/simulator/requests.ts';
import { ansibleSerial } from './ansible-serial.ts';
import { drydock } from './drydock.ts';
import { instanceRefresh } from './instance-refresh.ts';
import { simulatedGroup } from './instances.ts';
import { maintenanceWindow, maintenanceWindowWithAlarm } from './maintenance-window.ts';
import { runbook, runbookWithAlarm } from './runbook.ts';
import {
  FLEET,
  type Fleet,
  makeScenario,
  type Outcome,
  SCENARIOS,
  type Scenario,
  type ScenarioWorld,
  type Tool,
  type Verdict,
} from './scenario.ts';

export interface Comparison {
  scenario: string;
  tool: string;
  /** From the tool's beginning to its end, in simulated seconds; what it rolls back is part of it. */
  seconds: number;
  /** The fewest instances that served at once: in service, healthy, and answering 200. */
  lowestCapacity: number;
  /** Requests that arrived at the load balancer until `AFTERMATH_SECONDS` after the tool's end, and those of them that got no 200. */
  requestsSent: number;
  requestsLost: number;
  /** Instances on which a patch broke the application, whatever became of them later. */
  badPatchReach: number;
  /** As it stands after the aftermath: members that serve, and those of them that have every patch with nothing pending. */
  serving: number;
  patched: number;
  /** Instances of the beginning that are no members any more. */
  replaced: number;
  /** What the tool says of its own run, right or wrong. */
  verdict: Verdict;
  /** What went wrong with instances of the fleet, in the names of `src/simulator/faults.ts`. */
  faults: readonly string[];
}

/** By the name that stands in the tables; Drydock is the first. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  Drydock: drydock,
  'AWS-PatchAsgInstance': runbook,
  'AWS-PatchAsgInstance, alarm': runbookWithAlarm,
  'maintenance window': maintenanceWindow,
  'maintenance window, alarm': maintenanceWindowWithAlarm,
  'instance refresh': instanceRefresh,
  'Ansible serial': ansibleSerial,
};

/** Whoever wants to go on after failures sets no alarm to stop at them. */
const ONLY_TO_STOP = [runbookWithAlarm, maintenanceWindowWithAlarm];

/** What a tool left behind goes on for so long, and counts: the group replaces, and requests arrive. */
export const AFTERMATH_SECONDS = 1800;
/** No tool takes so long; one that does has a mistake in its model. */
const AT_MOST_MS = 7 * 86_400_000;

/** Runs every tool through every scenario, one after another; the same fleet and seed give the same numbers. */
export async function compareAlternatives(
  fleet: Fleet = FLEET,
  scenarios: readonly Scenario[] = SCENARIOS,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const scenario of scenarios)
    for (const [tool, run] of Object.entries(TOOLS))
      if (scenario.afterFailure === 'stop' || !ONLY_TO_STOP.includes(run))
        comparisons.push(await compare(tool, scenario, fleet));
  return comparisons;
}

/** Runs one tool, by its name in `TOOLS`, through one scenario. Throws a RangeError when there is no such tool. */
export async function compare(tool: string, scenario: Scenario, fleet: Fleet): Promise<Comparison> {
  const run = TOOLS[tool];
  if (run === undefined) throw new RangeError(`there is no tool ${tool}`);
  const world = makeScenario(scenario, fleet);
  const { clock, cloud, group } = world;
  try {
    const members = simulatedGroup(world).members;
    const before = [...members.keys()];
    const broken = new Set<string>();
    cloud.watchMachines(({ id, content }) => {
      if (content.brokenStatus !== undefined) broken.add(id);
    });
    const requests = sendRequests(cloud.world, group, fleet.requestsPerSecond);
    const startedAt = clock.now();
    const { verdict } = await clock.run(inTime(world, run));
    const seconds = Math.round((clock.now() - startedAt) / 1000);
    await clock.run(clock.sleep(AFTERMATH_SECONDS * 1000));
    cloud.settle();
    const { sent, lost } = requests.tally();
    return {
      scenario: scenario.name,
      tool,
      seconds,
      lowestCapacity: cloud.lowestInService(group).count,
      requestsSent: Math.round(sent),
      requestsLost: Math.round(lost),
      badPatchReach: broken.size,
      serving: cloud.inServiceHealthy(group),
      patched: patchedMembers(world),
      replaced: before.filter((id) => !members.has(id)).length,
      verdict,
      faults: world.faults,
    };
  } finally {
    await world.embedded.close();
  }
}

async function inTime(world: ScenarioWorld, run: Tool): Promise<Outcome> {
  const tooLate = new AbortController();
  const late = world.clock.sleep(AT_MOST_MS, tooLate.signal).then(() => {
    throw new Error(`a tool did not end in ${AT_MOST_MS / 86_400_000} days`);
  });
  // Aborted, the sleep rejects; by then the race is over.
  late.catch(() => {});
  try {
    return await Promise.race([run(world), late]);
  } finally {
    tooLate.abort();
  }
}

function patchedMembers(world: ScenarioWorld): number {
  const patches = [...world.cloud.world.catalogue.values()].flat();
  return [...simulatedGroup(world).members.values()].filter(
    ({ serves, machine }) =>
      serves &&
      appStatus(machine) === 200 &&
      machine.content.pendingReboot.size === 0 &&
      patches.every(({ id }) => machine.content.installed.has(id)),
  ).length;
}
