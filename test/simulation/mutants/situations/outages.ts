/** Services that answer nothing for a while, and what is refused for as long. */

import { GROUP, type RolloutWorld } from '../../../rollout/open-world.ts';
import { HOUR, is, other, recovered, type Situation, taggedIds } from './situation.ts';

/** From when an execution comes to that state the service is down, for so many seconds. */
function downFrom(world: RolloutWorld, service: string, state: string, seconds: number): void {
  let isOver = false;
  world.onEvent((arn, event) => {
    if (isOver || event.type !== 'TaskStateEntered' || !is(state)(arn, event)) return;
    isOver = true;
    world.cloud.world.outages.add(service);
    void world.clock.sleep(seconds * 1000).then(() => world.cloud.world.outages.delete(service));
  });
}

/** The call is refused from when an execution comes to the one state until one comes to the other. */
function refusedBetween(world: RolloutWorld, call: string, from: string, to: string): void {
  world.onEvent((arn, event) => {
    if (is(from)(arn, event)) world.deny(call);
    if (is(to)(arn, event)) world.allow(call);
  });
}

async function brokenByTheirPatch(world: RolloutWorld, count: number): Promise<void> {
  const planned = (await world.clock.run(world.plan())).waves.flatMap(({ instances }) => instances);
  world.fault('patch-breaks-app', { instanceIds: planned.slice(0, count).map(({ instanceId }) => instanceId) });
}

const REPLACING = { rollback: 'replace' as const, group: { min: 1, max: 8 } };

async function andRecovered(world: RolloutWorld): Promise<unknown> {
  const view = await world.run();
  await world.sleep(HOUR);
  return view.notWhole === undefined ? view : [view, await recovered(world, view.runId)];
}

export const OUTAGE_SITUATIONS: Record<string, Situation> = {
  ...Object.fromEntries(
    ['Detach', 'NoteDesired', 'LookAtNewestAgain', 'TagReplaced', 'TerminateBroken', 'Attach', 'LookToRestore'].flatMap(
      (state) =>
        ['autoscaling', 'ec2'].map((service): [string, Situation] => [
          `${service} is down for ten minutes from ${state} on`,
          {
            options: { ...REPLACING, rollout: { canary: 2, maxUnavailable: 2, maxFailures: 2 } },
            run: async (world) => {
              await brokenByTheirPatch(world, 2);
              downFrom(world, service, state, 600);
              return andRecovered(world);
            },
          },
        ]),
    ),
  ),
  'an instance that is sick in service may not be taken out again for a minute': {
    options: { group: { min: 4, healthCheckType: 'EC2' } },
    run: async (world) => {
      world.fault('target-never-healthy', { instanceIds: [await world.firstPlanned()] });
      let isOver = false;
      world.onEvent((arn, event) => {
        if (isOver || !is('Isolated')(arn, event)) return;
        isOver = true;
        world.deny('autoscaling:detachInstances');
        void world.clock.sleep(60_000).then(() => world.allow('autoscaling:detachInstances'));
      });
      return world.run();
    },
  },
  'tags of instances may not be removed until the run is over': {
    run: (world) => {
      refusedBetween(world, 'ec2:deleteTags', 'TagInstance', 'LookToRestore');
      return andRecovered(world);
    },
  },
  'the tags of an instance that was replaced may not be removed': {
    options: REPLACING,
    run: async (world) => {
      await brokenByTheirPatch(world, 1);
      refusedBetween(world, 'ec2:deleteTags', 'TagInstance', 'LookToRestore');
      return andRecovered(world);
    },
  },
  'a scaling policy may not be taken away when it was executed': {
    options: REPLACING,
    run: async (world) => {
      await brokenByTheirPatch(world, 1);
      refusedBetween(world, 'autoscaling:deletePolicy', 'DropRaise', 'NoteRaised');
      return andRecovered(world);
    },
  },
  'a scaling policy may never be taken away': {
    options: REPLACING,
    run: async (world) => {
      await brokenByTheirPatch(world, 1);
      world.deny('autoscaling:deletePolicy');
      return andRecovered(world);
    },
  },
  ...Object.fromEntries(
    [true, false].map((isReplaced): [string, Situation] => [
      `nobody can see a machine that ${isReplaced ? 'its group has replaced' : 'somebody has detached once it was back'}`,
      {
        options: { group: { min: 1, max: 8 } },
        run: async (world) => {
          if (isReplaced) world.fault('target-never-healthy', { instanceIds: [await world.firstPlanned()] });
          const { outages } = world.cloud.world;
          let isDetached = isReplaced;
          world.onEvent((arn, event) => {
            if (!event.type.endsWith('StateEntered')) return;
            if (is('LookAtLeaving')(arn, event)) outages.add('ec2');
            if (is('LookAtActivities')(arn, event)) outages.delete('ec2');
            if (isDetached || !is('Serves')(arn, event)) return;
            isDetached = true;
            const call = { AutoScalingGroupName: GROUP, InstanceIds: taggedIds(world) };
            void other(world).detachInstances({ ...call, ShouldDecrementDesiredCapacity: true });
          });
          return andRecovered(world);
        },
      },
    ]),
  ),
};
