/**
 * The port to AWS: every call that Drydock makes, by AWS's own names, inputs and outputs. Two things stand behind it:
 * the AWS SDK's clients (`sdk-cloud.ts`) and, in the demo, the simulation and the tests, the simulated cloud.
 */
import type * as autoscaling from '@aws-sdk/client-auto-scaling';
import type * as cloudwatch from '@aws-sdk/client-cloudwatch';
import type * as ec2 from '@aws-sdk/client-ec2';
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import type * as lambda from '@aws-sdk/client-lambda';
import type * as s3 from '@aws-sdk/client-s3';
import type * as sns from '@aws-sdk/client-sns';
import type * as ssm from '@aws-sdk/client-ssm';

/** A call, without the metadata that only the wire has. Rejects with an error whose `name` is the AWS error code. */
type Call<Input, Output> = (input: Input) => Promise<Omit<Output, '$metadata'>>;

export interface Cloud {
  autoscaling: {
    describeAutoScalingGroups: Call<
      autoscaling.DescribeAutoScalingGroupsCommandInput,
      autoscaling.DescribeAutoScalingGroupsCommandOutput
    >;
    describeAutoScalingInstances: Call<
      autoscaling.DescribeAutoScalingInstancesCommandInput,
      autoscaling.DescribeAutoScalingInstancesCommandOutput
    >;
    describeInstanceRefreshes: Call<
      autoscaling.DescribeInstanceRefreshesCommandInput,
      autoscaling.DescribeInstanceRefreshesCommandOutput
    >;
    describeLifecycleHooks: Call<
      autoscaling.DescribeLifecycleHooksCommandInput,
      autoscaling.DescribeLifecycleHooksCommandOutput
    >;
    describeScalingActivities: Call<
      autoscaling.DescribeScalingActivitiesCommandInput,
      autoscaling.DescribeScalingActivitiesCommandOutput
    >;
    detachInstances: Call<autoscaling.DetachInstancesCommandInput, autoscaling.DetachInstancesCommandOutput>;
    attachInstances: Call<autoscaling.AttachInstancesCommandInput, autoscaling.AttachInstancesCommandOutput>;
    enterStandby: Call<autoscaling.EnterStandbyCommandInput, autoscaling.EnterStandbyCommandOutput>;
    exitStandby: Call<autoscaling.ExitStandbyCommandInput, autoscaling.ExitStandbyCommandOutput>;
    updateAutoScalingGroup: Call<
      autoscaling.UpdateAutoScalingGroupCommandInput,
      autoscaling.UpdateAutoScalingGroupCommandOutput
    >;
    setDesiredCapacity: Call<autoscaling.SetDesiredCapacityCommandInput, autoscaling.SetDesiredCapacityCommandOutput>;
    putScalingPolicy: Call<autoscaling.PutScalingPolicyCommandInput, autoscaling.PutScalingPolicyCommandOutput>;
    executePolicy: Call<autoscaling.ExecutePolicyCommandInput, autoscaling.ExecutePolicyCommandOutput>;
    deletePolicy: Call<autoscaling.DeletePolicyCommandInput, autoscaling.DeletePolicyCommandOutput>;
    setInstanceProtection: Call<
      autoscaling.SetInstanceProtectionCommandInput,
      autoscaling.SetInstanceProtectionCommandOutput
    >;
    suspendProcesses: Call<autoscaling.SuspendProcessesCommandInput, autoscaling.SuspendProcessesCommandOutput>;
    resumeProcesses: Call<autoscaling.ResumeProcessesCommandInput, autoscaling.ResumeProcessesCommandOutput>;
    createOrUpdateTags: Call<autoscaling.CreateOrUpdateTagsCommandInput, autoscaling.CreateOrUpdateTagsCommandOutput>;
    deleteTags: Call<autoscaling.DeleteTagsCommandInput, autoscaling.DeleteTagsCommandOutput>;
    terminateInstanceInAutoScalingGroup: Call<
      autoscaling.TerminateInstanceInAutoScalingGroupCommandInput,
      autoscaling.TerminateInstanceInAutoScalingGroupCommandOutput
    >;
  };
  ec2: {
    describeInstances: Call<ec2.DescribeInstancesCommandInput, ec2.DescribeInstancesCommandOutput>;
    describeInstanceStatus: Call<ec2.DescribeInstanceStatusCommandInput, ec2.DescribeInstanceStatusCommandOutput>;
    createSnapshot: Call<ec2.CreateSnapshotCommandInput, ec2.CreateSnapshotCommandOutput>;
    describeSnapshots: Call<ec2.DescribeSnapshotsCommandInput, ec2.DescribeSnapshotsCommandOutput>;
    deleteSnapshot: Call<ec2.DeleteSnapshotCommandInput, ec2.DeleteSnapshotCommandOutput>;
    createReplaceRootVolumeTask: Call<
      ec2.CreateReplaceRootVolumeTaskCommandInput,
      ec2.CreateReplaceRootVolumeTaskCommandOutput
    >;
    describeReplaceRootVolumeTasks: Call<
      ec2.DescribeReplaceRootVolumeTasksCommandInput,
      ec2.DescribeReplaceRootVolumeTasksCommandOutput
    >;
    createTags: Call<ec2.CreateTagsCommandInput, ec2.CreateTagsCommandOutput>;
    deleteTags: Call<ec2.DeleteTagsCommandInput, ec2.DeleteTagsCommandOutput>;
    rebootInstances: Call<ec2.RebootInstancesCommandInput, ec2.RebootInstancesCommandOutput>;
    terminateInstances: Call<ec2.TerminateInstancesCommandInput, ec2.TerminateInstancesCommandOutput>;
  };
  elasticloadbalancingv2: {
    describeTargetHealth: Call<elb.DescribeTargetHealthCommandInput, elb.DescribeTargetHealthCommandOutput>;
    describeTargetGroups: Call<elb.DescribeTargetGroupsCommandInput, elb.DescribeTargetGroupsCommandOutput>;
    describeTargetGroupAttributes: Call<
      elb.DescribeTargetGroupAttributesCommandInput,
      elb.DescribeTargetGroupAttributesCommandOutput
    >;
  };
  ssm: {
    describeInstanceInformation: Call<
      ssm.DescribeInstanceInformationCommandInput,
      ssm.DescribeInstanceInformationCommandOutput
    >;
    describeInstancePatchStates: Call<
      ssm.DescribeInstancePatchStatesCommandInput,
      ssm.DescribeInstancePatchStatesCommandOutput
    >;
    describeInstancePatches: Call<ssm.DescribeInstancePatchesCommandInput, ssm.DescribeInstancePatchesCommandOutput>;
    describeAvailablePatches: Call<ssm.DescribeAvailablePatchesCommandInput, ssm.DescribeAvailablePatchesCommandOutput>;
    sendCommand: Call<ssm.SendCommandCommandInput, ssm.SendCommandCommandOutput>;
    getCommandInvocation: Call<ssm.GetCommandInvocationCommandInput, ssm.GetCommandInvocationCommandOutput>;
    listCommandInvocations: Call<ssm.ListCommandInvocationsCommandInput, ssm.ListCommandInvocationsCommandOutput>;
    cancelCommand: Call<ssm.CancelCommandCommandInput, ssm.CancelCommandCommandOutput>;
    getMaintenanceWindow: Call<ssm.GetMaintenanceWindowCommandInput, ssm.GetMaintenanceWindowCommandOutput>;
    getMaintenanceWindowExecution: Call<
      ssm.GetMaintenanceWindowExecutionCommandInput,
      ssm.GetMaintenanceWindowExecutionCommandOutput
    >;
    getCalendarState: Call<ssm.GetCalendarStateCommandInput, ssm.GetCalendarStateCommandOutput>;
  };
  cloudwatch: {
    describeAlarms: Call<cloudwatch.DescribeAlarmsCommandInput, cloudwatch.DescribeAlarmsCommandOutput>;
  };
  lambda: {
    invoke: Call<lambda.InvokeCommandInput, lambda.InvokeCommandOutput>;
  };
  sns: {
    publish: Call<sns.PublishCommandInput, sns.PublishCommandOutput>;
  };
  s3: {
    putObject: Call<s3.PutObjectCommandInput, s3.PutObjectCommandOutput>;
    getObject: Call<s3.GetObjectCommandInput, s3.GetObjectCommandOutput>;
  };
}
