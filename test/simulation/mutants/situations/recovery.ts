/** Runs that died, and their recovery. */

import { TABLE } from '../../../../src/orchestrator/runs/records.ts';
import { itemTable } from '../../../../src/orchestrator/table/table.ts';
import { GROUP, groupOf, type RolloutWorld } from '../../../rollout/open-world.ts';
import {
  at,
  breaks,
  failing,
  is,
  other,
  ROLLBACKS,
  recovered,
  recoveredElsewhere,
  type Situation,
  sicken,
  stoppedAt,
  tag,
  taggedIds,
  terminateTagged,
  WEBHOOK,
  write,
} from './situation.ts';

/** A recovery that is handed no more than this. */
async function recoveryOf(world: RolloutWorld, input: object): Promise<unknown> {
  const name = `recover-${JSON.stringify(input).length}`;
  const { executionArn } = await world.engine.startExecution({
    stateMachineArn: 'recover',
    name,
    input: JSON.stringify(input),
  });
  const { status, output, error, cause } = await world.clock.run(world.engine.waitFor(executionArn));
  return { status, output, error, cause };
}

const RAISING = ['PutRaise', 'RaiseDesired', 'DropRaise'];
const STATES_OF_REPLACING = [...RAISING, 'WaitForReplacement', 'TagReplaced', 'TerminateBroken'];
const STATES_OF_ROLLBACK = new Set(['TagRollingBack', 'RestoreRootVolume', 'WaitForRestore', ...STATES_OF_REPLACING]);

function isNever(state: string, rollback: string): boolean {
  if (rollback === 'restore') return STATES_OF_REPLACING.includes(state);
  if (rollback === 'quarantine' && ['TagReplaced', 'TerminateBroken'].includes(state)) return true;
  return ['CreateSnapshot', 'RestoreRootVolume', 'WaitForRestore'].includes(state);
}

function launches({ cloud }: RolloutWorld): number {
  return groupOf(cloud).activities.filter(({ Description = '' }) => Description.startsWith('Launching')).length;
}

/** Begins a run; its group terminates that instance just after it has taken it back. */
async function beginWithLost(world: RolloutWorld, lost: string): Promise<string> {
  const ways = new Map<string, string>();
  let isLost = false;
  world.onEvent((arn, event) => {
    const input =
      event.type === 'ExecutionStarted' && /"instanceId":"([^"]+)"/.exec(String(event.details?.value.input));
    if (input) ways.set(arn, input[1] ?? '');
    if (isLost || ways.get(arn) !== lost || !is('Serves')(arn, event)) return;
    isLost = true;
    const request = { InstanceId: lost, ShouldDecrementDesiredCapacity: false };
    void other(world).terminateInstanceInAutoScalingGroup(request);
  });
  return world.start();
}

export const RECOVERY_SITUATIONS: Record<string, Situation> = {
  'a run is stopped, and people are told of its recovery': {
    options: { notify: [WEBHOOK] },
    run: async (world) => recovered(world, await stoppedAt(world, 'AwaitPatch')),
  },
  ...Object.fromEntries(
    [undefined, 'stop', 'forget'].map((then): [string, Situation] => [
      `a recovery is begun while another is at work${then === undefined ? '' : `, which somebody has made ${then}`}`,
      {
        options: { rollback: 'replace' },
        run: async (world) => {
          breaks(world);
          const id = await stoppedAt(world, 'WaitForReplacement');
          const seen: string[] = [];
          world.engine.onEvent((arn, event) => {
            if (!is('MakeWhole')(arn, event)) return;
            seen.push(`${event.type} ${arn.slice(-5) === seen[0]?.slice(-5) ? 'first' : arn.slice(-5)}`);
            if (seen.length > 1) return;
            if (then === 'stop') void world.engine.stopExecution({ executionArn: arn }).catch(() => {});
            if (then === 'forget') void write(world, `run#${id}`, { recoveredBy: { S: `${arn}-forgotten` } });
          });
          const first = world.runs.recover(id);
          await world.clock.run(world.clock.sleep(60_000));
          const second = world.runs.recover(id);
          const both = await world.clock.run(Promise.all([first, second]));
          return [both, seen.map((each) => each.split(' ')[0])];
        },
      },
    ]),
  ),
  'nobody can tell whether another recovery is at work': {
    options: failing('LookAtOther'),
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      await write(world, `run#${id}`, { recoveredBy: { S: 'another' } });
      return recovered(world, id);
    },
  },
  'a recovery after the journal was lost finds two to replace, one of them begun': {
    options: {
      rollback: 'replace',
      group: { min: 4 },
      rollout: { canary: 2, maxUnavailable: 2, maxFailures: 2 },
    },
    run: async (world) => {
      world.fault('patch-breaks-app', { instanceIds: world.ids });
      const gone = world.dieAt(is('NoteRaised'));
      const id = await world.start();
      await gone;
      world.startElsewhere();
      return world.clock.run(world.runs.recover(id, { group: GROUP, order: undefined }));
    },
  },
  'recovery is handed an id': {
    run: async (world) => recoveryOf(world, { runId: await stoppedAt(world, 'AwaitPatch') }),
  },
  'recovery is handed an id of which only tags are left': {
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      await itemTable(world.store.database).deleteItem({ TableName: TABLE, Key: { pk: { S: `run#${id}` } } });
      return recoveryOf(world, { runId: id });
    },
  },
  'recovery is handed the id of a run that is over': {
    run: async (world) => {
      const { runId } = await world.run();
      return recoveryOf(world, { runId });
    },
  },
  'recovery is handed an id that nobody knows': { run: (world) => recoveryOf(world, { runId: 'nobody' }) },
  'recovery cannot launch a replacement': {
    options: { rollback: 'replace', notify: [WEBHOOK] },
    run: async (world) => {
      breaks(world);
      const id = await stoppedAt(world, 'TagReplacing');
      world.deny('autoscaling:executePolicy');
      return recovered(world, id);
    },
  },
  'recovery finds the group marked for another run': {
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      await other(world).createOrUpdateTags(tag('drydock:run-id', 'another'));
      return recovered(world, id);
    },
  },
  'recovery finds the group marked for another run, which has lowered its minimum': {
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      await other(world).updateAutoScalingGroup({ AutoScalingGroupName: GROUP, MinSize: 1 });
      for (const [key, value] of Object.entries({ 'run-id': 'another', min: '2', 'lowered-min': '1' }))
        await other(world).createOrUpdateTags(tag(`drydock:${key}`, value));
      return [await recovered(world, id), groupOf(world.cloud).min];
    },
  },
  'a scaling policy is refused until another machine that recovers the run comes to put one': {
    options: { rollback: 'replace', group: { min: 1, max: 8 } },
    run: async (world) => {
      breaks(world);
      const comers = new Set<string>();
      world.onEvent((arn, event) => {
        if (!is('PutRaise')(arn, event)) return;
        comers.add(arn);
        if (comers.size === 1) world.deny('autoscaling:putScalingPolicy');
        else world.allow('autoscaling:putScalingPolicy');
      });
      const id = await at(world, 'TagReplacing', () => {});
      return [await recoveredElsewhere(world, id), await world.follow(id), launches(world)];
    },
  },
  'recovery finds one that was replaced still in Standby': {
    options: { rollback: 'replace', group: { min: 1, max: 8 }, rollout: { isolation: 'standby' } },
    run: async (world) => {
      breaks(world);
      world.deny('autoscaling:detachInstances');
      const id = await stoppedAt(world, 'TerminateBroken');
      world.allow('autoscaling:detachInstances');
      const recovery = await recovered(world, id);
      return [recovery, [...groupOf(world.cloud).members.values()].map(({ lifecycleState }) => lifecycleState)];
    },
  },
  'recovery finds a place that a dead replacement took': {
    options: { rollback: 'replace' },
    run: async (world) => {
      breaks(world);
      const id = await stoppedAt(world, 'TagReplacing');
      await write(world, `run#${id}`, { replacing: { S: 'i-gone' } });
      return recovered(world, id);
    },
  },
  'another machine begins a replacement three seconds later': {
    options: { durable: true, rollback: 'replace', group: { min: 1 } },
    run: async (world) => {
      world.fault('stale-reads', { rate: 1e-9 });
      breaks(world);
      const died = world.dieAt(is('LookAtMachineState'));
      const id = await world.start();
      await died;
      const recover = () => recoveredElsewhere(world, id);
      const both = world.clock.run(Promise.all([recover(), world.clock.sleep(3000).then(recover)]));
      const ended = await both;
      world.startElsewhere();
      return [ended, launches(world)];
    },
  },
  'a recovery finds the first of two to replace replaced by its group': {
    options: {
      rollback: 'replace',
      group: { min: 1, max: 6 },
      rollout: { maxUnavailable: 2, canary: 2, maxFailures: 4 },
    },
    run: async (world) => {
      const [canaries = []] = (await world.clock.run(world.plan())).waves.map(({ instances }) => instances);
      const [lost = '', broken = ''] = canaries.map(({ instanceId }) => instanceId);
      world.fault('patch-breaks-app', { instanceIds: [broken] });
      const id = await stoppedAt(world, 'LookForReplacement', () => beginWithLost(world, lost));
      const began = world.clock.now();
      return [await recovered(world, id), Math.round((world.clock.now() - began) / 1_200_000)];
    },
  },
  ...Object.fromEntries(
    [60, 4000].map((seconds): [string, Situation] => [
      `another machine recovers a run by force that waits to replace an instance, and goes on for ${seconds} s more`,
      {
        options: { rollback: 'replace', group: { min: 1, max: 6 } },
        run: async (world) => {
          breaks(world);
          const id = await at(world, 'CountFailure', (runId) =>
            write(world, `run#${runId}`, { replacing: { S: 'i-gone' } }),
          );
          await world.sleep(60);
          const elsewhere = await recoveredElsewhere(world, id);
          await world.sleep(seconds);
          await write(world, `run#${id}`, { replacing: undefined });
          return [elsewhere, await world.follow(id), launches(world)];
        },
      },
    ]),
  ),
  'two recoveries at once': {
    options: { rollback: 'replace' },
    run: async (world) => {
      breaks(world);
      const id = await stoppedAt(world, 'WaitForReplacement');
      return world.clock.run(Promise.all([world.runs.recover(id), world.runs.recover(id)]));
    },
  },
  'recovery cannot read the record of the run': {
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      // A record whose flags are no flags is one that cannot be read.
      await write(world, `run#${id}`, { leaseUntil: { S: 'never' }, failed: { N: '1' } });
      return recovered(world, id);
    },
  },
  'recovery cannot read the record of a run that was stopped': {
    run: async (world) => {
      const id = await stoppedAt(world, 'AwaitPatch');
      await itemTable(world.store.database).deleteItem({ TableName: TABLE, Key: { pk: { S: `run#${id}` } } });
      return recovered(world, id);
    },
  },
  'two recoveries, one after the other': {
    options: { rollback: 'replace' },
    run: async (world) => {
      breaks(world);
      const id = await stoppedAt(world, 'WaitForReplacement');
      const later = world.clock.sleep(45_000).then(() => world.runs.recover(id));
      return world.clock.run(Promise.all([world.runs.recover(id), later]));
    },
  },
  ...Object.fromEntries(
    [true, false].map((byGroup): [string, Situation] => [
      `an instance is being terminated ${byGroup ? 'by its group' : 'by somebody'} when its run is recovered`,
      {
        run: async (world) => {
          const id = await stoppedAt(world, 'LookAtService');
          const [InstanceId] = taggedIds(world);
          void world.clock.sleep(10_000).then(async () => {
            const call = { InstanceId, ShouldDecrementDesiredCapacity: false };
            if (byGroup) await other(world).terminateInstanceInAutoScalingGroup(call);
            else terminateTagged(world);
          });
          return recovered(world, id);
        },
      },
    ]),
  ),
  ...Object.fromEntries(
    [
      ...['ReadRecord', 'TagInstance', 'Detach', 'WaitForDrain', 'CreateSnapshot', 'TagPatching'],
      ...['SendPatchCommand', 'LookInDock', 'InDock', 'Attach', 'WaitForService', 'Untag', 'BakeWave'],
      ...STATES_OF_ROLLBACK,
    ].flatMap((state) =>
      ROLLBACKS.filter((rollback) => !isNever(state, rollback)).map((rollback): [string, Situation] => [
        `a run that would ${rollback} is stopped at ${state}`,
        {
          options: { rollback, group: { min: 4 } },
          run: async (world) => {
            if (STATES_OF_ROLLBACK.has(state)) breaks(world);
            return recovered(world, await stoppedAt(world, state));
          },
        },
      ]),
    ),
  ),
  ...Object.fromEntries(
    ['AwaitPatch', 'WaitForService', 'WaitForDrain'].map((state): [string, Situation] => [
      `an instance is terminated after its run was stopped at ${state}`,
      {
        run: async (world) => {
          const id = await stoppedAt(world, state);
          terminateTagged(world);
          await world.sleep(120);
          return recovered(world, id);
        },
      },
    ]),
  ),
  ...Object.fromEntries(
    [true, false].map((isProtected): [string, Situation] => [
      `an instance is sick that its run had not taken out when it was stopped${isProtected ? ', and protected' : ''}`,
      {
        options: {
          hooks: { beforeDetach: [{ document: 'Hook', timeout: '20m' }] },
          group: { healthCheckType: 'EC2', newInstancesProtected: isProtected },
        },
        run: async (world) => {
          world.cloud.addDocument('Hook', { seconds: 600 });
          const id = await stoppedAt(world, 'WaitForHook');
          for (const each of taggedIds(world)) sicken(world, each);
          return recovered(world, id);
        },
      },
    ]),
  ),
  ...Object.fromEntries(
    ['autoscaling:describeAutoScalingInstances', 'ec2:describeInstances'].map((call): [string, Situation] => [
      `recovery may not call ${call}, and the next one may`,
      {
        run: async (world) => {
          const id = await stoppedAt(world, 'AwaitPatch');
          world.deny(call);
          const refused = await recovered(world, id);
          world.allow(call);
          return [refused, await recovered(world, id)];
        },
      },
    ]),
  ),
  'a machine is terminated that its group has not missed yet when its run is recovered': {
    run: async (world) => {
      const id = await stoppedAt(world, 'LookAtService');
      world.engine.onEvent((arn, event) => is('LookBefore')(arn, event) && terminateTagged(world));
      return recovered(world, id);
    },
  },
  'a run whose machine is lost is recovered elsewhere with its order': {
    options: { notify: [WEBHOOK], rollback: 'quarantine', rollout: { isolation: 'standby' } },
    run: async (world) => {
      world.fault('patch-breaks-app', { instanceIds: [await world.firstPlanned()] });
      let order = '';
      world.engine.onEvent((arn, { type, details }) => {
        if (type === 'ExecutionStarted' && arn.includes(':rollout:')) order = String(details?.value.input);
      });
      const gone = world.dieAt(is('LookInDock'));
      const id = await world.start();
      await gone;
      world.startElsewhere();
      return world.clock.run(world.runs.recover(id, { group: GROUP, order: JSON.parse(order) }));
    },
  },
  ...Object.fromEntries(
    ['the recovery', 'somebody'].map((who): [string, Situation] => [
      `broken instances are protected from termination until ${who} ends them`,
      {
        options: {
          rollback: 'replace',
          group: { size: 6, min: 2, max: 8 },
          rollout: { maxUnavailable: 2, canary: 2, maxFailures: 1 },
        },
        run: async (world) => {
          world.fault('patch-breaks-app', { instanceIds: world.ids });
          world.deny('ec2:terminateInstances');
          const view = await world.run();
          world.allow('ec2:terminateInstances');
          if (who === 'somebody') terminateTagged(world);
          return [view, await recovered(world, view.runId)];
        },
      },
    ]),
  ),
};
