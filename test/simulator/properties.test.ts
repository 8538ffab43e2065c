import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsError } from '../../src/simulator/aws-error.ts';
import { drawFaults } from '../../src/simulator/faults.ts';
import { type WebFleet, webFleet } from './fleet.ts';

const web = { AutoScalingGroupName: 'web' };
const LIFECYCLE = ['InService', 'Pending', 'Pending:Wait', 'Detaching', 'EnteringStandby', 'Standby', 'Terminating'];

type Step = { verb: string; which: number; number: number };

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom(
    'detach',
    'detachWithoutDecrement',
    'attach',
    'enterStandby',
    'exitStandby',
    'terminate',
    'reboot',
    'install',
    'min',
    'max',
    'desired',
    'suspend',
    'resume',
    'snapshot',
    'restore',
    'protect',
  ),
  which: fc.nat(9),
  number: fc.nat(8),
});

/** Takes a step on whichever machine it falls on; what AWS refuses is part of the game, anything else is a defect. */
async function take(fleet: WebFleet, known: string[], { verb, which, number }: Step): Promise<void> {
  const { autoscaling, ec2, ssm } = fleet.cloud;
  const id = known[which % known.length] ?? '';
  const members = { ...web, InstanceIds: [id] };
  const calls: Record<string, () => Promise<unknown>> = {
    detach: () => autoscaling.detachInstances({ ...members, ShouldDecrementDesiredCapacity: true }),
    detachWithoutDecrement: () => autoscaling.detachInstances({ ...members, ShouldDecrementDesiredCapacity: false }),
    attach: () => autoscaling.attachInstances(members),
    enterStandby: () => autoscaling.enterStandby({ ...members, ShouldDecrementDesiredCapacity: number % 2 === 0 }),
    exitStandby: () => autoscaling.exitStandby(members),
    terminate: () => ec2.terminateInstances({ InstanceIds: [id] }),
    reboot: () => ec2.rebootInstances({ InstanceIds: [id] }),
    install: () =>
      ssm.sendCommand({
        DocumentName: 'AWS-RunPatchBaseline',
        InstanceIds: [id],
        Parameters: { Operation: ['Install'] },
      }),
    min: () => autoscaling.updateAutoScalingGroup({ ...web, MinSize: number }),
    max: () => autoscaling.updateAutoScalingGroup({ ...web, MaxSize: number }),
    desired: () => autoscaling.setDesiredCapacity({ ...web, DesiredCapacity: number }),
    suspend: () =>
      autoscaling.suspendProcesses({ ...web, ScalingProcesses: ['AZRebalance', 'Launch'].slice(number % 2) }),
    resume: () => autoscaling.resumeProcesses(web),
    snapshot: () => ec2.createSnapshot({ VolumeId: fleet.cloud.world.machines.get(id)?.rootVolumeId }),
    restore: () => ec2.createReplaceRootVolumeTask({ InstanceId: id }),
    protect: () => autoscaling.setInstanceProtection({ ...members, ProtectedFromScaleIn: number % 2 === 0 }),
  };
  await calls[verb]?.().catch((error: unknown) => {
    if (!(error instanceof AwsError)) throw error;
  });
}

async function check(fleet: WebFleet): Promise<void> {
  const { cloud } = fleet;
  const { AutoScalingGroups = [] } = await cloud.autoscaling.describeAutoScalingGroups({});
  const { MinSize = 0, MaxSize = 0, DesiredCapacity = 0, Instances = [] } = AutoScalingGroups[0] ?? {};
  expect(DesiredCapacity).toBeGreaterThanOrEqual(MinSize);
  expect(DesiredCapacity).toBeLessThanOrEqual(MaxSize);
  for (const { InstanceId = '', LifecycleState } of Instances) {
    expect(LIFECYCLE).toContain(LifecycleState);
    expect(cloud.machine(InstanceId).groupName).toBe('web');
  }
  for (const machine of cloud.world.machines.values()) {
    const tagged = machine.tags.has('aws:autoscaling:groupName');
    expect(tagged).toBe(Instances.some(({ InstanceId }) => InstanceId === machine.id));
  }
  const serving = [...(cloud.world.groups.get('web')?.members.values() ?? [])].filter(({ serves }) => serves);
  expect(cloud.inServiceHealthy('web')).toBe(serving.length);
  expect(cloud.lowestInService('web').count).toBeLessThanOrEqual(serving.length);
}

const walk = fc.array(fc.tuple(step, fc.nat(200)), { minLength: 1, maxLength: 40 });

test('whatever is called in whatever order, sizes and members stay in order, and a calm group comes to what it wants', async () => {
  await fc.assert(
    fc.asyncProperty(walk, fc.nat(), fc.boolean(), async (steps, seed, faulty) => {
      const fleet = webFleet({}, { seed });
      if (faulty) drawFaults(fleet.cloud, 0.5);
      const known = [...fleet.ids];
      for (const [one, seconds] of steps) {
        await take(fleet, known, one);
        fleet.clock.pass(seconds);
        await check(fleet);
        for (const id of fleet.cloud.world.machines.keys()) if (!known.includes(id)) known.push(id);
      }
      if (faulty) return;
      await fleet.cloud.autoscaling.resumeProcesses(web);
      fleet.clock.pass(3 * 3600);
      await check(fleet);
      const group = fleet.cloud.world.groups.get('web');
      const inService = [...(group?.members.values() ?? [])].filter((member) => member.lifecycleState === 'InService');
      const kept = inService.filter((member) => member.protectedFromScaleIn).length;
      expect(inService.length).toBeGreaterThanOrEqual(group?.desired ?? 0);
      expect(inService.length).toBeLessThanOrEqual(Math.max(group?.desired ?? 0, kept));
      expect(fleet.cloud.inServiceHealthy('web')).toBe(inService.length);
    }),
    { numRuns: 300 },
  );
});

test('an instance that leaves and comes back is the same instance, and desired is what it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 }), fc.nat(), async (order, seed) => {
      const fleet = webFleet({ min: 0, suspended: { AZRebalance: 'test' } }, { seed });
      const { cloud, clock, ids } = fleet;
      const identity = (id: string) => {
        const { az, privateIp, rootVolumeId, launchedAt } = cloud.machine(id);
        return { id, az, privateIp, rootVolumeId, launchedAt };
      };
      const before = ids.map(identity);
      for (const index of order) {
        const InstanceIds = [ids[index] ?? ''];
        await cloud.autoscaling.detachInstances({ ...web, InstanceIds, ShouldDecrementDesiredCapacity: true });
        clock.pass(31);
        await cloud.autoscaling.attachInstances({ ...web, InstanceIds });
        clock.pass(20);
      }
      expect(ids.map(identity)).toEqual(before);
      expect(cloud.world.groups.get('web')).toMatchObject({ desired: 4, serving: 4, lowest: { count: 3 } });
      expect(cloud.world.machines.size).toBe(4);
    }),
    { numRuns: 50 },
  );
});

test('looking often or seldom makes no difference to what happens', async () => {
  await fc.assert(
    fc.asyncProperty(walk, fc.nat(), async (steps, seed) => {
      const worlds = [webFleet({}, { seed }), webFleet({}, { seed })];
      for (const [one, seconds] of steps) {
        for (const [index, fleet] of worlds.entries()) {
          await take(fleet, fleet.ids, one);
          for (let passed = 0; passed < seconds; passed += index === 0 ? seconds : 1) {
            fleet.clock.pass(index === 0 ? seconds : 1);
            fleet.cloud.settle();
          }
        }
      }
      const [seldom, often] = worlds.map(({ cloud }) => {
        const group = cloud.world.groups.get('web');
        return {
          desired: group?.desired,
          lowest: group?.lowest,
          members: [...(group?.members.values() ?? [])].map((member) => [member.machine.id, member.lifecycleState]),
          machines: [...cloud.world.machines.values()].map(({ id, state, up }) => [id, state, up]),
        };
      });
      expect(often).toEqual(seldom);
    }),
    { numRuns: 60 },
  );
});
