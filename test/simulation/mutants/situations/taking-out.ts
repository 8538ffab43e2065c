/** What happens to instances before they are taken out, while they are, and on their way back. */

import { terminate } from '../../../../src/simulator/machines.ts';
import { GROUP, groupOf, type RolloutWorld, type WorldOptions } from '../../../rollout/open-world.ts';
import { failing, is, meanwhile, other, type Situation, taggedIds, terminateTagged, WEBHOOK } from './situation.ts';

/** What others do to an instance; an instance is taken out with one fewer wanted. */
const MEANWHILE: Record<string, (world: RolloutWorld, id: string) => unknown> = {
  'is put into Standby': (world, id) => other(world).enterStandby(withoutIt(id)),
  'is detached': (world, id) => other(world).detachInstances(withoutIt(id)),
  'is found unhealthy': async (world, id) => {
    await other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses: ['ReplaceUnhealthy'] });
    const member = groupOf(world.cloud).members.get(id);
    if (member !== undefined) member.healthStatus = 'Unhealthy';
  },
  'is stopped': async (world, id) => {
    await other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses: ['HealthCheck'] });
    world.cloud.machine(id).state = 'stopped';
  },
  'is moved to another group': async (world, id) => {
    world.cloud.addGroup({ name: 'second', size: 1, min: 0, max: 3 });
    await other(world).detachInstances(withoutIt(id));
    void world.clock.sleep(60_000).then(() => {
      const call = { AutoScalingGroupName: 'second', InstanceIds: [id] };
      return other(world).attachInstances(call);
    });
  },
  'is scaled in late': (world, id) => {
    void world.clock.sleep(60_000).then(() => {
      const call = { InstanceId: id, ShouldDecrementDesiredCapacity: true };
      return other(world).terminateInstanceInAutoScalingGroup(call);
    });
  },
};

const withoutIt = (id: string) => ({
  AutoScalingGroupName: GROUP,
  InstanceIds: [id],
  ShouldDecrementDesiredCapacity: true,
});

/** Healthy to its group and its load balancer, and refused by the hook behind them. */
const FAILS_IN_SERVICE: WorldOptions = {
  hooks: { afterAttach: [{ url: WEBHOOK }] },
  answering: async () => ({ status: 500, headers: {}, body: '', latencyMs: 3 }),
};

/** Their group terminates the instances that a run has in hand. */
function endTagged(world: RolloutWorld): void {
  for (const InstanceId of taggedIds(world)) {
    const call = { InstanceId, ShouldDecrementDesiredCapacity: false };
    void other(world)
      .terminateInstanceInAutoScalingGroup(call)
      .catch(() => {});
  }
}

export const TAKING_OUT_SITUATIONS: Record<string, Situation> = {
  ...Object.fromEntries(
    Object.entries(MEANWHILE).map(([what, act]): [string, Situation] => [
      `an instance that waits for its turn ${what}`,
      {
        options: { group: { min: 1 }, rollout: { canary: 4 } },
        run: (world) =>
          meanwhile(world, 'AwaitPatch', () => {
            const [id = ''] = world.ids.filter((each) => !world.watched.patchedInOrder.includes(each));
            return act(world, id);
          }),
      },
    ]),
  ),
  'others terminate instances before their turn': {
    options: { group: { min: 1 } },
    run: (world) =>
      meanwhile(world, 'BakeWave', async () => {
        const [a = '', b = ''] = world.ids.filter((id) => !world.watched.patchedInOrder.includes(id));
        await other(world).terminateInstanceInAutoScalingGroup({ InstanceId: a, ShouldDecrementDesiredCapacity: true });
        terminate(world.cloud.world, world.cloud.machine(b));
      }),
  },
  'an instance is being terminated when its turn comes': {
    options: { group: { min: 1 }, rollout: { bake: '0s' } },
    run: (world) =>
      meanwhile(world, 'LookBeforeWave', () => {
        const call = { InstanceId: world.ids[0], ShouldDecrementDesiredCapacity: false };
        return other(world).terminateInstanceInAutoScalingGroup(call);
      }),
  },
  'an instance goes into Standby while it is tagged': {
    options: { group: { min: 1 } },
    run: (world) =>
      meanwhile(world, 'Detach', () =>
        other(world).enterStandby({
          AutoScalingGroupName: GROUP,
          InstanceIds: taggedIds(world),
          ShouldDecrementDesiredCapacity: true,
        }),
      ),
  },
  'an instance is terminated while it is tagged': {
    options: { group: { min: 1 } },
    run: (world) => meanwhile(world, 'Isolate', () => terminateTagged(world)),
  },
  'an instance is terminated in the dock': {
    run: (world) => meanwhile(world, 'AwaitPatch', () => terminateTagged(world)),
  },
  'an instance is terminated behind its attach': {
    run: (world) => meanwhile(world, 'WaitForService', () => terminateTagged(world)),
  },
  'an instance is detached by somebody behind its attach': {
    options: { group: { min: 1 } },
    run: (world) =>
      meanwhile(world, 'WaitForService', () => {
        const ids = taggedIds(world);
        void world.clock.sleep(5000).then(() => {
          for (const id of ids) void MEANWHILE['is detached']?.(world, id);
        });
      }),
  },
  'instances are protected from scale-in': {
    options: { group: { newInstancesProtected: true } },
    run: async (world) => [
      await world.run(),
      [...groupOf(world.cloud).members.values()].map(({ protectedFromScaleIn }) => protectedFromScaleIn),
    ],
  },
  'protected instances come back with a hook': {
    options: { group: { newInstancesProtected: true }, hooks: { afterAttach: [{ url: WEBHOOK }] } },
    run: async (world) => [
      await world.run(),
      [...groupOf(world.cloud).members.values()].map(({ protectedFromScaleIn }) => protectedFromScaleIn),
    ],
  },
  ...Object.fromEntries(
    ['is put into Standby', 'is detached', 'is moved to another group', 'is scaled in late'].flatMap((what) =>
      (['detach', 'standby'] as const).map((isolation): [string, Situation] => [
        `an instance ${what} while its hook runs before it is taken out by ${isolation}`,
        {
          options: {
            rollout: { isolation },
            group: { min: 1 },
            hooks: { beforeDetach: [{ document: 'Hook', timeout: '10m' }] },
          },
          run: (world) => {
            world.cloud.addDocument('Hook', { seconds: 240 });
            return meanwhile(world, 'WaitForHook', () => MEANWHILE[what]?.(world, taggedIds(world)[0] ?? ''));
          },
        },
      ]),
    ),
  ),
  ...Object.fromEntries(
    (['detach', 'standby'] as const).flatMap((isolation) =>
      ['is put into Standby', 'is detached'].map((what): [string, Situation] => [
        `an instance ${what} while the process is dead, before it would be taken out by ${isolation}`,
        {
          options: { rollout: { isolation }, group: { min: 1 }, durable: true },
          run: async (world) => {
            const planned = await world.firstPlanned();
            const died = world.dieAt(is('TagInstance'));
            const id = await world.start();
            await died;
            await MEANWHILE[what]?.(world, planned);
            await world.sleep(600);
            world.restart();
            await world.runs.resume();
            return world.follow(id);
          },
        },
      ]),
    ),
  ),
  'an instance is terminated in the moment before it would be taken out, and its group has replaced it': {
    run: (world) =>
      meanwhile(world, 'Detach', async () => {
        const [InstanceId = ''] = taggedIds(world);
        await other(world).terminateInstanceInAutoScalingGroup({ InstanceId, ShouldDecrementDesiredCapacity: false });
        groupOf(world.cloud).members.delete(InstanceId);
      }),
  },
  'an instance is terminated in the dock while the answer to its detaching is lost': {
    options: failing('Detach'),
    run: (world) =>
      meanwhile(world, 'WaitToKnow', async () => {
        const ids = taggedIds(world);
        await other(world).detachInstances({
          AutoScalingGroupName: GROUP,
          InstanceIds: ids,
          ShouldDecrementDesiredCapacity: true,
        });
        terminateTagged(world);
        for (const id of ids) groupOf(world.cloud).members.delete(id);
      }),
  },
  'the answers to taking out are lost, and reads lag': {
    run: async (world) => {
      world.engine.onEvent((_, { type, details }) => {
        if (type !== 'TaskStateEntered' || details?.value.name !== 'Detach') return;
        world.fault('connections-lost', { rate: 1 });
        void world.clock.sleep(1500).then(() => {
          world.fault('connections-lost', { rate: 0 });
          world.fault('stale-reads', { rate: 1 });
        });
      });
      return world.run();
    },
  },
  'an instance cannot be detached, and is terminated': {
    options: failing('Detach'),
    run: (world) => meanwhile(world, 'LookAfterIsolate', () => endTagged(world)),
  },
  'an instance that fails in service cannot be taken out again': {
    options: FAILS_IN_SERVICE,
    run: async (world) => {
      return meanwhile(world, 'WaitForService', () => world.deny('autoscaling:detachInstances'));
    },
  },
  'an instance that fails in service cannot be taken out again, and is terminated': {
    options: FAILS_IN_SERVICE,
    run: async (world) => {
      return meanwhile(world, 'WaitForService', () => {
        world.deny('autoscaling:detachInstances');
        world.engine.onEvent((arn, event) => is('WaitToKnow')(arn, event) && endTagged(world));
      });
    },
  },
  ...Object.fromEntries(
    (['detach', 'standby'] as const).map((isolation): [string, Situation] => [
      `an instance that failed in service is refused on its way back, by ${isolation}`,
      {
        options: { ...FAILS_IN_SERVICE, rollout: { isolation } },
        run: (world) =>
          meanwhile(world, 'RestoreRootVolume', () => {
            const calls = ['autoscaling:attachInstances', 'autoscaling:exitStandby'];
            for (const call of calls) world.deny(call);
            void world.clock.sleep(600_000).then(() => {
              for (const call of calls) world.allow(call);
            });
          }),
      },
    ]),
  ),
  ...Object.fromEntries(
    (['patched', 'failing'] as const).flatMap((how) => [
      [
        `a load balancer does not let go of an instance that is ${how}`,
        {
          options: how === 'failing' ? FAILS_IN_SERVICE : {},
          run: (world: RolloutWorld) => {
            return meanwhile(world, how === 'failing' ? 'WaitForService' : 'TagInstance', () => {
              for (const targetGroup of groupOf(world.cloud).targetGroups) {
                Object.assign(targetGroup, { deregistrationDelaySeconds: 100_000 });
              }
            });
          },
        },
      ],
      [
        `nothing is known of the targets of an instance that is ${how}`,
        {
          options: how === 'failing' ? FAILS_IN_SERVICE : {},
          run: (world: RolloutWorld) => {
            const state = how === 'failing' ? 'TagRollingBack' : 'Detach';
            return meanwhile(world, how === 'failing' ? 'CountFailure' : state, () =>
              world.deny('elasticloadbalancingv2:describeTargetHealth'),
            );
          },
        },
      ],
    ]),
  ),
  'a load balancer does not let go of an instance that is failing, and would be replaced': {
    options: { ...FAILS_IN_SERVICE, rollback: 'replace' },
    run: (world) =>
      meanwhile(world, 'WaitForService', () => {
        for (const targetGroup of groupOf(world.cloud).targetGroups) {
          Object.assign(targetGroup, { deregistrationDelaySeconds: 100_000 });
        }
      }),
  },
  'some instances are protected from scale-in, and come back with a hook': {
    options: { hooks: { afterAttach: [{ url: WEBHOOK }] } },
    run: async (world) => {
      const call = { AutoScalingGroupName: GROUP, InstanceIds: world.ids, ProtectedFromScaleIn: true };
      await other(world).setInstanceProtection(call);
      return world.run();
    },
  },
  'an instance is taken out again by somebody before its attach was answered': {
    run: async (world) => {
      const id = await world.firstPlanned();
      const call = { AutoScalingGroupName: GROUP, InstanceIds: [id] };
      const becomes = (lifecycleState: 'Pending:Wait' | 'InService') => {
        const member = groupOf(world.cloud).members.get(id);
        if (member !== undefined) member.lifecycleState = lifecycleState;
      };
      const steps: [state: string, then: () => unknown][] = [
        [
          'Attach',
          () =>
            other(world)
              .attachInstances(call)
              .then(() => world.deny('autoscaling:attachInstances')),
        ],
        ['LookAtService', () => becomes('Pending:Wait')],
        [
          'Serves',
          () => {
            becomes('InService');
            world.allow('autoscaling:attachInstances');
            return other(world).detachInstances(withoutIt(id));
          },
        ],
      ];
      world.onEvent((arn, event) => {
        const [state = '', then] = steps[0] ?? [];
        if (!event.type.endsWith('StateEntered') || !is(state)(arn, event)) return;
        steps.shift();
        void then?.();
      });
      return world.run();
    },
  },
  'instances are being terminated when their turn comes': {
    options: { group: { min: 1 }, rollout: { canary: 4 } },
    run: (world) =>
      meanwhile(world, 'LookAtService', async () => {
        const waiting = world.ids.filter((id) => !world.watched.patchedInOrder.includes(id));
        for (const InstanceId of waiting) {
          const call = { InstanceId, ShouldDecrementDesiredCapacity: false };
          await other(world).terminateInstanceInAutoScalingGroup(call);
        }
      }),
  },
};
