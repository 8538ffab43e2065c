/**
 * A model of an instance refresh with checkpoints: the instances are replaced by new ones from an image that has the patches. Whether a
 * bad patch is in it is the scenario's.
 *
 * From "Use an instance refresh", "Add checkpoints" and "Undo changes with a manual or auto rollback" in the Auto Scaling user guide:
 * instances are terminated and launched anew, never more at once than the minimum healthy percentage (default 90) leaves, each counting
 * once it is healthy and warm. At a checkpoint it waits. `AutoRollback` replaces the new ones from the old image when a CloudWatch
 * alarm that the refresh names is in ALARM: here one at one unhealthy host, as long as failures are to stop it.
 *
 * Checkpoints [1, 100], as in the guide's example: at least one per cent, which is one instance, before everything else, as a canary.
 * `CheckpointDelay` is as long as Drydock's bake (its default is an hour, the example's ten minutes); `InstanceWarmup` is the default, the
 * group's health check grace period. Bake time, skip matching and maximum healthy percentage stay off, as by default.
 *
 * Not in it: how long it takes to build and to test an image. What an instance keeps on its disks is lost, which no number here shows. The
 * faults of the scenarios belong to instances, and go with them: launches do not fail in the simulated cloud.
 */
import type { Instance } from '@aws-sdk/client-auto-scaling';
import type { LaunchTemplate } from '../../src/simulator/model.ts';
import { type Alarm, NO_ALARM, unhealthyHostAlarm } from './alarm.ts';
import { accepted, describeGroup, POLL_MS, simulatedGroup, targetState, within } from './instances.ts';
import { countAtOnce, type Outcome, type ScenarioWorld } from './scenario.ts';

const FIRST_CHECKPOINT_PERCENT = 1;
const UNHEALTHY_HOSTS = 1;

export async function instanceRefresh(world: ScenarioWorld): Promise<Outcome> {
  const group = simulatedGroup(world);
  const before = group.template;
  const after = imageWithPatches(world, before);
  const alarm = world.scenario.afterFailure === 'stop' ? unhealthyHostAlarm(world, UNHEALTHY_HOSTS) : NO_ALARM;
  group.template = after;
  const first = Math.ceil((group.desired * FIRST_CHECKPOINT_PERCENT) / 100);
  const refreshed =
    (await replace(world, after, first, alarm)) &&
    !(await within(world, world.policy.rollout.bakeSeconds, alarm.isOn)) &&
    (await replace(world, after, group.desired, alarm));
  alarm.remove();
  if (refreshed) return { verdict: 'succeeded' };
  group.template = before;
  await replace(world, before, group.desired, NO_ALARM);
  return { verdict: 'rolled back' };
}

function imageWithPatches({ cloud, scenario }: ScenarioWorld, template: LaunchTemplate): LaunchTemplate {
  const installed = new Set([...cloud.world.catalogue.values()].flat().map(({ id }) => id));
  const content = { installed, pendingReboot: new Set<string>(), ...(scenario.badPatch ? { brokenStatus: 503 } : {}) };
  return { ...template, imageId: `ami-${'1'.repeat(17)}`, content };
}

/** Replaces instances until so many of them are of the image, healthy and warm. Resolves with false as soon as the alarm is on. */
async function replace(world: ScenarioWorld, image: LaunchTemplate, count: number, alarm: Alarm): Promise<boolean> {
  const { autoscaling } = world.cloud;
  const warm = warmth(world);
  for (;;) {
    if (alarm.isOn()) return false;
    const { DesiredCapacity = 0, HealthCheckGracePeriod = 0, Instances = [] } = await describeGroup(world);
    const active = Instances.filter(({ LifecycleState = '' }) => /^(InService|Pending)/.test(LifecycleState));
    const old = active.filter(({ ImageId }) => ImageId !== image.imageId);
    const current = active.filter(({ ImageId }) => ImageId === image.imageId);
    const ready = await warm(current, HealthCheckGracePeriod);
    const serving = await warm(old, 0);
    if (ready.length >= count && old.length <= DesiredCapacity - count) return true;
    const toBegin = Math.max(0, count - (DesiredCapacity - old.length));
    const room = Math.max(0, countAtOnce(world.fleet) - (DesiredCapacity - ready.length - serving.length));
    // One that does not serve costs no healthy capacity.
    const idle = old.filter((instance) => !serving.includes(instance));
    for (const { InstanceId } of [...idle, ...serving.slice(0, room)].slice(0, toBegin)) {
      const replacement = { InstanceId, ShouldDecrementDesiredCapacity: false };
      await accepted(autoscaling.terminateInstanceInAutoScalingGroup(replacement));
    }
    await world.clock.sleep(POLL_MS);
  }
}

/** Gives those of the instances that are in service for at least so many seconds, and healthy for group and load balancer. */
function warmth(world: ScenarioWorld) {
  const since = new Map<string, number>();
  return async (instances: readonly Instance[], seconds: number): Promise<Instance[]> => {
    const found: Instance[] = [];
    for (const instance of instances) {
      const { InstanceId = '', LifecycleState, HealthStatus } = instance;
      if (LifecycleState !== 'InService' || HealthStatus !== 'Healthy') continue;
      const begun = since.get(InstanceId) ?? world.clock.now();
      since.set(InstanceId, begun);
      if (world.clock.now() - begun < seconds * 1000) continue;
      if ((await targetState(world, InstanceId)) === 'healthy') found.push(instance);
    }
    return found;
  };
}
