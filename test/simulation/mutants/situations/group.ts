/** What others do to the group itself, and who else works on it. */

import { TABLE } from '../../../../src/orchestrator/runs/records.ts';
import { itemTable } from '../../../../src/orchestrator/table/table.ts';
import { scan } from '../../../../src/simulator/patching.ts';
import { GROUP, groupOf, type RolloutWorld } from '../../../rollout/open-world.ts';
import {
  at,
  begun,
  ended,
  HOUR,
  meanwhile,
  other,
  type Situation,
  sicken,
  stoppedAt,
  tag,
  WEBHOOK,
  windowOf,
  write,
} from './situation.ts';

const DAY = 24 * HOUR;

/** As many snapshots as `count` of an earlier run, to be kept until then. */
function keep({ cloud, clock, ids }: RolloutWorld, count: number, until: string): void {
  const { content } = cloud.machine(ids[0] ?? '');
  for (let n = 0; n < count; n += 1) {
    const digits = `${until.slice(0, 4)}${String(n).padStart(13, '0')}`;
    cloud.world.snapshots.set(`snap-${digits}`, {
      ...{ id: `snap-${digits}`, volumeId: `vol-${digits}`, description: 'before patching' },
      ...{ startedAt: clock.now(), state: 'completed', content },
      tags: new Map([
        ['drydock:run-id', '20260201-020000-abcde'],
        ['drydock:instance-id', `i-${digits}`],
        ['drydock:group', GROUP],
        ['drydock:delete-after', until],
      ]),
    });
  }
}

export const GROUP_SITUATIONS: Record<string, Situation> = {
  'an instance that a window found as new was in hand already, and put back': {
    options: { rollout: { maxFailures: 2 }, group: { max: 8 } },
    run: async (world) => {
      const { cloud, clock, ids } = world;
      const startedAt = world.now();
      const input = { AutoScalingGroupName: GROUP, DesiredCapacity: 5 };
      await clock.run(
        other(world)
          .setDesiredCapacity(input)
          .then(() => {}),
      );
      await world.sleep(HOUR);
      cloud.settle();
      const fresh = [...groupOf(cloud).members.keys()].filter((id) => !ids.includes(id));
      for (const id of fresh) scan(cloud.world, cloud.machine(id));
      world.fault('command-fails', { instanceIds: fresh });
      const begun = { policy: 'test', group: GROUP, environment: 'production', runId: 'r', startedAt };
      await ended(world, 'r', { ...begun, trigger: { kind: 'window' } });
      return (await clock.run(world.runs.read('r'))).view;
    },
  },
  'another run holds the group': {
    options: { notify: [WEBHOOK] },
    run: async (world) => {
      await at(world, 'AwaitPatch', () => {});
      return world.run();
    },
  },
  'the run that holds the group is dead': {
    run: async (world) => {
      await stoppedAt(world, 'LookAtGroup');
      await world.sleep(20 * HOUR);
      return world.run();
    },
  },
  'the run that held the group has left something behind': {
    run: async (world) => {
      const id = await stoppedAt(world, 'LookAtGroup');
      await write(world, `run#${id}`, { endedAt: { S: world.now() } });
      await world.sleep(20 * HOUR);
      return world.run();
    },
  },
  'the lock went while it was looked at': {
    run: async (world) => {
      await at(world, 'AwaitPatch', () => {});
      const table = itemTable(world.store.database);
      return meanwhile(world, 'LookAtLock', () =>
        table.deleteItem({ TableName: TABLE, Key: { pk: { S: `lock#${GROUP}` } } }),
      );
    },
  },
  'the group is marked for another run': {
    run: async (world) => {
      await other(world).createOrUpdateTags(tag('drydock:run-id', 'another'));
      return world.run();
    },
  },
  'the group is marked for another run at the same moment': {
    run: (world) =>
      meanwhile(world, 'WaitForOthers', () => other(world).createOrUpdateTags(tag('drydock:run-id', 'another'))),
  },
  'the group is marked for another run before a wave': {
    run: (world) =>
      meanwhile(world, 'BakeWave', () => other(world).createOrUpdateTags(tag('drydock:run-id', 'another'))),
  },
  'the marks of the group are taken away': {
    run: (world) =>
      meanwhile(world, 'BakeWave', () => {
        groupOf(world.cloud).tags.delete('drydock:run-id');
      }),
  },
  'the minimum is changed at the same moment': {
    run: (world) =>
      meanwhile(world, 'WaitForOthers', () =>
        other(world).updateAutoScalingGroup({ AutoScalingGroupName: GROUP, MinSize: 1 }),
      ),
  },
  'a process is suspended at the same moment': {
    run: (world) =>
      meanwhile(world, 'WaitForOthers', () =>
        other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses: ['AZRebalance'] }),
      ),
  },
  'the group is gone': {
    run: async (world) => {
      const plan = await world.clock.run(world.plan());
      world.cloud.world.groups.delete(GROUP);
      const view = await world.follow(await world.clock.run(world.runs.start(plan, { kind: 'api' })));
      return { status: view.status, halted: view.halted, error: view.error };
    },
  },
  'an instance refresh has begun': {
    run: (world) =>
      meanwhile(world, 'BakeWave', () => {
        groupOf(world.cloud).instanceRefreshes.unshift({ InstanceRefreshId: 'r-1', Status: 'InProgress' });
      }),
  },
  'the group is not whole before a wave': {
    run: (world) =>
      meanwhile(world, 'BakeWave', () => {
        for (const id of world.ids.slice(-1)) sicken(world, id);
        return other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses: ['HealthCheck'] });
      }),
  },
  'an instance is launched meanwhile': {
    run: (world) =>
      meanwhile(world, 'AwaitPatch', () =>
        other(world).setDesiredCapacity({ AutoScalingGroupName: GROUP, DesiredCapacity: 4 }),
      ),
  },
  'an old snapshot is due': {
    options: { rollout: { keepSnapshots: '1d' } },
    run: async (world) => {
      await world.run();
      await world.sleep(2 * DAY);
      const { cloud } = world;
      for (const id of world.ids) {
        const machine = cloud.machine(id);
        machine.content = { ...machine.content, installed: new Set() };
      }
      const view = await world.run();
      return [view, cloud.world.snapshots.size];
    },
  },
  'a run ends a moment after it has lowered the minimum, and reads are stale': {
    run: (world) => {
      world.fault('stale-reads', { rate: 1 });
      return begun(world, (order) => ({ ...order, window: windowOf(world, 25) }));
    },
  },
  'many old snapshots are due, behind many that are not': {
    run: async (world) => {
      keep(world, 500, '2027-01-01T00:00:00.000Z');
      keep(world, 250, '2026-03-01T00:00:00.000Z');
      return world.run();
    },
  },
};
