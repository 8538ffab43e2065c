import type {
  GetMaintenanceWindowCommandInput,
  GetMaintenanceWindowExecutionCommandInput,
  GetMaintenanceWindowExecutionResult,
  GetMaintenanceWindowResult,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../aws-error.ts';
import type { World } from '../world.ts';

export function maintenanceWindow(world: World, input: GetMaintenanceWindowCommandInput): GetMaintenanceWindowResult {
  const window = world.maintenanceWindows.get(input.WindowId ?? '');
  if (window === undefined) throw missing('Maintenance window', input.WindowId);
  return { WindowId: input.WindowId, Duration: window.durationHours, Cutoff: window.cutoffHours, Enabled: true };
}

export function maintenanceWindowExecution(
  world: World,
  input: GetMaintenanceWindowExecutionCommandInput,
): GetMaintenanceWindowExecutionResult {
  const StartTime = world.maintenanceWindowExecutions.get(input.WindowExecutionId ?? '');
  if (StartTime === undefined) throw missing('Maintenance window execution', input.WindowExecutionId);
  return { WindowExecutionId: input.WindowExecutionId, Status: 'IN_PROGRESS', StartTime };
}

function missing(what: string, id: string | undefined): AwsError {
  return new AwsError('DoesNotExistException', `${what} ${id} does not exist`);
}
