import type {
  DescribeInstanceStatusCommandInput,
  DescribeInstanceStatusResult,
  DescribeInstancesCommandInput,
  DescribeInstancesResult,
  Filter,
  Instance,
  InstanceState,
  InstanceStatus,
  RebootInstancesCommandInput,
  TerminateInstancesCommandInput,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../aws-error.ts';
import { boot, terminate } from '../machines.ts';
import type { Machine } from '../model.ts';
import { page, wildcard } from '../paging.ts';
import type { World } from '../world.ts';

const STATE_CODES: Record<Machine['state'], number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};
/** Status checks say `initializing` for so long after the machine came up. */
const CHECKS_MS = 30_000;

/** The machine of that id. Throws what EC2 throws when there is none. */
export function machineNamed(world: World, id: string | undefined): Machine {
  const machine = world.machines.get(id ?? '');
  if (machine !== undefined) return machine;
  if (!/^i-[0-9a-f]{8,17}$/.test(id ?? '')) throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
  throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
}

/** One reservation for each instance, as a group launches them. */
export function describeInstances(world: World, input: DescribeInstancesCommandInput): DescribeInstancesResult {
  const ids = input.InstanceIds ?? [];
  if (ids.length > 0 && input.MaxResults !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  }
  const filters = input.Filters ?? [];
  const machines = ids.length > 0 ? ids.map((id) => machineNamed(world, id)) : candidates(world, filters);
  const tests = filters.map(testOf);
  const found = machines.filter((machine) => tests.every((test) => test(machine)));
  const { items, nextToken } = page(found, {
    token: input.NextToken,
    size: input.MaxResults ?? (ids.length > 0 ? Math.max(1, found.length) : undefined),
    limit: Math.max(1000, found.length),
    tokenError: 'InvalidNextToken',
  });
  return {
    Reservations: items.map((machine) => ({
      ReservationId: machine.id.replace(/^i-/, 'r-'),
      OwnerId: world.accountId,
      Instances: [describe(world, machine)],
    })),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

/** Running instances only, unless all are asked for. */
export function describeStatus(world: World, input: DescribeInstanceStatusCommandInput): DescribeInstanceStatusResult {
  const ids = input.InstanceIds ?? [];
  const machines = ids.length > 0 ? ids.map((id) => machineNamed(world, id)) : [...world.machines.values()];
  const found = machines.filter((machine) => input.IncludeAllInstances === true || machine.state === 'running');
  const { items, nextToken } = page(found, {
    token: input.NextToken,
    size: input.MaxResults,
    limit: 1000,
    tokenError: 'InvalidNextToken',
  });
  return {
    InstanceStatuses: items.map((machine) => describeChecks(world, machine)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

export function reboot(world: World, input: RebootInstancesCommandInput): Record<string, never> {
  const machines = (input.InstanceIds ?? []).map((id) => machineNamed(world, id));
  for (const machine of machines) {
    if (machine.state !== 'running') {
      throw new AwsError(
        'IncorrectState',
        `The instance '${machine.id}' is not in a state from which it can be rebooted: ${machine.state}.`,
      );
    }
  }
  for (const machine of machines) boot(world, machine, machine.content);
  return {};
}

export function terminateInstances(world: World, input: TerminateInstancesCommandInput): TerminateInstancesResult {
  const machines = (input.InstanceIds ?? []).map((id) => machineNamed(world, id));
  return {
    TerminatingInstances: machines.map((machine) => {
      const PreviousState = stateOf(machine);
      terminate(world, machine);
      return { InstanceId: machine.id, PreviousState, CurrentState: stateOf(machine) };
    }),
  };
}

/** Where ids are asked for, no other machine is looked at: of ten thousand that would be what a simulation does most. */
function candidates(world: World, filters: readonly Filter[]): Machine[] {
  const ids = filters.find(({ Name }) => Name === 'instance-id')?.Values ?? [];
  if (ids.length === 0 || ids.some((id) => /[*?]/.test(id))) return [...world.machines.values()];
  return [...new Set(ids)].flatMap((id) => world.machines.get(id) ?? []);
}

function testOf(filter: Filter): (machine: Machine) => boolean {
  const tests = (filter.Values ?? []).map(wildcard);
  const name = filter.Name ?? '';
  const any = (text: string | undefined) => text !== undefined && tests.some((test) => test(text));
  if (name.startsWith('tag:')) return ({ tags }) => any(tags.get(name.slice('tag:'.length)));
  switch (name) {
    case 'tag-key':
      return ({ tags }) => [...tags.keys()].some(any);
    case 'instance-state-name':
      return ({ state }) => any(state);
    case 'instance-id':
      return ({ id }) => any(id);
    case 'availability-zone':
      return ({ az }) => any(az);
    case 'image-id':
      return ({ template }) => any(template.imageId);
    case 'private-ip-address':
      return ({ privateIp }) => any(privateIp);
    default:
      throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  }
}

function stateOf(machine: Machine): InstanceState {
  return { Code: STATE_CODES[machine.state], Name: machine.state };
}

function describe(world: World, machine: Machine): Instance {
  const { template } = machine;
  const gone = machine.state === 'terminated';
  return {
    InstanceId: machine.id,
    ImageId: template.imageId,
    InstanceType: template.instanceType,
    State: stateOf(machine),
    Placement: { AvailabilityZone: machine.az, Tenancy: 'default' },
    LaunchTime: new Date(machine.launchedAt),
    ...(gone ? {} : { PrivateIpAddress: machine.privateIp, PublicIpAddress: machine.publicIp }),
    PrivateDnsName: gone ? '' : machine.privateDnsName,
    PlatformDetails: template.operatingSystem === 'WINDOWS' ? 'Windows' : 'Linux/UNIX',
    ...(template.operatingSystem === 'WINDOWS' ? { Platform: 'Windows' } : {}),
    ...(template.spot ? { InstanceLifecycle: 'spot' } : {}),
    RootDeviceName: '/dev/xvda',
    RootDeviceType: template.ebsRoot ? 'ebs' : 'instance-store',
    BlockDeviceMappings:
      gone || !template.ebsRoot
        ? []
        : [
            {
              DeviceName: '/dev/xvda',
              Ebs: { VolumeId: machine.rootVolumeId, Status: 'attached', DeleteOnTermination: true },
            },
          ],
    Tags: [...machine.tags].map(([Key, Value]) => ({ Key, Value })),
    VpcId: `vpc-${world.accountId}`,
  };
}

function describeChecks(world: World, machine: Machine): InstanceStatus {
  const Status =
    machine.state !== 'running'
      ? 'not-applicable'
      : machine.up && world.now - machine.upSince >= CHECKS_MS
        ? 'ok'
        : 'initializing';
  return {
    InstanceId: machine.id,
    AvailabilityZone: machine.az,
    InstanceState: stateOf(machine),
    InstanceStatus: { Status },
    SystemStatus: { Status: machine.state === 'running' ? 'ok' : 'not-applicable' },
  };
}
