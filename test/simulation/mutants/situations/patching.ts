/** What goes wrong with the patch itself, and with whatever answers for it. */

import { FAULTS, OF_CALLS } from '../../../../src/simulator/faults.ts';
import { GROUP, groupOf, type RolloutWorld } from '../../../rollout/open-world.ts';
import {
  breaks,
  failing,
  first,
  is,
  meanwhile,
  other,
  ROLLBACKS,
  recovered,
  type Situation,
  taggedIds,
  terminateTagged,
} from './situation.ts';

/** The group has done so much since that it does not go on one page. */
function busy({ cloud, clock }: RolloutWorld): void {
  cloud.settle();
  const { activities } = groupOf(cloud);
  const [latest] = activities;
  if (latest === undefined || activities.length > 200) return;
  const Cause = 'a user request executed policy other changing the desired capacity from 3 to 4.';
  const made = { ...latest, Description: 'Launching a new EC2 instance: i-0', Cause };
  for (let count = 0; count < 250; count += 1) activities.unshift({ ...made, StartTime: new Date(clock.now()) });
}

export const PATCHING_SITUATIONS: Record<string, Situation> = {
  ...Object.fromEntries(
    Object.keys(FAULTS)
      .filter((name) => !OF_CALLS.has(name))
      .flatMap((fault) =>
        (['detach', 'standby'] as const).map((isolation): [string, Situation] => [
          `${fault} while instances are taken out by ${isolation}`,
          {
            options: { rollout: { isolation, maxFailures: 1 } },
            run: (world) => {
              world.fault(fault, { instanceIds: first(world) });
              return world.run();
            },
          },
        ]),
      ),
  ),
  'a long patch may not be looked at for most of its time': {
    options: { group: { patch: 3000, size: 1, min: 0 } },
    run: (world) => {
      let isDenied = false;
      world.onEvent((arn, event) => {
        if (isDenied || !is('AwaitPatch')(arn, event)) return;
        isDenied = true;
        world.deny('ssm:getCommandInvocation');
        void world.clock.sleep(2_600_000).then(() => world.allow('ssm:getCommandInvocation'));
      });
      return world.run();
    },
  },
  'a snapshot fails, and the patch breaks the application': {
    run: (world) => {
      world.fault('snapshot-fails', { instanceIds: first(world) });
      breaks(world);
      return world.run();
    },
  },
  ...Object.fromEntries(
    [1500, 200_000, 500_000].map((ms): [string, Situation] => [
      `the answers to launching a replacement are lost for ${ms / 1000} s`,
      {
        options: { rollback: 'replace' },
        run: (world) => {
          world.fault('patch-breaks-app', { instanceIds: first(world) });
          return meanwhile(world, 'RaiseDesired', () => {
            world.fault('connections-lost', { rate: 1 });
            void world.clock.sleep(ms).then(() => world.fault('connections-lost', { rate: 0 }));
          });
        },
      },
    ]),
  ),
  'an instance cannot be made whole, and others wait for their turn': {
    options: { rollback: 'replace', rollout: { canary: 4, maxFailures: 3 } },
    run: (world) => {
      for (const id of world.ids) world.fault('patch-breaks-app', { instanceIds: [id] });
      world.deny('autoscaling:executePolicy');
      return world.run();
    },
  },
  'the execution of an instance is stopped': {
    run: async (world) => {
      let child = '';
      const reached = new Promise<void>((resolve) => {
        world.engine.onEvent((arn, event) => {
          if (!is('AwaitPatch')(arn, event)) return;
          child = arn;
          resolve();
        });
      });
      const id = await world.start();
      await world.clock.run(reached);
      await world.clock.run(world.engine.stopExecution({ executionArn: child }));
      const view = await world.follow(id);
      return [view, await recovered(world, id)];
    },
  },
  ...Object.fromEntries(
    ['Detach', 'CreateSnapshot', 'TagPatching', 'LookInDock', 'Attach'].flatMap((state) =>
      ROLLBACKS.map((rollback): [string, Situation] => [
        `${state} fails in a run that would ${rollback}`,
        { options: { rollback, ...failing(state) }, run: (world) => world.run() },
      ]),
    ),
  ),
  'Systems Manager never answers': {
    options: failing('SendPatchCommand', 'Ssm.SdkClientException'),
    run: (world) => world.run(),
  },
  'a patch command takes longer than the policy allows': {
    options: { rollout: { patchTimeout: '10m' } },
    run: (world) => {
      world.fault('command-hangs', { instanceIds: first(world) });
      return world.run();
    },
  },
  ...Object.fromEntries(
    [60, 3000].map((seconds): [string, Situation] => [
      `patch states are reported after ${seconds} s`,
      {
        run: (world) =>
          meanwhile(world, 'LookInDock', () => {
            const [machine] = taggedIds(world).map((id) => world.cloud.machine(id));
            if (machine === undefined) return;
            const report = machine.patchReport;
            delete machine.patchReport;
            void world.clock.sleep(seconds * 1000).then(() => {
              if (report !== undefined) machine.patchReport = report;
            });
          }),
      },
    ]),
  ),
  'an instance still reports what was found on it before a patch that was passed over': {
    run: async (world) => {
      world.fault('patch-ignored', { instanceIds: [await world.firstPlanned()] });
      return meanwhile(world, 'LookInDock', () => {
        const [machine] = taggedIds(world).map((id) => world.cloud.machine(id));
        const report = machine?.patchReport;
        if (machine === undefined || report === undefined) return;
        machine.patchReport = { ...report, endedAt: report.endedAt - 86_400_000, missing: [] };
        void world.clock.sleep(60_000).then(() => {
          machine.patchReport = report;
        });
      });
    },
  },
  ...Object.fromEntries(
    (['detach', 'standby'] as const).flatMap((isolation) =>
      [60, 7200].map((seconds): [string, Situation] => [
        `an instance is refused on its way back for ${seconds} s, by ${isolation}`,
        {
          options: { rollout: { isolation } },
          run: (world) =>
            meanwhile(world, 'LookInDock', () => {
              const calls = ['autoscaling:attachInstances', 'autoscaling:exitStandby'];
              for (const call of calls) world.deny(call);
              void world.clock.sleep(seconds * 1000).then(() => {
                for (const call of calls) world.allow(call);
              });
            }),
        },
      ]),
    ),
  ),
  'the answer to launching a replacement is lost, and the group has done hundreds of things since': {
    options: { rollback: 'replace', group: { min: 1, max: 8 } },
    run: (world) => {
      breaks(world);
      world.deny('autoscaling:executePolicy');
      world.onEvent((arn, event) => {
        if (event.type !== 'TaskStateEntered') return;
        const [PolicyName] = groupOf(world.cloud).policies.keys();
        if (is('RaiseDesired')(arn, event))
          void other(world)
            .executePolicy({ AutoScalingGroupName: GROUP, PolicyName })
            .catch(() => {});
        if (is('LookForRaise')(arn, event)) busy(world);
      });
      return meanwhile(world, 'WaitForRaise', () => world.allow('autoscaling:executePolicy'));
    },
  },
  'the tags of an instance are removed in the dock, and it is to be replaced': {
    options: { rollback: 'replace', group: { min: 1 } },
    run: async (world) => {
      world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
      return meanwhile(world, 'AwaitPatch', () => {
        for (const id of taggedIds(world)) {
          const { tags } = world.cloud.machine(id);
          for (const key of [...tags.keys()]) if (key.startsWith('drydock:')) tags.delete(key);
        }
      });
    },
  },
  'the clock jumps past all that is waited for while the group is terminating a member': {
    options: { group: { min: 1 } },
    run: (world) => {
      world.fault('target-never-healthy', { instanceIds: first(world) });
      return meanwhile(world, 'LookAtLeaving', () => world.setClock(50_000));
    },
  },
  'a member is terminated by its group just after its attach, which then does hundreds of things': {
    options: { rollback: 'replace', ...failing('Attach', 'States.Timeout') },
    run: (world) => {
      world.onEvent((arn, event) => is('LookAtActivities')(arn, event) && busy(world));
      return meanwhile(world, 'Attach', async () => {
        const InstanceIds = taggedIds(world);
        await world.clock.run(other(world).attachInstances({ AutoScalingGroupName: GROUP, InstanceIds }));
        terminateTagged(world);
      });
    },
  },
  'a member dies just after its attach, whose answers were lost': {
    options: { rollback: 'replace', ...failing('Attach', 'States.Timeout') },
    run: (world) =>
      meanwhile(world, 'Attach', async () => {
        const InstanceIds = taggedIds(world);
        await world.clock.run(other(world).attachInstances({ AutoScalingGroupName: GROUP, InstanceIds }));
        terminateTagged(world);
      }),
  },
  ...Object.fromEntries(
    ROLLBACKS.map((rollback): [string, Situation] => [
      `a patch breaks an instance in Standby of a run that would ${rollback}`,
      {
        options: { rollback, rollout: { isolation: 'standby' } },
        run: (world) => {
          breaks(world);
          return world.run();
        },
      },
    ]),
  ),
};
