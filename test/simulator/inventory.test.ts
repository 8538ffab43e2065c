import { describe, expect, test } from 'vitest';
import { groupWeb, OPENSSL, patchOf, pingStatus, refusal, webFleet } from './fleet.ts';

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
