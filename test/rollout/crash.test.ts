/** A share of what `npm run crash-test` does for every transition and call: die there, recover, look. */
import { expect, test } from 'vitest';
import { courseOf, crashAt, crashPoints, VARIANTS } from '../simulation/crash-points.ts';
import { openWorld, outcomes } from './open-world.ts';
import { expectWhole } from './whole.ts';

/** One in this many is tried; a prime, so that they are not all of one kind. */
const STRIDE = 199;

test.each(Object.keys(VARIANTS))(
  'a run that dies when %s is made whole, however it dies',
  { timeout: 60_000 },
  async (variant) => {
    const points = crashPoints(variant, await courseOf(VARIANTS[variant] ?? {}), STRIDE);
    expect(points.length).toBeGreaterThan(7);
    const notWhole: unknown[] = [];
    for (const point of points) {
      const crash = await crashAt(point);
      if (crash.left.length > 0) notWhole.push(crash);
    }
    expect(notWhole).toEqual([]);
  },
);

test.each(['ssm:sendCommand', 'autoscaling:executePolicy'])(
  'what %s did before the process died is looked for, and not done again, also where it cannot be read at once whose the run is',
  async (lost) => {
    const world = openWorld({ durable: true, rollback: 'replace', group: { size: 3, min: 1, max: 6 } });
    world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
    const died = new Promise<void>((resolve, reject) => {
      const unlisten = world.cloud.watch(({ service, action }) => {
        if (`${service}:${action}` !== lost) return;
        unlisten();
        world.die().then(resolve, reject);
      });
    });
    const id = await world.start();
    await world.clock.run(died);
    world.restart();
    world.deny('autoscaling:describeAutoScalingGroups');
    world.deny('ec2:describeInstances');
    await world.runs.resume();
    await world.sleep(1);
    world.allow('autoscaling:describeAutoScalingGroups');
    world.allow('ec2:describeInstances');
    expect(outcomes(await world.follow(id))).toMatchObject({ replaced: 1 });
    expect(world.watched.violations).toEqual([]);
    await expectWhole(world);
    await world.close();
  },
);
