/**
 * Where Moto lets through or leaves undone what AWS would not, when instances leave a group and come back: without
 * these mends a rollout that honours AWS would wait for ever, and one that does not would pass.
 */
import type { AutoScaling, AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { z } from 'zod';
import { type ApiCall, ApiError } from './wire.ts';

const LEAVING = ['DetachInstances', 'EnterStandby'];
const MOVING = [
  ...LEAVING,
  'AttachInstances',
  'ExitStandby',
  'ExecutePolicy',
  'UpdateAutoScalingGroup',
  'TerminateInstanceInAutoScalingGroup',
];

const named = z.object({
  AutoScalingGroupName: z.string(),
  ShouldDecrementDesiredCapacity: z.enum(['true', 'false']).default('false'),
});

export class Membership {
  readonly #autoscaling: AutoScaling;
  readonly #elb: ElasticLoadBalancingV2;

  /** The clients are Moto's own. */
  constructor(autoscaling: AutoScaling, elb: ElasticLoadBalancingV2) {
    this.#autoscaling = autoscaling;
    this.#elb = elb;
  }

  /** Whether the call moves members of a group in or out. */
  isChange({ service, action }: ApiCall): boolean {
    return service === 'autoscaling' && MOVING.includes(action);
  }

  /**
   * AWS refuses a detach or standby that would take the desired capacity below the minimum, and one of an instance
   * that is not a member; Moto takes both, and lowers the desired capacity for the latter too.
   */
  async refuse(call: ApiCall): Promise<void> {
    if (call.service !== 'autoscaling' || !LEAVING.includes(call.action)) return;
    const { AutoScalingGroupName, ShouldDecrementDesiredCapacity } = named.parse(call.input);
    const group = await this.#describe(AutoScalingGroupName);
    const members = new Set((group?.Instances ?? []).map((instance) => instance.InstanceId));
    const stranger = call.instanceIds.find((id) => !members.has(id));
    if (stranger !== undefined) {
      throw new ApiError('ValidationError', `The instance ${stranger} is not part of ${AutoScalingGroupName}.`);
    }
    const left = (group?.DesiredCapacity ?? 0) - call.instanceIds.length;
    if (ShouldDecrementDesiredCapacity === 'true' && left < (group?.MinSize ?? 0)) {
      throw new ApiError('ValidationError', `${AutoScalingGroupName}: desired capacity ${left} is below the minimum.`);
    }
  }

  /** Moto registers members with the group's target groups but never takes them out when they leave. */
  async settle(call: ApiCall): Promise<void> {
    if (!this.isChange(call)) return;
    const { success, data } = named.safeParse(call.input);
    const group = success ? await this.#describe(data.AutoScalingGroupName) : undefined;
    const instances = group?.Instances ?? [];
    const serving = instances.filter((instance) => instance.LifecycleState === 'InService');
    const ids = new Set(serving.flatMap((instance) => instance.InstanceId ?? []));
    for (const arn of group?.TargetGroupARNs ?? []) await this.#register(arn, ids);
  }

  async #register(arn: string, ids: ReadonlySet<string>): Promise<void> {
    const { TargetHealthDescriptions = [] } = await this.#elb.describeTargetHealth({ TargetGroupArn: arn });
    const registered = TargetHealthDescriptions.flatMap((target) => target.Target?.Id ?? []);
    const leaving = registered.filter((id) => !ids.has(id)).map((Id) => ({ Id }));
    const coming = [...ids].filter((id) => !registered.includes(id)).map((Id) => ({ Id }));
    if (leaving.length > 0) await this.#elb.deregisterTargets({ TargetGroupArn: arn, Targets: leaving });
    if (coming.length > 0) await this.#elb.registerTargets({ TargetGroupArn: arn, Targets: coming });
  }

  async #describe(name: string): Promise<AutoScalingGroup | undefined> {
    const answer = await this.#autoscaling.describeAutoScalingGroups({ AutoScalingGroupNames: [name] });
    return answer.AutoScalingGroups?.[0];
  }
}
