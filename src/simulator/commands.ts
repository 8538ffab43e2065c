/** Run Command: what becomes of a command on one machine, from Pending to its end. */
import type { CommandInvocationStatus } from '@aws-sdk/client-ssm';
import type { Invocation, Machine } from './model.ts';
import { patchRequest, patchSeconds, runPatchBaseline } from './patching.ts';
import type { World } from './world.ts';

export const PATCH_DOCUMENT = 'AWS-RunPatchBaseline';
const DELIVERY_SECONDS = 1;
/** How long the agent needs after a reboot to go on with a command. */
const RESUME_SECONDS = 5;
const CANCEL_SECONDS = 3;
/** When somebody cancels a command that is to be cancelled, and when one is out of its time that is to be. */
const CANCELLED_AFTER_SECONDS = 20;
const TIMES_OUT_AFTER_SECONDS = 300;
const DEFAULT_EXECUTION_SECONDS: Record<string, number> = { [PATCH_DOCUMENT]: 7200 };
/** Finished commands that are remembered for each machine. */
const KEPT_PER_MACHINE = 20;

export function isOver(invocation: Invocation): boolean {
  return ['Success', 'Failed', 'TimedOut', 'Cancelled'].includes(invocation.status);
}

/** Puts a command on its way to one machine. */
export function dispatch(world: World, invocation: Invocation): void {
  remember(world, invocation);
  world.commandBegan();
  world.agenda.after(DELIVERY_SECONDS, () => deliver(world, invocation));
  world.agenda.after((invocation.deliverUntil - world.now) / 1000, () => {
    if (invocation.status === 'Pending') end(world, invocation, 'TimedOut', 'DeliveryTimedOut');
  });
}

/** Follows a machine whose agent came back: delivers what waits for it, goes on with what its reboot interrupted. */
export function followAgent(world: World, machine: Machine): void {
  if (!machine.agentOnline) return;
  for (const invocation of world.invocationsByMachine.get(machine.id) ?? []) {
    if (invocation.status === 'Pending') deliver(world, invocation);
    const { afterReboot } = invocation;
    if (afterReboot === undefined || isOver(invocation)) continue;
    delete invocation.afterReboot;
    const boots = machine.boots;
    world.agenda.after(RESUME_SECONDS, () => {
      if (invocation.status === 'InProgress' && machine.boots === boots) afterReboot();
    });
  }
}

/** Asks the agent to stop; what is installed by then stays installed. */
export function cancel(world: World, invocation: Invocation): void {
  if (isOver(invocation) || invocation.status === 'Cancelling') return;
  if (invocation.status === 'Pending') {
    end(world, invocation, 'Cancelled', 'Cancelled');
    return;
  }
  invocation.status = 'Cancelling';
  invocation.details = 'Cancelling';
  world.agenda.after(CANCEL_SECONDS, () => {
    if (invocation.machine.agentOnline) end(world, invocation, 'Cancelled', 'Cancelled');
  });
}

function deliver(world: World, invocation: Invocation): void {
  const { machine } = invocation;
  if (invocation.status !== 'Pending' || !machine.agentOnline) return;
  invocation.status = 'InProgress';
  invocation.details = 'InProgress';
  invocation.startedAt = world.now;
  const limit = Number(
    invocation.parameters.executionTimeout?.[0] ?? DEFAULT_EXECUTION_SECONDS[invocation.document] ?? 3600,
  );
  world.agenda.after(limit, () => end(world, invocation, 'TimedOut', 'ExecutionTimedOut'));
  if (machine.faults.commandHangs === true) return;
  if (machine.faults.commandCancelled === true) {
    world.agenda.after(CANCELLED_AFTER_SECONDS, () => cancel(world, invocation));
    return;
  }
  if (machine.faults.commandTimesOut === true) {
    world.agenda.after(TIMES_OUT_AFTER_SECONDS, () => end(world, invocation, 'TimedOut', 'ExecutionTimedOut'));
    return;
  }
  const boots = machine.boots;
  world.agenda.after(seconds(world, invocation), () => {
    // A machine that went down under the command takes it along: nobody answers until its time is over.
    if (invocation.status === 'InProgress' && machine.boots === boots && machine.agentOnline)
      execute(world, invocation);
  });
}

function seconds(world: World, invocation: Invocation): number {
  if (invocation.document !== PATCH_DOCUMENT) return world.documents.get(invocation.document)?.seconds ?? 5;
  return patchSeconds(world, invocation.machine, patchRequest(invocation.parameters));
}

function execute(world: World, invocation: Invocation): void {
  const fail = (error: string) => {
    invocation.error = error;
    end(world, invocation, 'Failed', 'Failed');
  };
  const succeed = (output: string) => {
    invocation.output = output;
    end(world, invocation, 'Success', 'Success');
  };
  if (invocation.machine.faults.commandFails === true) fail('failed to run commands: exit status 1');
  else if (invocation.document === PATCH_DOCUMENT)
    runPatchBaseline(world, invocation, patchRequest(invocation.parameters), succeed, fail);
  else if (world.documents.get(invocation.document)?.fails === true) fail('failed to run commands: exit status 1');
  else succeed('');
}

function end(world: World, invocation: Invocation, status: CommandInvocationStatus, details: string): void {
  if (isOver(invocation)) return;
  invocation.status = status;
  invocation.details = details;
  invocation.endedAt = world.now;
  delete invocation.afterReboot;
  world.commandEnded(invocation);
}

function remember(world: World, invocation: Invocation): void {
  const { id } = invocation.machine;
  const known = world.invocationsByMachine.get(id) ?? [];
  known.unshift(invocation);
  const oldest = known.length > KEPT_PER_MACHINE ? known.findLastIndex(isOver) : -1;
  if (oldest >= 0) for (const dropped of known.splice(oldest, 1)) forget(world, dropped);
  world.invocationsByMachine.set(id, known);
}

function forget(world: World, { commandId, machine }: Invocation): void {
  const invocations = world.commands.get(commandId);
  invocations?.delete(machine.id);
  if (invocations?.size === 0) world.commands.delete(commandId);
}
