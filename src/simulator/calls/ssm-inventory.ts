import type {
  DescribeAvailablePatchesCommandInput,
  DescribeAvailablePatchesResult,
  DescribeInstanceInformationCommandInput,
  DescribeInstanceInformationResult,
  GetCalendarStateCommandInput,
  GetCalendarStateResponse,
  InstanceInformation,
  OperatingSystem,
  PatchOrchestratorFilter,
  Patch as SdkPatch,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../aws-error.ts';
import { named, released } from '../baseline.ts';
import type { Machine, Patch } from '../model.ts';
import { page } from '../paging.ts';
import type { World } from '../world.ts';

/** The agent pings so often. */
const PING_MS = 60_000;
const CATALOGUED: OperatingSystem[] = ['AMAZON_LINUX_2', 'WINDOWS'];
const PRODUCTS: Partial<Record<OperatingSystem, string>> = {
  AMAZON_LINUX_2: 'AmazonLinux2',
  WINDOWS: 'WindowsServer2022',
};

/** Instances whose agent is registered. By `InstanceIds` the effort is theirs alone. */
export function instanceInformation(
  world: World,
  input: DescribeInstanceInformationCommandInput,
): DescribeInstanceInformationResult {
  const filters = [
    ...(input.Filters ?? []).map((filter) => ({ key: filter.Key ?? '', values: filter.Values ?? [] })),
    ...(input.InstanceInformationFilterList ?? []).map((filter) => ({
      key: filter.key ?? '',
      values: filter.valueSet ?? [],
    })),
  ];
  const byId = filters.find((filter) => filter.key === 'InstanceIds');
  const machines =
    byId === undefined ? [...world.machines.values()] : byId.values.flatMap((id) => world.machines.get(id) ?? []);
  const found = machines
    .filter(isRegistered)
    .filter((machine) => filters.every(({ key, values }) => informationMatches(machine, key, values)));
  const { items, nextToken } = page(found, {
    token: input.NextToken,
    size: input.MaxResults ?? (byId === undefined ? 10 : 50),
    limit: 50,
    tokenError: 'InvalidNextToken',
  });
  return {
    InstanceInformationList: items.map((machine) => describeMachine(world, machine)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

/**
 * The catalogue of patches that were released. AWS has one for Amazon Linux 2 and Windows; for other operating systems it lists nothing, and
 * nobody can ask when their patches came out.
 */
export function availablePatches(
  world: World,
  input: DescribeAvailablePatchesCommandInput,
): DescribeAvailablePatchesResult {
  const all = CATALOGUED.flatMap((operatingSystem) => released(world, operatingSystem));
  const found = all.filter((patch) => (input.Filters ?? []).every((filter) => patchMatches(patch, filter)));
  const { items, nextToken } = page(found, {
    token: input.NextToken,
    size: input.MaxResults,
    limit: 100,
    tokenError: 'InvalidNextToken',
  });
  return { Patches: items.map(describePatch), ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
}

/** Several calendars are CLOSED when one of them is. */
export function calendarState(world: World, input: GetCalendarStateCommandInput): GetCalendarStateResponse {
  const calendars = (input.CalendarNames ?? []).map((name) => {
    const calendar = world.calendars.get(name);
    if (calendar === undefined) throw new AwsError('InvalidDocument', `The calendar ${name} does not exist.`);
    return calendar;
  });
  const closed = calendars.find((calendar) => calendar.state === 'CLOSED');
  const next = (closed ?? calendars[0])?.nextTransitionAt;
  return {
    State: closed === undefined ? 'OPEN' : 'CLOSED',
    AtTime: input.AtTime ?? new Date(world.now).toISOString(),
    ...(next === undefined ? {} : { NextTransitionTime: next }),
  };
}

function isRegistered(machine: Machine): boolean {
  return (
    machine.state === 'running' && (machine.agentOnline || machine.agentSince > machine.launchedAt || machine.boots > 1)
  );
}

function informationMatches(machine: Machine, key: string, values: readonly string[]): boolean {
  if (key === 'InstanceIds') return values.includes(machine.id);
  if (key === 'PingStatus') return values.includes(pingStatus(machine));
  if (key === 'PlatformTypes') return values.includes(platformType(machine));
  if (key === 'ResourceType') return values.includes('EC2Instance');
  if (key === 'tag-key') return values.some((value) => machine.tags.has(value));
  if (key.startsWith('tag:')) return values.includes(machine.tags.get(key.slice('tag:'.length)) ?? '');
  throw new AwsError('InvalidFilterKey', `The filter key ${key} is not valid.`);
}

function describeMachine(world: World, machine: Machine): InstanceInformation {
  return {
    InstanceId: machine.id,
    PingStatus: pingStatus(machine),
    LastPingDateTime: new Date(lastPing(world, machine)),
    AgentVersion: '3.3.2299.0',
    IsLatestVersion: true,
    PlatformType: platformType(machine),
    PlatformName: machine.template.platformName,
    PlatformVersion: machine.template.platformVersion,
    ResourceType: 'EC2Instance',
    IPAddress: machine.privateIp,
    ComputerName: machine.privateDnsName,
  };
}

function pingStatus(machine: Machine): 'Online' | 'ConnectionLost' {
  return machine.agentOnline ? 'Online' : 'ConnectionLost';
}

function platformType(machine: Machine): 'Windows' | 'Linux' {
  return machine.template.operatingSystem === 'WINDOWS' ? 'Windows' : 'Linux';
}

function lastPing(world: World, machine: Machine): number {
  if (!machine.agentOnline) return machine.agentSince;
  return machine.agentSince + Math.floor((world.now - machine.agentSince) / PING_MS) * PING_MS;
}

function patchMatches(patch: Patch, filter: PatchOrchestratorFilter): boolean {
  const values = filter.Values ?? [];
  switch (filter.Key) {
    case 'PRODUCT':
      return values.some((value) => value === '*' || value === PRODUCTS[patch.operatingSystem]);
    case 'PATCH_SET':
      return values.includes('OS');
    case 'CLASSIFICATION':
      return values.includes(patch.classification);
    case 'SEVERITY':
    case 'MSRC_SEVERITY':
      return values.includes(patch.severity);
    case 'PATCH_ID':
      return named(values, patch.id);
    // A package's name, without the architecture that its id has.
    case 'NAME':
      return named(values, patch.id.replace(/\.[^.]*$/, ''));
    case 'CVE_ID':
      return patch.cves.some((cve) => values.includes(cve));
    default:
      throw new AwsError('ValidationException', `The filter key ${filter.Key} is not valid.`);
  }
}

/** A Linux package is listed in parts, a Windows update by its KB number. */
function describePatch(patch: Patch): SdkPatch {
  const dot = patch.id.lastIndexOf('.');
  const byName =
    patch.operatingSystem === 'WINDOWS'
      ? { MsrcSeverity: patch.severity, KbNumber: patch.id }
      : {
          Name: dot < 0 ? patch.id : patch.id.slice(0, dot),
          Arch: dot < 0 ? 'noarch' : patch.id.slice(dot + 1),
          Epoch: 0,
          Severity: patch.severity,
        };
  return {
    Id: patch.id,
    ...byName,
    Title: patch.title,
    Classification: patch.classification,
    CVEIds: [...patch.cves],
    Product: PRODUCTS[patch.operatingSystem],
    ...(patch.releasedAt === undefined ? {} : { ReleaseDate: new Date(patch.releasedAt) }),
  };
}
