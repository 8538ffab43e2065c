import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharingCalls } from '../../../src/orchestrator/aws/shared-calls.ts';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { SimulatedCloud } from '../../../src/simulator/simulated-cloud.ts';

const START = Date.UTC(2026, 0, 1);

/** A group of so many on a cloud whose calls take about 60 ms, as it is and with its calls shared. */
function fleet(size: number) {
  const clock = virtualClock(START);
  const simulated = new SimulatedCloud({ clock, seed: 1, latencyMs: 60, keepLog: true });
  const ids = simulated.addGroup({
    name: 'web',
    size,
    min: 1,
    max: size + 1,
    operatingSystem: 'AMAZON_LINUX_2',
    targetGroups: [{ deregistrationDelaySeconds: 60, healthyThreshold: 2, intervalSeconds: 10 }],
  });
  const [targetGroup] = simulated.world.groups.get('web')?.targetGroups ?? [];
  const cloud = sharingCalls(simulated, clock);
  const calls = (action: string) => simulated.log.filter((call) => call.action === action);
  return { clock, simulated, cloud, ids, targetGroupArn: targetGroup?.arn ?? '', calls };
}

describe('calls of one kind', () => {
  it('go out at once, as they are, when none is under way', async () => {
    const { clock, cloud, ids, calls } = fleet(2);
    const InstanceIds = ids.slice(0, 1);
    const answer = await clock.run(cloud.autoscaling.describeAutoScalingInstances({ InstanceIds }));
    expect(answer.AutoScalingInstances).toMatchObject([{ InstanceId: ids[0], AutoScalingGroupName: 'web' }]);
    expect(calls('describeAutoScalingInstances').map(({ input }) => input)).toEqual([{ InstanceIds }]);
  });

  it('gather while one is under way, and each that asked gets its own part of the next', async () => {
    const { clock, cloud, ids, calls } = fleet(30);
    const answers = await clock.run(
      Promise.all(ids.map((id) => cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: [id] }))),
    );
    const told = answers.map(({ AutoScalingInstances = [] }) =>
      AutoScalingInstances.map(({ InstanceId }) => InstanceId),
    );
    expect(told).toEqual(ids.map((id) => [id]));
    expect(calls('describeAutoScalingInstances').map(({ input }) => Object.values(input).flat().length)).toEqual([
      1, 29,
    ]);
  });

  it('ask for no more instances than AWS takes in one', async () => {
    const { clock, cloud, ids, calls } = fleet(120);
    await clock.run(
      Promise.all(ids.map((id) => cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: [id] }))),
    );
    expect(calls('describeAutoScalingInstances').map(({ input }) => Object.values(input).flat().length)).toEqual([
      1, 50, 50, 19,
    ]);
  });

  it('are made one by one when AWS refuses them together: only who asked for what is not there hears of it', async () => {
    const { clock, cloud, ids, targetGroupArn } = fleet(4);
    const ask = (Id: string) =>
      cloud.elasticloadbalancingv2.describeTargetHealth({ TargetGroupArn: targetGroupArn, Targets: [{ Id }] });
    const answers = await clock.run(Promise.allSettled([...ids, 'i-0nowhere00000000'].map(ask)));
    expect(answers.map(({ status }) => status)).toEqual([...ids.map(() => 'fulfilled'), 'rejected']);
  });

  it('all hear that AWS throttles, without asking again', async () => {
    const { clock, simulated, cloud, ids, calls } = fleet(5);
    simulated.world.callFaults.throttlingRate = 1;
    const answers = await clock.run(
      Promise.allSettled(ids.map((id) => cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: [id] }))),
    );
    expect(answers.map((answer) => answer.status === 'rejected' && answer.reason.name)).toEqual(
      ids.map(() => 'Throttling'),
    );
    expect(calls('describeAutoScalingInstances')).toHaveLength(2);
  });

  it('wait a second at most behind one that does not answer', async () => {
    const { clock, simulated, cloud, ids } = fleet(3);
    simulated.world.callFaults.slowRate = 1;
    const first = cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: ids.slice(0, 1) });
    const second = cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: ids.slice(1, 2) });
    await clock.run(clock.sleep(500));
    simulated.world.callFaults.slowRate = 0;
    await clock.run(second);
    expect(clock.now() - START).toBeLessThan(1500);
    await clock.run(first);
  });

  it('do not wait for a clock that was set back', async () => {
    const { clock, simulated, ids } = fleet(3);
    let skew = 0;
    const cloud = sharingCalls(simulated, { now: () => clock.now() + skew, sleep: clock.sleep.bind(clock) });
    const ask = (id: string) => cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: [id] });
    await clock.run(ask(ids[0] ?? ''));
    skew = -600_000;
    await clock.run(Promise.all(ids.map(ask)));
    expect(clock.now() - START).toBeLessThan(2000);
  });

  it('are made one by one when the answer has more pages than one: who is not on this one is not gone', async () => {
    const { clock, simulated, cloud: _, ids } = fleet(4);
    const short = {
      ...simulated,
      autoscaling: {
        ...simulated.autoscaling,
        describeAutoScalingInstances: async (input: { InstanceIds?: string[] | undefined }) => {
          const { InstanceIds = [] } = input;
          const answer = await simulated.autoscaling.describeAutoScalingInstances({
            InstanceIds: InstanceIds.slice(0, 1),
          });
          return InstanceIds.length > 1 ? { ...answer, NextToken: 'more' } : answer;
        },
      },
    };
    const cloud = sharingCalls(short, clock);
    const ask = (id: string) => cloud.autoscaling.describeAutoScalingInstances({ InstanceIds: [id] });
    const answers = await clock.run(Promise.all(ids.map(ask)));
    expect(answers.map(({ AutoScalingInstances = [] }) => AutoScalingInstances[0]?.InstanceId)).toEqual(ids);
  });

  it('tell each what it would have been told alone, whoever asks when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(9), fc.nat(300)), { minLength: 1, maxLength: 40 }), async (asked) => {
        const { clock, simulated, cloud, ids } = fleet(8);
        const known = [...ids, 'i-0nowhere00000001', 'i-0nowhere00000002'];
        const ask = async ([which, after]: [number, number], of: Pick<typeof cloud, 'ec2'>) => {
          await clock.sleep(after);
          return of.ec2.describeInstances({ Filters: [{ Name: 'instance-id', Values: [known[which] ?? ''] }] });
        };
        const together = await clock.run(Promise.all(asked.map((each) => ask(each, cloud))));
        const alone = await clock.run(Promise.all(asked.map((each) => ask(each, simulated))));
        expect(together.map(({ Reservations }) => Reservations)).toEqual(alone.map(({ Reservations }) => Reservations));
      }),
      { numRuns: 50 },
    );
  });
});
