import { describe, expect, test } from 'vitest';
import {
  commandStatus,
  detach,
  groupWeb,
  install,
  KERNEL,
  OPENSSL,
  patchOf,
  refusal,
  type WebFleet,
  webFleet,
} from './fleet.ts';

async function patchesOf({ cloud }: WebFleet, InstanceId: string, ...states: string[]): Promise<string[]> {
  const { Patches = [] } = await cloud.ssm.describeInstancePatches({
    InstanceId,
    ...(states.length === 0 ? {} : { Filters: [{ Key: 'State', Values: states }] }),
  });
  return Patches.map(({ KBId, State }) => `${KBId} ${State}`);
}

async function pingStatus({ cloud }: WebFleet, id: string): Promise<string | undefined> {
  const { InstanceInformationList } = await cloud.ssm.describeInstanceInformation({
    Filters: [{ Key: 'InstanceIds', Values: [id] }],
  });
  return InstanceInformationList?.[0]?.PingStatus;
}

const list = (...ids: string[]) => `patches:\n${ids.map((id) => `  - id: '${id}'\n`).join('')}`;

describe('AWS-RunPatchBaseline', () => {
  test('stays InProgress across its reboot, while the agent is away', async () => {
    const fleet = webFleet();
    const { clock, id } = fleet;
    await detach(fleet, id);
    const command = await install(fleet, id);
    clock.pass(122);
    expect(await commandStatus(fleet, command, id)).toBe('InProgress');
    expect(await pingStatus(fleet, id)).toBe('ConnectionLost');
    clock.pass(50);
    expect(await commandStatus(fleet, command, id)).toBe('Success');
    expect(await pingStatus(fleet, id)).toBe('Online');
    expect(await patchesOf(fleet, id)).toEqual(['kernel.x86_64 Installed', 'openssl.x86_64 Installed']);
  });

  test('without a reboot leaves the patch pending one', async () => {
    const fleet = webFleet();
    await install(fleet, fleet.id, { RebootOption: ['NoReboot'] });
    fleet.clock.pass(122);
    expect(await patchesOf(fleet, fleet.id, 'InstalledPendingReboot')).toEqual([
      'kernel.x86_64 InstalledPendingReboot',
    ]);
    const { InstancePatchStates } = await fleet.cloud.ssm.describeInstancePatchStates({ InstanceIds: [fleet.id] });
    expect(InstancePatchStates).toMatchObject([
      { InstalledPendingRebootCount: 1, InstalledCount: 1, RebootOption: 'NoReboot' },
    ]);
    expect(fleet.cloud.machine(fleet.id).up).toBe(true);
  });

  test('scans without installing; what is missing is told only after a scan', async () => {
    const fleet = webFleet({ scanned: false });
    const { cloud, clock, id } = fleet;
    expect((await cloud.ssm.describeInstancePatchStates({ InstanceIds: [id] })).InstancePatchStates).toEqual([]);
    expect(await patchesOf(fleet, id)).toEqual([]);
    await install(fleet, id, { Operation: ['Scan'] });
    clock.pass(15);
    expect(await patchesOf(fleet, id, 'Missing', 'FAILED')).toEqual([
      'kernel.x86_64 Missing',
      'openssl.x86_64 Missing',
    ]);
    expect(cloud.machine(id).content.installed.size).toBe(0);
    const [first] = (await cloud.ssm.describeInstancePatches({ InstanceId: id })).Patches ?? [];
    expect(first).toMatchObject({
      Title: KERNEL.title,
      CVEIds: KERNEL.cves[0],
      Severity: 'Critical',
      Classification: 'Security',
    });
  });

  test('with an override list installs what the list names, whatever the baseline approves', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    cloud.setBaseline('AMAZON_LINUX_2', { ApprovedPatches: ['kernel*'] });
    await cloud.s3.putObject({ Bucket: 'lists', Key: 'run/al2.yaml', Body: list('openssl.x86_64') });
    await install(fleet, id, { InstallOverrideList: ['s3://lists/run/al2.yaml'] });
    clock.pass(122);
    expect(await patchesOf(fleet, id)).toEqual(['kernel.x86_64 Missing', 'openssl.x86_64 InstalledOther']);
  });

  test('reads the list by https too, and fails when it is not there', async () => {
    const fleet = webFleet();
    const { cloud, clock, id, other } = fleet;
    await cloud.s3.putObject({ Bucket: 'lists', Key: 'a.yaml', Body: list('openssl*') });
    const found = await install(fleet, id, {
      InstallOverrideList: ['https://lists.s3.us-east-1.amazonaws.com/a.yaml'],
    });
    const lost = await install(fleet, other, { InstallOverrideList: ['s3://lists/b.yaml'] });
    clock.pass(122);
    expect(await commandStatus(fleet, found, id)).toBe('Success');
    expect([...cloud.machine(id).content.installed]).toEqual(['openssl.x86_64']);
    expect(await commandStatus(fleet, lost, other)).toBe('Failed');
    const { StandardErrorContent } = await cloud.ssm.getCommandInvocation({ CommandId: lost, InstanceId: other });
    expect(StandardErrorContent).toContain('s3://lists/b.yaml');
  });

  test('one SnapshotId means one set of patches, however late an instance comes', async () => {
    const fleet = webFleet({ patches: [OPENSSL, patchOf('late.x86_64', { releasedAt: '2026-03-02T00:10:00Z' })] });
    const { cloud, clock, ids } = fleet;
    const [first = '', second = '', third = ''] = ids;
    await install(fleet, first, { SnapshotId: ['s-1'] });
    clock.pass(700);
    await install(fleet, second, { SnapshotId: ['s-1'] });
    await install(fleet, third, { SnapshotId: ['s-2'] });
    clock.pass(130);
    expect([...cloud.machine(second).content.installed]).toEqual(['openssl.x86_64']);
    expect([...cloud.machine(third).content.installed]).toEqual(['openssl.x86_64', 'late.x86_64']);
  });

  test('a baseline approves by classification, severity and age; a baseline override reaches no report', async () => {
    const rule = {
      PatchFilterGroup: { PatchFilters: [{ Key: 'SEVERITY' as const, Values: ['Critical'] }] },
      ApproveAfterDays: 7,
    };
    const young = patchOf('young.x86_64', { severity: 'Critical', releasedAt: '2026-02-27T00:00:00Z' });
    const bugfix = patchOf('bugfix.x86_64', { severity: 'Critical', classification: 'Bugfix' });
    const fleet = webFleet({ patches: [KERNEL, OPENSSL, young, bugfix], scanned: false });
    const { cloud, clock, id, other } = fleet;
    cloud.setBaseline('AMAZON_LINUX_2', { ApprovalRules: { PatchRules: [rule] } });
    await install(fleet, id, { Operation: ['Scan'] });
    clock.pass(15);
    expect(await patchesOf(fleet, id)).toEqual(['kernel.x86_64 Missing']);
    const override = [{ OperatingSystem: 'AMAZON_LINUX_2', ApprovedPatches: ['bugfix*'] }];
    await cloud.s3.putObject({ Bucket: 'lists', Key: 'b.json', Body: JSON.stringify(override) });
    await install(fleet, other, { BaselineOverride: ['s3://lists/b.json'] });
    clock.pass(130);
    expect([...cloud.machine(other).content.installed]).toEqual(['bugfix.x86_64']);
    expect(await patchesOf(fleet, other)).toEqual([]);
  });

  test('security patches that wait for their approval are told of Windows only', async () => {
    const patch = patchOf('KB5031356', { classification: 'SecurityUpdates', operatingSystem: 'WINDOWS' });
    const fleet = webFleet({ operatingSystem: 'WINDOWS', patches: [patch], scanned: false });
    fleet.cloud.setBaseline('WINDOWS', { ApprovedPatches: [] });
    await install(fleet, fleet.id, { Operation: ['Scan'] });
    fleet.clock.pass(15);
    expect(await patchesOf(fleet, fleet.id)).toEqual(['KB5031356 AvailableSecurityUpdate']);
  });

  test('takes as long as is drawn from its distribution, the same for the same seed', async () => {
    const seconds = async (seed: number) => {
      const fleet = webFleet({ patch: { median: 300, sigma: 0.5 }, patches: [OPENSSL] }, { seed });
      const command = await install(fleet, fleet.id);
      for (let passed = 0; passed < 3600; passed += 1) {
        fleet.clock.pass(1);
        if (passed > 1 && (await commandStatus(fleet, command, fleet.id)) === 'Success') return passed;
      }
      return undefined;
    };
    const drawn = [await seconds(1), await seconds(1), await seconds(2)];
    expect(drawn[0]).toBe(drawn[1]);
    expect(drawn[0]).not.toBe(drawn[2]);
  });
});

describe('Run Command', () => {
  test('an invocation cannot be found right after the command was sent', async () => {
    const fleet = webFleet();
    const command = await install(fleet, fleet.id);
    expect(await refusal(commandStatus(fleet, command, fleet.id))).toBe('InvocationDoesNotExist');
    expect((await fleet.cloud.ssm.listCommandInvocations({ CommandId: command })).CommandInvocations).toEqual([]);
    fleet.clock.pass(1);
    expect(await commandStatus(fleet, command, fleet.id)).toBe('InProgress');
    expect(await refusal(commandStatus(fleet, command, 'i-0'))).toBe('InvocationDoesNotExist');
  });

  test('refuses unknown documents, machines that are gone, and more than 50 at a time', async () => {
    const { cloud, id } = webFleet();
    const send = (DocumentName: string, InstanceIds: string[], more = {}) =>
      refusal(cloud.ssm.sendCommand({ DocumentName, InstanceIds, ...more }));
    expect(await send('AWS-RunMagic', [id])).toBe('InvalidDocument');
    expect(await send('AWS-RunShellScript', ['i-00000000000000000'])).toBe('InvalidInstanceId');
    expect(await send('AWS-RunShellScript', [id, id])).toBe('DuplicateInstanceId');
    expect(await send('AWS-RunShellScript', [id], { TimeoutSeconds: 29 })).toBe('ValidationException');
    expect(await send('AWS-RunShellScript', [id], { Comment: 'x'.repeat(101) })).toBe('ValidationException');
    expect(
      await send(
        'AWS-RunShellScript',
        Array.from({ length: 51 }, (_, index) => `i-${index}`),
      ),
    ).toBe('ValidationException');
    await cloud.ec2.terminateInstances({ InstanceIds: [id] });
    expect(await send('AWS-RunShellScript', [id])).toBe('InvalidInstanceId');
  });

  test('waits for an agent that is away, for as long as delivery may take', async () => {
    const fleet = webFleet();
    const { cloud, clock, id, other } = fleet;
    cloud.machine(other).faults.agentStaysSilent = 'for-good';
    await cloud.ec2.rebootInstances({ InstanceIds: [id, other] });
    const send = async (InstanceId: string) => {
      const { Command } = await cloud.ssm.sendCommand({
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: [InstanceId],
        TimeoutSeconds: 120,
      });
      return Command?.CommandId ?? '';
    };
    const [delivered, undelivered] = [await send(id), await send(other)];
    clock.pass(30);
    expect(await commandStatus(fleet, delivered, id)).toBe('Pending');
    clock.pass(90);
    expect(await commandStatus(fleet, delivered, id)).toBe('Success');
    expect(await commandStatus(fleet, undelivered, other)).toBe('TimedOut DeliveryTimedOut');
  });

  test('a command that hangs runs until its execution time is over, or until it is cancelled', async () => {
    const fleet = webFleet();
    const { cloud, clock, id, other } = fleet;
    for (const machine of [id, other]) cloud.machine(machine).faults.commandHangs = true;
    const left = await install(fleet, id);
    const cancelled = await install(fleet, other);
    clock.pass(3600);
    expect(await commandStatus(fleet, left, id)).toBe('InProgress');
    await cloud.ssm.cancelCommand({ CommandId: cancelled });
    expect(await commandStatus(fleet, cancelled, other)).toBe('Cancelling');
    clock.pass(3600);
    expect(await commandStatus(fleet, left, id)).toBe('InProgress');
    clock.pass(10);
    expect(await commandStatus(fleet, left, id)).toBe('TimedOut ExecutionTimedOut');
    expect(await commandStatus(fleet, cancelled, other)).toBe('Cancelled');
    expect(await refusal(cloud.ssm.cancelCommand({ CommandId: 'none' }))).toBe('InvalidCommandId');
  });

  test('a machine that goes down under a command takes it along', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    const command = await install(fleet, id);
    clock.pass(30);
    await cloud.ec2.rebootInstances({ InstanceIds: [id] });
    clock.pass(600);
    expect(await commandStatus(fleet, command, id)).toBe('InProgress');
    expect(cloud.machine(id).content.installed.size).toBe(0);
  });

  test('invocations are listed by instance, newest first, with their comment, filtered by time', async () => {
    const { cloud, clock, id } = webFleet();
    for (const Comment of ['first', 'second']) {
      await cloud.ssm.sendCommand({ DocumentName: 'AWS-RunShellScript', InstanceIds: [id], Comment });
      clock.pass(60);
    }
    const comments = async (value?: string) => {
      const { CommandInvocations = [] } = await cloud.ssm.listCommandInvocations({
        InstanceId: id,
        ...(value === undefined ? {} : { Filters: [{ key: 'InvokedAfter', value }] }),
      });
      return CommandInvocations.map(({ Comment, Status }) => `${Comment} ${Status}`);
    };
    expect(await comments()).toEqual(['second Success', 'first Success']);
    expect(await comments('2026-03-02T00:00:30Z')).toEqual(['second Success']);
    expect(await refusal(comments('yesterday'))).toBe('ValidationException');
  });

  test('documents of one’s own take their time, and fail when told to', async () => {
    const fleet = webFleet();
    const { cloud, clock, id } = fleet;
    cloud.addDocument('smoke-test', { seconds: 60, fails: true });
    const { Command } = await cloud.ssm.sendCommand({ DocumentName: 'smoke-test', InstanceIds: [id] });
    clock.pass(30);
    expect(await commandStatus(fleet, Command?.CommandId ?? '', id)).toBe('InProgress');
    clock.pass(60);
    expect(await commandStatus(fleet, Command?.CommandId ?? '', id)).toBe('Failed');
  });

  test('remembers a bounded number of commands for each machine', async () => {
    const { cloud, clock, id } = webFleet();
    for (let sent = 0; sent < 100; sent += 1) {
      await cloud.ssm.sendCommand({ DocumentName: 'AWS-RunShellScript', InstanceIds: [id] });
      clock.pass(60);
    }
    expect(cloud.world.commands.size).toBe(20);
  });
});

describe('inventory', () => {
  test('agents are told by instance, in pages, with their platform', async () => {
    const { cloud, id } = webFleet({ size: 12, max: 12 });
    const first = await cloud.ssm.describeInstanceInformation({});
    expect(first.InstanceInformationList).toHaveLength(10);
    const rest = await cloud.ssm.describeInstanceInformation({ NextToken: first.NextToken });
    expect(rest.InstanceInformationList).toHaveLength(2);
    const one = await cloud.ssm.describeInstanceInformation({ Filters: [{ Key: 'InstanceIds', Values: [id] }] });
    expect(one.InstanceInformationList).toMatchObject([
      {
        InstanceId: id,
        PlatformType: 'Linux',
        PlatformName: 'Amazon Linux',
        PlatformVersion: '2',
        PingStatus: 'Online',
      },
    ]);
    expect(
      await refusal(cloud.ssm.describeInstanceInformation({ Filters: [{ Key: 'Colour', Values: ['red'] }] })),
    ).toBe('InvalidFilterKey');
  });

  test('a machine that was just launched is not registered until its agent starts', async () => {
    const fleet = webFleet();
    const { cloud, clock } = fleet;
    await cloud.autoscaling.setDesiredCapacity({ AutoScalingGroupName: 'web', DesiredCapacity: 5 });
    clock.pass(20);
    const launched = (await groupWeb(fleet)).Instances?.at(-1)?.InstanceId ?? '';
    expect(await pingStatus(fleet, launched)).toBeUndefined();
    clock.pass(60);
    expect(await pingStatus(fleet, launched)).toBe('Online');
  });

  test('an agent that was told to stay silent is back after one more reboot, or never', async () => {
    const fleet = webFleet({ healthCheckType: 'EC2' });
    const { cloud, clock, id, other } = fleet;
    cloud.machine(id).faults.agentStaysSilent = 'until-next-reboot';
    cloud.machine(other).faults.agentStaysSilent = 'for-good';
    const pings = async () => {
      await cloud.ec2.rebootInstances({ InstanceIds: [id, other] });
      clock.pass(60);
      return [await pingStatus(fleet, id), await pingStatus(fleet, other)];
    };
    expect(await pings()).toEqual(['ConnectionLost', 'ConnectionLost']);
    expect(cloud.respond(`http://${cloud.machine(id).privateIp}/`).status).toBe(200);
    expect(await pings()).toEqual(['Online', 'ConnectionLost']);
  });

  test('release dates are known of Amazon Linux 2 and Windows, once a patch is out', async () => {
    const later = patchOf('later.x86_64', { releasedAt: '2026-03-03T00:00:00Z' });
    const { cloud, clock } = webFleet({ patches: [OPENSSL, later] });
    cloud.addPatches([patchOf('apt', { operatingSystem: 'UBUNTU' })]);
    const ids = async (Values: string[]) => {
      const { Patches = [] } = await cloud.ssm.describeAvailablePatches({ Filters: [{ Key: 'PRODUCT', Values }] });
      return Patches.map(({ Id, Name, Arch, ReleaseDate }) => [Id, Name, Arch, ReleaseDate?.toISOString()]);
    };
    const openssl = ['openssl.x86_64', 'openssl', 'x86_64', '2026-02-01T00:00:00.000Z'];
    expect(await ids(['AmazonLinux2', 'AmazonLinux2.0'])).toEqual([openssl]);
    expect(await ids(['WindowsServer2022'])).toEqual([]);
    clock.pass(86_400);
    expect(await ids(['*'])).toEqual([openssl, ['later.x86_64', 'later', 'x86_64', '2026-03-03T00:00:00.000Z']]);
  });

  test('one closed calendar closes them all; one that is not there is refused', async () => {
    const { cloud } = webFleet();
    cloud.setCalendar('a', 'OPEN');
    cloud.setCalendar('b', 'CLOSED', '2026-03-05T00:00:00Z');
    const state = async (...CalendarNames: string[]) => cloud.ssm.getCalendarState({ CalendarNames });
    expect(await state('a')).toMatchObject({ State: 'OPEN' });
    expect(await state('a', 'b')).toMatchObject({ State: 'CLOSED', NextTransitionTime: '2026-03-05T00:00:00Z' });
    expect(await refusal(state('c'))).toBe('InvalidDocument');
  });
});
