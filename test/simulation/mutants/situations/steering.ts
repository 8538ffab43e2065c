/** What those who steer a run do, and what else halts it: alarms, calendars, approvals, pauses, windows. */

import { TABLE } from '../../../../src/orchestrator/runs/records.ts';
import { itemTable } from '../../../../src/orchestrator/table/table.ts';
import { begun, HOUR, is, meanwhile, type Situation, WEBHOOK, windowOf } from './situation.ts';

export const STEERING_SITUATIONS: Record<string, Situation> = {
  'an alarm is in ALARM': {
    options: { rollout: { alarms: ['5xx'] } },
    run: (world) => {
      world.cloud.setAlarm('5xx', 'ALARM');
      return world.run();
    },
  },
  'an alarm goes off after the canary, and the run is rolled back': {
    options: { rollout: { alarms: ['5xx'], onFailure: 'rollback-run' } },
    run: (world) => meanwhile(world, 'Attach', () => world.cloud.setAlarm('5xx', 'ALARM')),
  },
  'an alarm goes off in the middle of a wave, and is over when the next one looks': {
    options: { rollout: { alarms: ['5xx'] } },
    run: async (world) => {
      const id = await world.start();
      await world.until(id, ({ instances }) => instances.some(({ outcome }) => outcome === 'patched'));
      await world.until(id, ({ instances }) => instances.some(({ outcome }) => outcome === 'patching'));
      world.cloud.setAlarm('5xx', 'ALARM');
      world.onEvent((arn, event) => is('NoteAlarm')(arn, event) && world.cloud.setAlarm('5xx', 'OK'));
      return world.follow(id);
    },
  },
  'alarms are quiet': { options: { rollout: { alarms: ['5xx'] } }, run: (world) => world.run() },
  'a change calendar is closed': {
    options: { rollout: { changeCalendars: ['freeze'] } },
    run: (world) => {
      world.cloud.setCalendar('freeze', 'CLOSED');
      return world.run();
    },
  },
  'a change calendar is open': {
    options: { rollout: { changeCalendars: ['freeze'] } },
    run: (world) => {
      world.cloud.setCalendar('freeze', 'OPEN');
      return world.run();
    },
  },
  'nobody approves': {
    options: { rollout: { approval: 'after-canary' }, notify: [WEBHOOK] },
    run: (world) => world.run(),
  },
  'somebody approves': {
    options: { rollout: { approval: 'after-canary' } },
    run: (world) => meanwhile(world, 'WaitForApproval', (id) => world.runs.steer(id, 'approve')),
  },
  'a run is paused for two days': {
    options: { notify: [WEBHOOK] },
    run: (world) => meanwhile(world, 'MarkGroup', (id) => world.runs.steer(id, 'pause')),
  },
  'a run is paused for a while': {
    run: (world) =>
      meanwhile(world, 'MarkGroup', async (id) => {
        await world.runs.steer(id, 'pause');
        await world.sleep(HOUR);
        await world.runs.steer(id, 'resume');
      }),
  },
  'a run is paused for two days while an instance waits for its turn': {
    options: { rollout: { maxUnavailable: 1, canary: 4 } },
    run: (world) => meanwhile(world, 'AwaitPatch', (id) => world.runs.steer(id, 'pause')),
  },
  'a run is paused for an hour while an instance waits for its turn': {
    options: { rollout: { maxUnavailable: 1, canary: 4 } },
    run: (world) =>
      meanwhile(world, 'AwaitPatch', async (id) => {
        await world.runs.steer(id, 'pause');
        await world.sleep(HOUR);
        await world.runs.steer(id, 'resume');
      }),
  },
  ...Object.fromEntries(
    [1, 48].map((hours): [string, Situation] => [
      `a run is paused for ${hours} h while two instances of a wave wait for their turn, and people are told`,
      {
        options: { notify: [WEBHOOK], rollout: { canary: 4 } },
        run: (world) =>
          meanwhile(world, 'AwaitPatch', async (id) => {
            await world.runs.steer(id, 'pause');
            await world.sleep(hours * HOUR);
            await world.runs.steer(id, 'resume').catch(() => {});
          }),
      },
    ]),
  ),
  'a run is aborted while it bakes': {
    options: { rollout: { bake: '1h' } },
    run: (world) => meanwhile(world, 'BakeWave', (id) => world.runs.steer(id, 'abort')),
  },
  'a run is aborted while an instance waits for its turn': {
    options: { rollout: { canary: 4 } },
    run: (world) => meanwhile(world, 'AwaitPatch', (id) => world.runs.steer(id, 'abort')),
  },
  'the record of a run is taken away': {
    run: (world) =>
      meanwhile(world, 'AwaitPatch', async (id) => {
        await itemTable(world.store.database).deleteItem({ TableName: TABLE, Key: { pk: { S: `run#${id}` } } });
      }),
  },
  ...Object.fromEntries(
    [100, 400, 700, 1000].map((seconds): [string, Situation] => [
      `a window closes after ${seconds} s`,
      {
        options: { rollout: { canary: 4 } },
        run: (world) => begun(world, (order) => ({ ...order, window: windowOf(world, seconds) })),
      },
    ]),
  ),
  'a window is too short for what is left of a wave': {
    options: { rollout: { canary: 4 } },
    run: (world) => begun(world, (order) => ({ ...order, window: { ...windowOf(world, 420), instanceSeconds: 60 } })),
  },
  'a run of which nobody is told is paused for two days': {
    run: (world) => meanwhile(world, 'MarkGroup', (id) => world.runs.steer(id, 'pause')),
  },
};
