/**
 * A model of Patch Manager in a maintenance window: one Run Command task, AWS-RunPatchBaseline with `Operation: Install` and
 * `RebootOption: RebootIfNeeded`, over a percentage of the instances at once. It knows of no load balancer: instances take requests while
 * they are patched and until the load balancer has noticed that they reboot.
 *
 * Rates: "Using targets and rate controls to send commands to a fleet" in the Systems Manager user guide. The command goes to one instance,
 * after that to two more, and to exponentially more until `MaxConcurrency` is met; with `MaxErrors` 0, the default, nothing is sent
 * after the first error, and what is under way is finished.
 *
 * A task can be told to heed a CloudWatch alarm (`AlarmConfiguration` of RegisterTaskWithMaintenanceWindow): when it is on, nothing more is
 * sent. That is the second tool here. Its alarm is at one unhealthy host more than are patched at once: those reboot in sight of the load
 * balancer, and an alarm at fewer would stop good patches too.
 *
 * In their favour: the group's processes HealthCheck and ReplaceUnhealthy are suspended for the window, as "Considerations for suspending
 * processes" in the Auto Scaling user guide has it for reboots. Left alone, a group that follows its load balancer would replace,
 * by one from the unpatched image, each instance that reboots for longer than the load balancer's checks forgive. They are resumed once
 * the load balancer finds the last instances healthy again, or a minute after the command if it does not. The window is long enough for
 * the whole fleet, and nothing waits for it to open.
 */
import { type Alarm, NO_ALARM, unhealthyHostAlarm } from './alarm.ts';
import { inService, install, targetState, within } from './instances.ts';
import { countAtOnce, type Outcome, type ScenarioWorld } from './scenario.ts';

const SUSPENDED = ['HealthCheck', 'ReplaceUnhealthy'];
const SETTLE_SECONDS = 60;

export async function maintenanceWindow(world: ScenarioWorld): Promise<Outcome> {
  return runTask(world, NO_ALARM);
}

export async function maintenanceWindowWithAlarm(world: ScenarioWorld): Promise<Outcome> {
  const alarm = unhealthyHostAlarm(world, countAtOnce(world.fleet) + 1);
  const outcome = await runTask(world, alarm);
  alarm.remove();
  return outcome;
}

async function runTask(world: ScenarioWorld, alarm: Alarm): Promise<Outcome> {
  const { cloud, group } = world;
  const processes = { AutoScalingGroupName: group, ScalingProcesses: SUSPENDED };
  await cloud.autoscaling.suspendProcesses(processes);
  const ids = await inService(world);
  const { failed, stopped } = await sendAtRate(world, ids, alarm);
  await within(world, SETTLE_SECONDS, async () => {
    const states = await Promise.all(ids.map((id) => targetState(world, id)));
    return states.every((state) => state === 'healthy');
  });
  await cloud.autoscaling.resumeProcesses(processes);
  return { verdict: stopped ? 'halted' : failed > 0 ? 'failed' : 'succeeded' };
}

/** Sends the command to each in turn; gives how many failed, and whether the alarm stopped it. */
async function sendAtRate(world: ScenarioWorld, ids: readonly string[], alarm: Alarm) {
  const most = countAtOnce(world.fleet);
  const underWay = new Set<Promise<void>>();
  let ended = 0;
  let failed = 0;
  let stopped = false;
  for (const id of ids) {
    while (underWay.size >= Math.min(most, 2 ** ended)) await Promise.race(underWay);
    stopped = alarm.isOn();
    if (stopped || (failed > 0 && world.scenario.afterFailure === 'stop')) break;
    const one = install(world, id, 'RebootIfNeeded').then((installed) => {
      ended += 1;
      if (!installed) failed += 1;
      underWay.delete(one);
    });
    underWay.add(one);
  }
  await Promise.all(underWay);
  return { failed, stopped };
}
