/** Hooks, and what becomes of them. */

import { GROUP, groupOf, type RolloutWorld } from '../../../rollout/open-world.ts';
import {
  begun,
  failing,
  is,
  meanwhile,
  other,
  recovered,
  type Situation,
  stoppedAt,
  taggedIds,
  WEBHOOK,
  windowOf,
  write,
} from './situation.ts';

/** Hooks, and what makes them go well or not. */
const HOOKS: Record<string, { hook: object; given: (world: RolloutWorld) => void }> = {
  'a document': { hook: { document: 'Hook' }, given: ({ cloud }) => cloud.addDocument('Hook', {}) },
  'a document that fails': {
    hook: { document: 'Hook' },
    given: ({ cloud }) => cloud.addDocument('Hook', { fails: true }),
  },
  'a document without end': {
    hook: { document: 'Hook', timeout: '1m' },
    given: ({ cloud }) => cloud.addDocument('Hook', { seconds: 3000 }),
  },
  'a function': { hook: { lambda: 'hook' }, given: ({ cloud }) => cloud.addFunction('hook', {}) },
  'a function that fails': {
    hook: { lambda: 'hook' },
    given: ({ cloud }) => cloud.addFunction('hook', { fails: 'no' }),
  },
  'a call': { hook: { url: WEBHOOK }, given: () => {} },
};

/** A hook that takes ten minutes before the instance leaves. */
const SLOW = { hooks: { beforeDetach: [{ document: 'Hook', timeout: '20m' }] } };

function slowly({ cloud }: RolloutWorld): void {
  cloud.addDocument('Hook', { seconds: 600 });
}

export const HOOKS_SITUATIONS: Record<string, Situation> = {
  'a run is aborted while a hook takes its time before an instance leaves': {
    options: SLOW,
    run: (world) => {
      slowly(world);
      return meanwhile(world, 'WaitForHook', (id) => world.runs.steer(id, 'abort'));
    },
  },
  'another instance fails while a hook takes its time before an instance leaves': {
    options: SLOW,
    run: (world) => {
      slowly(world);
      return meanwhile(world, 'WaitForHook', (id) => write(world, `run#${id}`, { failed: { SS: ['i-other'] } }));
    },
  },
  'an instance becomes unhealthy while a hook takes its time before it leaves': {
    options: SLOW,
    run: (world) => {
      slowly(world);
      return meanwhile(world, 'WaitForHook', async () => {
        const ScalingProcesses = ['HealthCheck', 'ReplaceUnhealthy'];
        await other(world).suspendProcesses({ AutoScalingGroupName: GROUP, ScalingProcesses });
        const member = groupOf(world.cloud).members.get(taggedIds(world)[0] ?? '');
        if (member !== undefined) member.healthStatus = 'Unhealthy';
      });
    },
  },
  'a window closes while a hook takes its time before an instance leaves': {
    options: SLOW,
    run: (world) => {
      slowly(world);
      return begun(world, (order) => ({ ...order, window: { ...windowOf(world, 900), instanceSeconds: 400 } }));
    },
  },
  ...Object.fromEntries(
    (['detach', 'standby'] as const).flatMap((isolation) =>
      (['beforeDetach', 'afterPatch', 'afterAttach'] as const).flatMap((place) =>
        Object.entries(HOOKS).map(([kind, { hook, given }]): [string, Situation] => [
          `a hook ${place} is ${kind}, by ${isolation}`,
          {
            options: { rollout: { isolation }, group: { newInstancesProtected: true }, hooks: { [place]: [hook] } },
            run: (world) => {
              given(world);
              return world.run();
            },
          },
        ]),
      ),
    ),
  ),
  'a hook was sent when the process died': {
    options: { durable: true, hooks: { afterPatch: [{ document: 'Hook' }] } },
    run: async (world) => {
      world.cloud.addDocument('Hook', { seconds: 60 });
      const died = world.dieAt(is('WaitForHook'));
      const id = await world.start();
      await died;
      world.restart();
      await world.runs.resume();
      return [await world.follow(id), world.cloud.callCounts.get('ssm:sendCommand')];
    },
  },
  'Systems Manager never answers about a hook': {
    options: { ...failing('SendHook', 'Ssm.SdkClientException'), hooks: { afterPatch: [{ document: 'Hook' }] } },
    run: (world) => {
      world.cloud.addDocument('Hook', {});
      return world.run();
    },
  },
  'a run is stopped while its hook runs, and recovered': {
    options: { hooks: { afterPatch: [{ document: 'Hook' }] } },
    run: async (world) => {
      world.cloud.addDocument('Hook', { seconds: 30 });
      return recovered(world, await stoppedAt(world, 'WaitForHook'));
    },
  },
  'the answers to sending a hook are lost': {
    options: { hooks: { afterPatch: [{ document: 'Hook' }] } },
    run: (world) => {
      world.cloud.addDocument('Hook', { seconds: 30 });
      return meanwhile(world, 'SendHook', () => {
        world.fault('connections-lost', { rate: 1 });
        void world.clock.sleep(1500).then(() => world.fault('connections-lost', { rate: 0 }));
      });
    },
  },
};
