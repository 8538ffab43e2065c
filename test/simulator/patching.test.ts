import { describe, expect, test } from 'vitest';
import {
  commandStatus,
  detach,
  install,
  KERNEL,
  OPENSSL,
  patchOf,
  pingStatus,
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
