/** Runs whose process falls asleep, and what others do until it wakes: another machine, which has a table of its own, or the group. */

import { scan } from '../../../../src/simulator/patching.ts';
import { GROUP, KERNEL } from '../../../rollout/open-world.ts';
import {
  asleepAt,
  breaks,
  HOUR,
  is,
  other,
  recoveredElsewhere,
  type Situation,
  stoppedAt,
  taggedIds,
  WEBHOOK,
} from './situation.ts';

/** The first time that an execution comes to that state after one came to the other. */
function behind(before: string, state: string): ReturnType<typeof is> {
  let isBehind = false;
  return (arn, event) => {
    isBehind ||= is(before)(arn, event);
    return isBehind && is(state)(arn, event);
  };
}

export const SLEEPER_SITUATIONS: Record<string, Situation> = {
  ...Object.fromEntries(
    ['LookAtDrain', 'LookInDock', 'LookAtMachineState'].flatMap((state) =>
      ['and another machine recovers it', 'and nobody does'].map((meanwhile): [string, Situation] => [
        `a run falls asleep at ${state} for longer than its lease, ${meanwhile}`,
        {
          options: { durable: true, group: { min: 4 } },
          run: (world) => {
            if (state === 'LookAtMachineState') breaks(world);
            return asleepAt(world, is(state), async (id) => {
              await world.sleep(10 * HOUR);
              if (meanwhile !== 'and nobody does') await recoveredElsewhere(world, id);
            });
          },
        },
      ]),
    ),
  ),
  'a run falls asleep before it launches a replacement, and another machine recovers it': {
    options: { durable: true, rollback: 'replace', group: { min: 4 } },
    run: (world) => {
      breaks(world);
      return asleepAt(world, is('PutRaise'), async (id) => {
        await world.sleep(10 * HOUR);
        await recoveredElsewhere(world, id);
      });
    },
  },
  'a rollback falls asleep behind its first volume for longer than its lease': {
    options: { durable: true },
    run: async (world) => {
      const { runId } = await world.run();
      const rollback = await world.clock.run(world.runs.rollbackOf(runId));
      const begin = () => world.clock.run(world.runs.rollBack(rollback, [], { kind: 'api' }));
      return asleepAt(world, is('LookInDock'), () => world.sleep(10 * HOUR), begin);
    },
  },
  'a run falls asleep before its rollback for longer than its lease, and its hook would answer well by then': {
    options: {
      durable: true,
      hooks: { afterAttach: [{ url: WEBHOOK }] },
      answering: async (_, clock) => ({
        status: clock.now() < Date.parse('2026-03-02T07:00:00Z') ? 500 : 200,
        ...{ headers: {}, body: '', latencyMs: 3 },
      }),
    },
    run: (world) => asleepAt(world, behind('CountFailure', 'LookAtDrain'), () => world.sleep(10 * HOUR)),
  },
  'a run falls asleep before it replaces an instance, and another machine has done so': {
    options: { durable: true, rollback: 'replace' },
    run: (world) => {
      breaks(world);
      return asleepAt(world, is('TakeReplacing'), (id) => recoveredElsewhere(world, id));
    },
  },
  'a recovery falls asleep before it looks, and another machine makes the run whole': {
    options: { durable: true },
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      const died = world.dieAt(is('LookBefore'));
      void world.runs.recover(id).catch(() => {});
      await died;
      const elsewhere = await recoveredElsewhere(world, id);
      let recovery = '';
      world.onEvent((arn, event) => {
        if (is('MakeWhole')(arn, event)) recovery = arn;
      });
      world.restart();
      await world.runs.resume();
      await world.sleep(HOUR);
      const { status, output } = await world.engine.describeExecution({ executionArn: recovery });
      return [elsewhere, status, output];
    },
  },
  'an instance is forgotten by EC2 while the process is dead behind its attach': {
    options: { durable: true },
    run: (world) =>
      asleepAt(world, is('LookAtService'), async () => {
        await world.sleep(60);
        for (const InstanceId of taggedIds(world)) {
          const call = { InstanceId, ShouldDecrementDesiredCapacity: false };
          await world.clock.run(other(world).terminateInstanceInAutoScalingGroup(call));
        }
        await world.sleep(5 * HOUR);
      }),
  },
  'a run wakes that another machine took for dead, and finds a run of that one on its group': {
    options: { durable: true, group: { min: 4 } },
    run: async (world) => {
      const { watched, cloud, clock } = world;
      const isLast: ReturnType<typeof is> = (arn, event) =>
        is('LookForNew')(arn, event) && watched.patchedInOrder.length === 4;
      let elsewhere: Promise<unknown> = Promise.resolve();
      const view = await asleepAt(world, isLast, async (id) => {
        await world.sleep(10 * HOUR);
        const { runs } = world.another();
        await clock.run(runs.recover(id, { group: GROUP, order: undefined }));
        cloud.addPatches([{ ...KERNEL, id: 'openssl.x86_64', title: 'openssl.x86_64:1:1.0.2k-24.amzn2' }]);
        for (const each of world.ids) scan(cloud.world, cloud.machine(each));
        const holder = await clock.run(runs.start(await clock.run(world.plan()), { kind: 'api' }));
        elsewhere = runs.follow(holder);
        await world.sleep(90);
      });
      return [view, await clock.run(elsewhere)];
    },
  },
};
