import type {
  DeregisterTargetsCommandInput,
  DescribeTargetGroupAttributesCommandInput,
  DescribeTargetGroupAttributesOutput,
  DescribeTargetGroupsCommandInput,
  DescribeTargetGroupsOutput,
  DescribeTargetHealthCommandInput,
  DescribeTargetHealthOutput,
  RegisterTargetsCommandInput,
  TargetGroup as SdkTargetGroup,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../aws-error.ts';
import type { Machine, TargetGroup } from '../model.ts';
import { page } from '../paging.ts';
import { deregister, register, targetHealth } from '../targets.ts';
import type { World } from '../world.ts';
import { answersOf, type Caller } from './caller.ts';

/** Elastic Load Balancing's calls. */
export function elasticLoadBalancingCalls(world: World, call: Caller) {
  const answer = answersOf(world, 'elasticloadbalancingv2', call);
  return {
    describeTargetHealth: answer('describeTargetHealth', describeTargetHealth),
    describeTargetGroups: answer('describeTargetGroups', describeTargetGroups),
    describeTargetGroupAttributes: answer('describeTargetGroupAttributes', describeAttributes),
    registerTargets: answer('registerTargets', registerTargets),
    deregisterTargets: answer('deregisterTargets', deregisterTargets),
  };
}

/** Of the targets named, or of all that are registered. */
function describeTargetHealth(world: World, input: DescribeTargetHealthCommandInput): DescribeTargetHealthOutput {
  const group = targetGroupNamed(world, input.TargetGroupArn);
  const machines =
    input.Targets === undefined || input.Targets.length === 0
      ? [...group.registrations.values()].map((registration) => registration.machine)
      : input.Targets.map((target) => targetNamed(world, target.Id));
  return { TargetHealthDescriptions: machines.map((machine) => describeTarget(world, group, machine)) };
}

function describeTargetGroups(world: World, input: DescribeTargetGroupsCommandInput): DescribeTargetGroupsOutput {
  const arns = input.TargetGroupArns ?? [];
  const names = input.Names ?? [];
  const groups =
    arns.length > 0
      ? arns.map((arn) => targetGroupNamed(world, arn))
      : [...world.targetGroups.values()].filter((group) => names.length === 0 || names.includes(group.name));
  if (names.length > groups.length) throw notFound('One or more target groups not found');
  const { items, nextToken } = page(groups, {
    token: input.Marker,
    size: input.PageSize,
    limit: 400,
    tokenError: 'ValidationError',
  });
  return { TargetGroups: items.map(describeGroup), ...(nextToken === undefined ? {} : { NextMarker: nextToken }) };
}

function describeAttributes(
  world: World,
  input: DescribeTargetGroupAttributesCommandInput,
): DescribeTargetGroupAttributesOutput {
  const group = targetGroupNamed(world, input.TargetGroupArn);
  return {
    Attributes: [
      { Key: 'deregistration_delay.timeout_seconds', Value: String(group.deregistrationDelaySeconds) },
      { Key: 'slow_start.duration_seconds', Value: String(group.slowStartSeconds) },
      { Key: 'stickiness.enabled', Value: 'false' },
    ],
  };
}

/** Running instances only. One that is registered already stays as it is. */
function registerTargets(world: World, input: RegisterTargetsCommandInput): Record<string, never> {
  const group = targetGroupNamed(world, input.TargetGroupArn);
  const machines = (input.Targets ?? []).map((target) => targetNamed(world, target.Id));
  const down = machines.find((machine) => machine.state !== 'running');
  if (down !== undefined)
    throw new AwsError('InvalidTargetException', `The following targets are not in a running state: '${down.id}'`);
  for (const machine of machines) register(world, group, machine);
  return {};
}

/** They drain first. One that is not registered is passed over. */
function deregisterTargets(world: World, input: DeregisterTargetsCommandInput): Record<string, never> {
  const group = targetGroupNamed(world, input.TargetGroupArn);
  const machines = (input.Targets ?? []).map((target) => targetNamed(world, target.Id));
  for (const machine of machines) deregister(world, group, machine);
  return {};
}

function targetGroupNamed(world: World, arn: string | undefined): TargetGroup {
  const group = world.targetGroups.get(arn ?? '');
  if (group === undefined) throw notFound(`Target groups '${arn}' not found`);
  return group;
}

function notFound(message: string): AwsError {
  return new AwsError('TargetGroupNotFoundException', message);
}

function targetNamed(world: World, id: string | undefined): Machine {
  const machine = world.machines.get(id ?? '');
  if (machine === undefined)
    throw new AwsError('InvalidTargetException', `The following targets are not valid instances: '${id}'`);
  return machine;
}

function describeTarget(world: World, group: TargetGroup, machine: Machine): TargetHealthDescription {
  return {
    Target: { Id: machine.id, Port: group.port },
    HealthCheckPort: String(group.port),
    TargetHealth: targetHealth(world, group, machine),
  };
}

function describeGroup(group: TargetGroup): SdkTargetGroup {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: 'HTTP',
    Port: group.port,
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: 'traffic-port',
    HealthCheckEnabled: true,
    HealthCheckPath: group.healthCheckPath,
    HealthCheckIntervalSeconds: group.intervalSeconds,
    HealthCheckTimeoutSeconds: group.timeoutSeconds,
    HealthyThresholdCount: group.healthyThreshold,
    UnhealthyThresholdCount: group.unhealthyThreshold,
    Matcher: { HttpCode: '200' },
    LoadBalancerArns: [],
    TargetType: 'instance',
  };
}
