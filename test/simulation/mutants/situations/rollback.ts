/** Runs that are rolled back, by themselves or by somebody. */

import { GROUP, groupOf, type RolloutWorld } from '../../../rollout/open-world.ts';
import {
  is,
  meanwhile,
  other,
  recovered,
  type Situation,
  sicken,
  stoppedAt,
  taggedIds,
  terminateTagged,
  write,
} from './situation.ts';

/** A run, what happens after it, and its rollback. */
async function rolledBack(world: RolloutWorld, then: (id: string) => unknown): Promise<unknown> {
  const { runId } = await world.run();
  const rollback = await world.clock.run(world.runs.rollbackOf(runId));
  await then(runId);
  return world.follow(await world.clock.run(world.runs.rollBack(rollback, [], { kind: 'api' })));
}

/** A run that is over, and its rollback, which is stopped at that state. */
async function rollbackStoppedAt(world: RolloutWorld, state: string): Promise<string> {
  const { runId } = await world.run();
  const rollback = await world.clock.run(world.runs.rollbackOf(runId));
  return stoppedAt(world, state, () => world.clock.run(world.runs.rollBack(rollback, [], { kind: 'api' })));
}

export const ROLLBACK_SITUATIONS: Record<string, Situation> = {
  'what was patched is sick after its bake, and the run is rolled back': {
    options: { rollout: { onFailure: 'rollback-run' } },
    run: (world) =>
      meanwhile(world, 'BakeWave', async () => {
        const [id = ''] = world.watched.patchedInOrder;
        sicken(world, id);
        await other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses: ['HealthCheck'] });
      }),
  },
  'a finished run is rolled back whose snapshots are gone': {
    run: (world) => rolledBack(world, () => world.cloud.world.snapshots.clear()),
  },
  'a finished run is rolled back whose instances were replaced since': {
    run: (world) =>
      rolledBack(world, async (id) => {
        for (const each of world.ids) await write(world, `instance#${id}#${each}`, { outcome: { S: 'replaced' } });
      }),
  },
  ...Object.fromEntries(
    ['ec2:createReplaceRootVolumeTask', 'ec2:describeSnapshots'].map((call): [string, Situation] => [
      `a finished run is rolled back without ${call}`,
      { run: (world) => rolledBack(world, () => world.deny(call)) },
    ]),
  ),
  'two rollbacks of a run are decided on at the same time': {
    run: async (world) => {
      const { runId } = await world.run();
      const [one, two] = await world.clock.run(
        Promise.all([world.runs.rollbackOf(runId), world.runs.rollbackOf(runId)]),
      );
      const carriedOut = async (rollback: typeof one) =>
        world.follow(await world.clock.run(world.runs.rollBack(rollback, [], { kind: 'api' })));
      return [await carriedOut(one), await carriedOut(two)];
    },
  },
  'a finished run is rolled back, and its instances are terminated in the dock': {
    options: { group: { min: 1 }, rollout: { maxFailures: 3 } },
    run: (world) =>
      rolledBack(world, () =>
        world.onEvent((arn, event) => is('WaitForRestore')(arn, event) && terminateTagged(world)),
      ),
  },
  'a finished run that replaces is rolled back': {
    options: { rollback: 'replace' },
    run: (world) => rolledBack(world, () => {}),
  },
  'a rollback of its own run is aborted, and rolled back later': {
    options: { rollout: { onFailure: 'rollback-run' } },
    run: async (world) => {
      world.fault('patch-breaks-app', { instanceIds: world.ids.filter((id) => id !== world.ids[2]) });
      const { runId } = await meanwhile(world, 'OrderRollback', (id) => world.runs.steer(id, 'abort'));
      const rollback = world.runs.rollbackOf(runId).catch((error: Error) => error.message);
      return world.clock.run(rollback);
    },
  },
  'a finished run is rolled back that kept no snapshot of some': {
    run: (world) =>
      rolledBack(world, async (id) => {
        for (const each of world.ids) await write(world, `instance#${id}#${each}`, { snapshotId: { S: '' } });
      }),
  },
  'a rollback of its own run is aborted within its wave, and rolled back later': {
    options: { rollout: { onFailure: 'rollback-run' } },
    run: async (world) => {
      const planned = (await world.clock.run(world.plan())).waves.flatMap(({ instances }) => instances);
      world.fault('patch-breaks-app', { instanceIds: planned.slice(2, 3).map(({ instanceId }) => instanceId) });
      const id = await world.start();
      await world.until(
        id,
        ({ instances }) => instances.filter(({ outcome }) => outcome === 'rolled-back').length === 2,
      );
      await world.runs.steer(id, 'abort');
      const view = await world.follow(id);
      const rollback = await world.clock.run(world.runs.rollbackOf(id));
      return [view, await world.follow(await world.clock.run(world.runs.rollBack(rollback, [], { kind: 'api' })))];
    },
  },
  ...Object.fromEntries(
    ['TagInstance', 'WaitForDrain', 'RestoreRootVolume', 'WaitForService'].map((state): [string, Situation] => [
      `a rollback is stopped at ${state}, and recovered`,
      { run: async (world) => recovered(world, await rollbackStoppedAt(world, state)) },
    ]),
  ),
  'the recovery of a rollback is stopped too, and what it attached is sick': {
    options: { group: { healthCheckType: 'EC2' } },
    run: async (world) => {
      for (const member of groupOf(world.cloud).members.values()) member.protectedFromScaleIn = true;
      const id = await rollbackStoppedAt(world, 'WaitForDrain');
      const [attached = ''] = taggedIds(world);
      let recovery = '';
      const back = new Promise<void>((resolve) => {
        world.engine.onEvent((arn, event) => {
          if (is('MakeWhole')(arn, event)) recovery = arn;
          if (is('WaitForService')(arn, event)) resolve();
        });
      });
      const cutOff = world.runs.recover(id);
      await world.clock.run(back);
      await world.clock.run(world.engine.stopExecution({ executionArn: recovery }));
      await world.clock.run(cutOff);
      sicken(world, attached);
      return recovered(world, id);
    },
  },
};
