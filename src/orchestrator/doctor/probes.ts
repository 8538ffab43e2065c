/** Where IAM may not be asked: calls that change nothing, made for real. What cannot be tried without harm is left, and said to be. */

import type { Cloud } from '../aws/cloud.ts';
import { isDenied } from '../aws/explain.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { type Scope, statementsOf } from '../permissions/statements.ts';
import type { Finding } from './finding.ts';

interface Probe {
  action: string;
  call(): Promise<unknown>;
}

type Answer = { action: string; answer: 'allowed' | 'denied' | 'unclear' };

/** What the caller may do of `actions`, as far as calls without effect show it. */
export async function probe(
  actions: readonly string[],
  cloud: Cloud,
  fleets: Fleet[],
  scope: Scope,
): Promise<Finding[]> {
  const probes = [...readings(cloud, fleets), ...dryRuns(cloud, fleets)].filter(({ action }) =>
    actions.includes(action),
  );
  const answers = await Promise.all(probes.map(answerOf));
  const those = (wanted: Answer['answer']) =>
    answers.filter(({ answer }) => answer === wanted).map(({ action }) => action);
  const [allowed, denied] = [those('allowed'), those('denied')];
  const unchecked = actions.filter((action) => !allowed.includes(action) && !denied.includes(action));
  return [
    ...(allowed.length === 0 ? [] : [finding('ok', `tried without effect: ${allowed.join(', ')}`)]),
    ...(denied.length === 0
      ? []
      : [
          {
            ...finding('bad', `AWS denies ${denied.join(', ')}`),
            remedy: 'Add these statements to a policy of yours.',
            statements: statementsOf(denied, scope),
          },
        ]),
    ...(unchecked.length === 0
      ? []
      : [finding('not-checked', `could not be tried without changing something: ${unchecked.join(', ')}`)]),
  ];
}

function finding(standing: Finding['standing'], message: string): Finding {
  return { check: 'permissions', standing, message };
}

/** A call may be rejected for other reasons than a permission; those say nothing of it. */
async function answerOf({ action, call }: Probe): Promise<Answer> {
  try {
    await call();
    return { action, answer: 'allowed' };
  } catch (error) {
    if (error instanceof Error && error.name === 'DryRunOperation') return { action, answer: 'allowed' };
    return { action, answer: isDenied(error) ? 'denied' : 'unclear' };
  }
}

function readings({ autoscaling, cloudwatch, ec2, elasticloadbalancingv2: elb, ssm }: Cloud, fleets: Fleet[]): Probe[] {
  const [fleet] = fleets;
  const AutoScalingGroupName = fleet?.group.name ?? '';
  const [TargetGroupArn = ''] = fleet?.group.targetGroups.map(({ arn }) => arn) ?? [];
  const [InstanceId = ''] = fleet?.instances.map(({ instanceId }) => instanceId) ?? [];
  const ofGroup = (probes: Probe[]) => (AutoScalingGroupName === '' ? [] : probes);
  const ofTarget = (probes: Probe[]) => (TargetGroupArn === '' ? [] : probes);
  const ofInstance = (probes: Probe[]) => (InstanceId === '' ? [] : probes);
  const reading = (action: string, call: Probe['call']): Probe => ({ action, call });
  return [
    reading('autoscaling:DescribeAutoScalingGroups', () => autoscaling.describeAutoScalingGroups({ MaxRecords: 1 })),
    reading('autoscaling:DescribeAutoScalingInstances', () =>
      autoscaling.describeAutoScalingInstances({ MaxRecords: 1 }),
    ),
    reading('cloudwatch:DescribeAlarms', () => cloudwatch.describeAlarms({ MaxRecords: 1 })),
    reading('ec2:DescribeInstances', () => ec2.describeInstances({ MaxResults: 5 })),
    reading('ec2:DescribeReplaceRootVolumeTasks', () => ec2.describeReplaceRootVolumeTasks({ MaxResults: 5 })),
    reading('ec2:DescribeSnapshots', () => ec2.describeSnapshots({ OwnerIds: ['self'], MaxResults: 5 })),
    reading('elasticloadbalancing:DescribeTargetGroups', () => elb.describeTargetGroups({ PageSize: 1 })),
    reading('ssm:DescribeAvailablePatches', () => ssm.describeAvailablePatches({ MaxResults: 1 })),
    reading('ssm:DescribeInstanceInformation', () => ssm.describeInstanceInformation({ MaxResults: 5 })),
    reading('ssm:ListCommandInvocations', () => ssm.listCommandInvocations({ MaxResults: 1 })),
    ...ofGroup([
      reading('autoscaling:DescribeInstanceRefreshes', () =>
        autoscaling.describeInstanceRefreshes({ AutoScalingGroupName }),
      ),
      reading('autoscaling:DescribeScalingActivities', () =>
        autoscaling.describeScalingActivities({ AutoScalingGroupName, MaxRecords: 1 }),
      ),
      reading('autoscaling:DescribeLifecycleHooks', () => autoscaling.describeLifecycleHooks({ AutoScalingGroupName })),
    ]),
    ...ofTarget([
      reading('elasticloadbalancing:DescribeTargetHealth', () => elb.describeTargetHealth({ TargetGroupArn })),
      reading('elasticloadbalancing:DescribeTargetGroupAttributes', () =>
        elb.describeTargetGroupAttributes({ TargetGroupArn }),
      ),
    ]),
    ...ofInstance([
      reading('ssm:DescribeInstancePatches', () => ssm.describeInstancePatches({ InstanceId, MaxResults: 10 })),
      reading('ssm:DescribeInstancePatchStates', () => ssm.describeInstancePatchStates({ InstanceIds: [InstanceId] })),
    ]),
  ];
}

/**
 * EC2 answers a dry run with DryRunOperation. Of its calls only those are tried that would do no harm even where a dry run is not
 * understood: an endpoint other than AWS's may take it for an order. On instances that no run has tagged, the others are denied anyway.
 */
function dryRuns({ ec2 }: Cloud, fleets: Fleet[]): Probe[] {
  const [instance] = fleets.flatMap(({ instances }) => instances);
  if (instance === undefined) return [];
  const tags = { Resources: [instance.instanceId], Tags: [{ Key: 'drydock:doctor' }], DryRun: true };
  return [
    { action: 'ec2:CreateTags', call: () => ec2.createTags({ ...tags, Tags: [{ Key: 'drydock:doctor', Value: '' }] }) },
    { action: 'ec2:DeleteTags', call: () => ec2.deleteTags(tags) },
  ];
}
