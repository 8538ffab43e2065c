import type { World } from '../world.ts';
import { answersOf, type Caller } from './caller.ts';
import { cancelCommand, getInvocation, listInvocations, sendCommand } from './ssm-commands.ts';
import { availablePatches, calendarState, instanceInformation } from './ssm-inventory.ts';
import { instancePatches, patchStates } from './ssm-patches.ts';
import { maintenanceWindow, maintenanceWindowExecution } from './ssm-windows.ts';

/** Systems Manager's calls. */
export function ssmCalls(world: World, call: Caller) {
  const answer = answersOf(world, 'ssm', call);
  return {
    describeInstanceInformation: answer('describeInstanceInformation', instanceInformation),
    describeInstancePatchStates: answer('describeInstancePatchStates', patchStates),
    describeInstancePatches: answer('describeInstancePatches', instancePatches),
    describeAvailablePatches: answer('describeAvailablePatches', availablePatches),
    sendCommand: answer('sendCommand', sendCommand),
    getCommandInvocation: answer('getCommandInvocation', getInvocation),
    listCommandInvocations: answer('listCommandInvocations', listInvocations),
    cancelCommand: answer('cancelCommand', cancelCommand),
    getMaintenanceWindow: answer('getMaintenanceWindow', maintenanceWindow),
    getMaintenanceWindowExecution: answer('getMaintenanceWindowExecution', maintenanceWindowExecution),
    getCalendarState: answer('getCalendarState', calendarState),
  };
}
