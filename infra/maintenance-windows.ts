/** Maintenance windows: when rollouts begin by themselves. */
import { CfnMaintenanceWindow, CfnMaintenanceWindowTask } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { deployedName } from '../src/orchestrator/step-functions/deployed.ts';
import type { Policy } from '../src/policies/policy.ts';
import { allow } from './permissions.ts';
import { role } from './role.ts';

/**
 * A window for each entry of the policy's schedule, whose one task starts `machineArn`. The task names the state machine itself: Systems
 * Manager documents no alias there, and that machine only begins rollouts, through their alias.
 */
export function maintenanceWindows(scope: Construct, policy: Policy, machineArn: string): void {
  if (policy.schedule.length === 0) return;
  const mayStart = allow('StartWindow', ['states:StartExecution'], [machineArn]);
  const { attrArn } = role(scope, 'MaintenanceWindow', 'ssm', mayStart);
  const inside = new Construct(scope, 'Window');
  for (const { environment, cron, timezone, durationSeconds, cutoffSeconds } of policy.schedule) {
    const name = `${deployedName(policy.name)}-${environment}`;
    const window = new CfnMaintenanceWindow(inside, environment, {
      name,
      description: `Patches the ${environment} groups of policy ${policy.name}.`,
      schedule: cron,
      scheduleTimezone: timezone,
      duration: durationSeconds / 3600,
      cutoff: cutoffSeconds / 3600,
      allowUnassociatedTargets: true,
    });
    new CfnMaintenanceWindowTask(inside, `${environment}-Task`, {
      name,
      windowId: window.ref,
      taskType: 'STEP_FUNCTIONS',
      taskArn: machineArn,
      serviceRoleArn: attrArn,
      priority: 1,
      taskInvocationParameters: {
        maintenanceWindowStepFunctionsParameters: { input: JSON.stringify(taskInput(policy, environment)) },
      },
    });
  }
}

/** Systems Manager fills in what is in double braces. */
function taskInput(policy: Policy, environment: string) {
  return {
    policy: policy.name,
    environment,
    windowId: '{{WINDOW_ID}}',
    windowExecutionId: '{{WINDOW_EXECUTION_ID}}',
  };
}
