import { describe, expect, test } from 'vitest';
import { Agenda } from '../../src/simulator/agenda.ts';
import { Random } from '../../src/simulator/random.ts';
import { attach, detach, refusal, targetHealth, webFleet } from './fleet.ts';

describe('Elastic Load Balancing', () => {
  test('a target is initial until enough checks succeeded, unhealthy when enough failed, and healthy again', async () => {
    const fleet = webFleet({ healthCheckType: 'EC2', boot: 60 });
    const { cloud, clock, id } = fleet;
    await detach(fleet, id);
    clock.pass(31);
    await attach(fleet, id);
    expect(await targetHealth(fleet, id)).toBe('initial Elb.RegistrationInProgress');
    clock.pass(5);
    expect(await targetHealth(fleet, id)).toBe('initial Elb.InitialHealthChecking');
    clock.pass(5);
    expect(await targetHealth(fleet, id)).toBe('healthy');
    await cloud.ec2.rebootInstances({ InstanceIds: [id] });
    expect(await targetHealth(fleet, id)).toBe('healthy');
    clock.pass(10);
    expect(await targetHealth(fleet, id)).toBe('unhealthy Target.FailedHealthChecks');
    clock.pass(60);
    expect(await targetHealth(fleet, id)).toBe('healthy');
  });

  test('a target that fails in the midst of succeeding is counted from one again', async () => {
    const fleet = webFleet({ healthCheckType: 'EC2' });
    const { cloud, clock, id } = fleet;
    await detach(fleet, id);
    clock.pass(31);
    await attach(fleet, id);
    clock.pass(6);
    await cloud.ec2.rebootInstances({ InstanceIds: [id] });
    clock.pass(6);
    expect(await targetHealth(fleet, id)).toBe('initial Elb.InitialHealthChecking');
    clock.pass(40);
    expect(await targetHealth(fleet, id)).not.toBe('healthy');
    clock.pass(10);
    expect(await targetHealth(fleet, id)).toBe('healthy');
  });

  test('targets and target groups that are not there are refused', async () => {
    const { cloud } = webFleet();
    const [TargetGroupArn] = cloud.world.targetGroups.keys();
    const { describeTargetHealth, describeTargetGroups } = cloud.elasticloadbalancingv2;
    expect(await refusal(describeTargetHealth({ TargetGroupArn, Targets: [{ Id: 'i-0' }] }))).toBe(
      'InvalidTargetException',
    );
    expect(await refusal(describeTargetHealth({ TargetGroupArn: 'none' }))).toBe('TargetGroupNotFoundException');
    expect(await refusal(describeTargetGroups({ Names: ['none'] }))).toBe('TargetGroupNotFoundException');
    expect((await describeTargetHealth({ TargetGroupArn })).TargetHealthDescriptions).toHaveLength(4);
  });

  test('a group tells its check and its deregistration delay', async () => {
    const { cloud } = webFleet();
    const { TargetGroups = [] } = await cloud.elasticloadbalancingv2.describeTargetGroups({});
    expect(TargetGroups).toMatchObject([
      { HealthyThresholdCount: 2, HealthCheckIntervalSeconds: 5, TargetType: 'instance' },
    ]);
    const { Attributes } = await cloud.elasticloadbalancingv2.describeTargetGroupAttributes({
      TargetGroupArn: TargetGroups[0]?.TargetGroupArn,
    });
    expect(Attributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '30' });
  });
});

describe('CloudWatch and S3', () => {
  test('alarms are told by name and state', async () => {
    const { cloud } = webFleet();
    cloud.setAlarm('errors', 'ALARM');
    cloud.setAlarm('latency', 'OK');
    const names = async (input: object) => {
      const { MetricAlarms = [] } = await cloud.cloudwatch.describeAlarms(input);
      return MetricAlarms.map(({ AlarmName }) => AlarmName);
    };
    expect(await names({ AlarmNames: ['errors', 'latency', 'gone'], StateValue: 'ALARM' })).toEqual(['errors']);
    cloud.setAlarm('errors', 'OK');
    expect(await names({ StateValue: 'ALARM' })).toEqual([]);
    expect(await names({})).toHaveLength(2);
  });

  test('an object is read back as it was put; missing keys and buckets are refused', async () => {
    const { s3 } = webFleet().cloud;
    await s3.putObject({ Bucket: 'lists', Key: 'a/b', Body: 'größer' });
    const { Body } = await s3.getObject({ Bucket: 'lists', Key: 'a/b' });
    expect(await Body?.transformToString()).toBe('größer');
    expect(await refusal(s3.getObject({ Bucket: 'lists', Key: 'a' }))).toBe('NoSuchKey');
    expect(await refusal(s3.putObject({ Bucket: 'none', Key: 'a' }))).toBe('NoSuchBucket');
  });
});

describe('calls', () => {
  test('are counted, logged and watched, refused ones included', async () => {
    const { cloud, id } = webFleet();
    const seen: string[] = [];
    const stop = cloud.watch(({ action, error }) => seen.push(`${action} ${error ?? 'ok'}`));
    await cloud.ec2.describeInstances({ InstanceIds: [id] });
    await refusal(cloud.ec2.describeInstances({ InstanceIds: ['i-00000000000000000'] }));
    stop();
    await cloud.ec2.describeInstances({});
    expect(seen).toEqual(['describeInstances ok', 'describeInstances InvalidInstanceID.NotFound']);
    expect(cloud.callCounts.get('ec2:describeInstances')).toBe(3);
    expect(cloud.log).toHaveLength(3);
  });

  test('take their time on the clock that was handed in', async () => {
    const { cloud, clock } = webFleet({}, { latencyMs: 100 });
    const before = clock.now();
    await cloud.ec2.describeInstances({});
    expect(clock.now() - before).toBeGreaterThanOrEqual(50);
    expect(clock.now() - before).toBeLessThanOrEqual(150);
  });
});

describe('time and chance', () => {
  test('what is due happens in order of time, each thing at its own moment, what it leads to included', () => {
    const agenda = new Agenda(0);
    const happened: [string, number][] = [];
    const note = (what: string) => happened.push([what, agenda.now]);
    for (const seconds of [5, 1, 3, 2, 4, 1]) agenda.after(seconds, () => note(`at ${seconds}`));
    agenda.after(1, () => agenda.after(1.5, () => note('after')));
    agenda.settle(3000);
    expect(happened).toEqual([
      ['at 1', 1000],
      ['at 1', 1000],
      ['at 2', 2000],
      ['after', 2500],
      ['at 3', 3000],
    ]);
    agenda.settle(1000);
    expect(agenda.now).toBe(3000);
  });

  test('the same seed draws the same; a log-normal draw has its median', () => {
    const draws = (seed: number) => {
      const random = new Random(seed);
      return [random.uniform(), random.uuid(), random.hex(5), random.logNormal(10, 1)];
    };
    expect(draws(3)).toEqual(draws(3));
    expect(draws(3)).not.toEqual(draws(4));
    const random = new Random(1);
    const sorted = Array.from({ length: 4001 }, () => random.logNormal(300, 0.5)).sort((one, other) => one - other);
    expect(sorted[2000]).toBeGreaterThan(280);
    expect(sorted[2000]).toBeLessThan(320);
  });
});
