/** Simple scaling policies that change desired capacity by a number, and that somebody executes by hand. */
import type {
  DeletePolicyCommandInput,
  ExecutePolicyCommandInput,
  PolicyARNType,
  PutScalingPolicyCommandInput,
} from '@aws-sdk/client-auto-scaling';
import { noteDesired } from '../activities.ts';
import { validationError } from '../aws-error.ts';
import { lookSoon } from '../groups.ts';
import type { World } from '../world.ts';
import { groupNamed } from './autoscaling-describe.ts';

/** One of the same name is overwritten. */
export function putPolicy(world: World, input: PutScalingPolicyCommandInput): PolicyARNType {
  const group = groupNamed(world, input.AutoScalingGroupName);
  const name = input.PolicyName ?? '';
  if (name === '' || name.length > 255) throw validationError(`The name of the policy is not valid: ${name}`);
  if ((input.PolicyType ?? 'SimpleScaling') !== 'SimpleScaling' || input.AdjustmentType !== 'ChangeInCapacity') {
    throw validationError('Only policies of SimpleScaling with ChangeInCapacity are simulated.');
  }
  if (input.ScalingAdjustment === undefined) throw validationError('Scaling adjustment is required.');
  group.policies.set(name, input.ScalingAdjustment);
  return { PolicyARN: `${group.arn}:policyName/${name}`, Alarms: [] };
}

/**
 * What would go beyond minimum or maximum ends there, and is not refused. The activity that follows from it names the
 * policy in its cause.
 */
export function executePolicy(world: World, input: ExecutePolicyCommandInput): Record<string, never> {
  const group = groupNamed(world, input.AutoScalingGroupName);
  const adjustment = group.policies.get(input.PolicyName ?? '');
  if (adjustment === undefined) throw validationError(`No policy found for policy name: ${input.PolicyName}`);
  const desired = Math.min(group.max, Math.max(group.min, group.desired + adjustment));
  if (desired === group.desired) return {};
  noteDesired(world, group, `a user request executed policy ${input.PolicyName}`, desired);
  group.desired = desired;
  lookSoon(world, group);
  return {};
}

export function deletePolicy(world: World, input: DeletePolicyCommandInput): Record<string, never> {
  const group = groupNamed(world, input.AutoScalingGroupName);
  if (!group.policies.delete(input.PolicyName ?? '')) {
    throw validationError(`No policy found for policy name: ${input.PolicyName}`);
  }
  return {};
}
