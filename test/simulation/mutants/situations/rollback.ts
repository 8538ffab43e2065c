/** Runs that are rolled back, by themselves or by somebody. */

import { GROUP, type RolloutWorld } from '../../../rollout/open-world.ts';
import { meanwhile, other, type Situation, write } from './situation.ts';

/** A run, what happens after it, and its rollback. */
async function rolledBack(world: RolloutWorld, then: (id: string) => unknown): Promise<unknown> {
  const { runId } = await world.run();
  const rollback = await world.clock.run(world.runs.rollbackOf(runId));
  await then(runId);
  return world.follow(await world.clock.run(world.runs.rollBack(rollback, [], { kind: 'api' })));
}

export const ROLLBACK_SITUATIONS: Record<string, Situation> = {
  'an alarm goes off after the canary, and the run is rolled back': {
    options: { rollout: { alarms: ['5xx'], onFailure: 'rollback-run' } },
    run: (world) => meanwhile(world, 'Reattach', () => world.cloud.setAlarm('5xx', 'ALARM')),
  },
  'what was patched is sick after its bake, and the run is rolled back': {
    options: { rollout: { onFailure: 'rollback-run' } },
    run: (world) =>
      meanwhile(world, 'BakeWave', async () => {
        const [id = ''] = world.watched.patchedInOrder;
        const machine = world.cloud.machine(id);
        machine.content = { ...machine.content, brokenStatus: 500 };
        world.cloud.world.machineChanged(machine);
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
};
