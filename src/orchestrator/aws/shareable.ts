/** Which calls about instances may be made as one, how, and for how many: each limit is that of AWS's API reference. */
import type { Cloud } from './cloud.ts';
import type { Shareable } from './shared-calls.ts';

type Sharing<Call> = Call extends (input: infer Input) => Promise<infer Output> ? Shareable<Input, Output> : never;

/** The members that an input has; one that has others than expected is not like those it would be put together with. */
function has(input: object, ...members: string[]): boolean {
  const given = Object.keys(input);
  return given.length === members.length && members.every((member) => given.includes(member));
}

const describeAutoScalingInstances: Sharing<Cloud['autoscaling']['describeAutoScalingInstances']> = {
  key: (input) => (has(input, 'InstanceIds') ? 'all' : undefined),
  idsOf: ({ InstanceIds = [] }) => InstanceIds,
  most: 50,
  together: (_, InstanceIds) => ({ InstanceIds }),
  part: ({ AutoScalingInstances = [] }, ids) => ({
    AutoScalingInstances: AutoScalingInstances.filter(({ InstanceId = '' }) => ids.has(InstanceId)),
  }),
};

const describeTargetHealth: Sharing<Cloud['elasticloadbalancingv2']['describeTargetHealth']> = {
  // A target with a port of its own is another one than the same instance without.
  key: (input) =>
    has(input, 'TargetGroupArn', 'Targets') && input.Targets?.every((target) => has(target, 'Id'))
      ? input.TargetGroupArn
      : undefined,
  idsOf: ({ Targets = [] }) => Targets.map(({ Id = '' }) => Id),
  // The reference names no limit; so many keep the answer small.
  most: 100,
  together: ({ TargetGroupArn }, ids) => ({ TargetGroupArn, Targets: ids.map((Id) => ({ Id })) }),
  part: ({ TargetHealthDescriptions = [] }, ids) => ({
    TargetHealthDescriptions: TargetHealthDescriptions.filter(({ Target }) => ids.has(Target?.Id ?? '')),
  }),
};

/** By filter, one that EC2 does not know is left out; by id, it would be refused. A filter takes 200 values. */
const describeInstances: Sharing<Cloud['ec2']['describeInstances']> = {
  key: (input) => {
    const [filter, ...more] = input.Filters ?? [];
    return has(input, 'Filters') && filter?.Name === 'instance-id' && more.length === 0 ? 'all' : undefined;
  },
  idsOf: ({ Filters = [] }) => Filters[0]?.Values ?? [],
  most: 200,
  together: (_, Values) => ({ Filters: [{ Name: 'instance-id', Values }] }),
  part: ({ Reservations = [] }, ids) => ({
    Reservations: Reservations.map(({ Instances = [], ...reservation }) => ({
      ...reservation,
      Instances: Instances.filter(({ InstanceId = '' }) => ids.has(InstanceId)),
    })).filter(({ Instances }) => Instances.length > 0),
  }),
};

const describeInstanceInformation: Sharing<Cloud['ssm']['describeInstanceInformation']> = {
  key: (input) => {
    const [filter, ...more] = input.Filters ?? [];
    return has(input, 'Filters') && filter?.Key === 'InstanceIds' && more.length === 0 ? 'all' : undefined;
  },
  idsOf: ({ Filters = [] }) => Filters[0]?.Values ?? [],
  most: 50,
  together: (_, Values) => ({ Filters: [{ Key: 'InstanceIds', Values }], MaxResults: 50 }),
  part: ({ InstanceInformationList = [] }, ids) => ({
    InstanceInformationList: InstanceInformationList.filter(({ InstanceId = '' }) => ids.has(InstanceId)),
  }),
};

const describeInstancePatchStates: Sharing<Cloud['ssm']['describeInstancePatchStates']> = {
  key: (input) => (has(input, 'InstanceIds') ? 'all' : undefined),
  idsOf: ({ InstanceIds = [] }) => InstanceIds,
  most: 50,
  together: (_, InstanceIds) => ({ InstanceIds, MaxResults: 100 }),
  part: ({ InstancePatchStates = [] }, ids) => ({
    InstancePatchStates: InstancePatchStates.filter(({ InstanceId = '' }) => ids.has(InstanceId)),
  }),
};

export const SHAREABLE = {
  autoscaling: { describeAutoScalingInstances },
  ec2: { describeInstances },
  elasticloadbalancingv2: { describeTargetHealth },
  ssm: { describeInstanceInformation, describeInstancePatchStates },
};
