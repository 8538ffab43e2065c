import type {
  CancelCommandCommandInput,
  CommandFilter,
  CommandInvocation,
  GetCommandInvocationCommandInput,
  GetCommandInvocationResult,
  ListCommandInvocationsCommandInput,
  ListCommandInvocationsResult,
  SendCommandCommandInput,
  SendCommandResult,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../aws-error.ts';
import { cancel, dispatch, isOver } from '../commands.ts';
import { isGone } from '../machines.ts';
import type { Invocation, Machine } from '../model.ts';
import { page } from '../paging.ts';
import type { World } from '../world.ts';

/** Output in an answer is cut at so many characters. */
const OUTPUT_LIMIT = 24_000;

/** To at most 50 instances by id. `TimeoutSeconds` is how long delivery may take, not how long the command may run. */
export function sendCommand(world: World, input: SendCommandCommandInput): SendCommandResult {
  const document = input.DocumentName ?? '';
  if (!world.documents.has(document))
    throw new AwsError('InvalidDocument', `Document ${document} does not exist in your account.`);
  const ids = input.InstanceIds ?? [];
  if (ids.length > 50) throw invalid(`${ids.length} instance ids were given; at most 50 are allowed.`);
  if (new Set(ids).size < ids.length)
    throw new AwsError('DuplicateInstanceId', 'You cannot specify an instance ID in more than one association.');
  if ((input.Comment ?? '').length > 100) throw invalid('The comment is longer than 100 characters.');
  const delivery = input.TimeoutSeconds ?? 3600;
  if (delivery < 30 || delivery > 2_592_000)
    throw invalid(`TimeoutSeconds is ${delivery}; it must be between 30 and 2592000.`);
  const machines = ids.map((id) => reachable(world, id));
  if (machines.length === 0)
    throw invalid('InstanceIds or Targets must be given; the simulated cloud knows InstanceIds only.');
  const commandId = world.random.uuid();
  const invocations = machines.map((machine) => newInvocation(world, commandId, machine, input, delivery));
  world.commands.set(commandId, new Map(invocations.map((invocation) => [invocation.machine.id, invocation])));
  for (const invocation of invocations) dispatch(world, invocation);
  return {
    Command: {
      CommandId: commandId,
      DocumentName: document,
      Comment: input.Comment ?? '',
      Parameters: input.Parameters ?? {},
      InstanceIds: ids,
      RequestedDateTime: new Date(world.now),
      ExpiresAfter: new Date(world.now + delivery * 1000),
      Status: 'Pending',
      StatusDetails: 'Pending',
      MaxConcurrency: input.MaxConcurrency ?? '50',
      TargetCount: ids.length,
      CompletedCount: 0,
      ErrorCount: 0,
      TimeoutSeconds: delivery,
    },
  };
}

/** Right after SendCommand the invocation is not there yet. */
export function getInvocation(world: World, input: GetCommandInvocationCommandInput): GetCommandInvocationResult {
  const invocation = world.commands.get(input.CommandId ?? '')?.get(input.InstanceId ?? '');
  if (invocation === undefined || world.now < invocation.visibleAt) {
    throw new AwsError(
      'InvocationDoesNotExist',
      `The command ${input.CommandId} has no invocation on ${input.InstanceId}.`,
    );
  }
  return {
    CommandId: invocation.commandId,
    InstanceId: invocation.machine.id,
    Comment: invocation.comment,
    DocumentName: invocation.document,
    DocumentVersion: '$DEFAULT',
    ResponseCode: isOver(invocation) ? Number(invocation.status !== 'Success') : -1,
    ExecutionStartDateTime: iso(invocation.startedAt),
    ExecutionElapsedTime: elapsed(invocation),
    ExecutionEndDateTime: iso(invocation.endedAt),
    Status: invocation.status,
    StatusDetails: invocation.details,
    StandardOutputContent: invocation.output.slice(0, OUTPUT_LIMIT),
    StandardErrorContent: invocation.error.slice(0, OUTPUT_LIMIT),
  };
}

/** Newest first. */
export function listInvocations(world: World, input: ListCommandInvocationsCommandInput): ListCommandInvocationsResult {
  if (input.CommandId !== undefined && !/^[0-9a-f-]{36}$/.test(input.CommandId)) {
    throw new AwsError('InvalidCommandId', `The command id is not valid: ${input.CommandId}`);
  }
  const found = candidates(world, input)
    .filter((invocation) => world.now >= invocation.visibleAt)
    .filter((invocation) => (input.Filters ?? []).every((filter) => matches(invocation, filter)));
  const { items, nextToken } = page(found, {
    token: input.NextToken,
    size: input.MaxResults,
    limit: 50,
    tokenError: 'InvalidNextToken',
  });
  return {
    CommandInvocations: items.map((invocation) => describe(invocation, input.Details === true)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

export function cancelCommand(world: World, input: CancelCommandCommandInput): Record<string, never> {
  const invocations = world.commands.get(input.CommandId ?? '');
  if (invocations === undefined)
    throw new AwsError('InvalidCommandId', `The command ${input.CommandId} does not exist.`);
  const ids = input.InstanceIds ?? [];
  const unknown = ids.find((id) => !invocations.has(id));
  if (unknown !== undefined)
    throw new AwsError('InvalidInstanceId', `The command ${input.CommandId} does not run on ${unknown}.`);
  for (const invocation of invocations.values()) {
    if (ids.length === 0 || ids.includes(invocation.machine.id)) cancel(world, invocation);
  }
  return {};
}

/** A machine that is registered with Systems Manager; whether its agent answers shows only in the delivery. */
function reachable(world: World, id: string): Machine {
  const machine = world.machines.get(id);
  if (machine === undefined || isGone(machine)) {
    throw new AwsError('InvalidInstanceId', `Instances [[${id}]] not in a valid state for account ${world.accountId}`);
  }
  return machine;
}

function newInvocation(
  world: World,
  commandId: string,
  machine: Machine,
  input: SendCommandCommandInput,
  delivery: number,
): Invocation {
  return {
    commandId,
    machine,
    document: input.DocumentName ?? '',
    comment: input.Comment ?? '',
    parameters: input.Parameters ?? {},
    requestedAt: world.now,
    visibleAt: world.now + world.consistencyMs,
    deliverUntil: world.now + delivery * 1000,
    status: 'Pending',
    details: 'Pending',
    output: '',
    error: '',
  };
}

function candidates(world: World, input: ListCommandInvocationsCommandInput): Invocation[] {
  if (input.CommandId !== undefined) {
    const all = [...(world.commands.get(input.CommandId)?.values() ?? [])];
    return input.InstanceId === undefined ? all : all.filter(({ machine }) => machine.id === input.InstanceId);
  }
  if (input.InstanceId !== undefined) return world.invocationsByMachine.get(input.InstanceId) ?? [];
  return [...world.commands.values()].reverse().flatMap((invocations) => [...invocations.values()]);
}

function matches(invocation: Invocation, filter: CommandFilter): boolean {
  const value = filter.value ?? '';
  switch (filter.key) {
    case 'InvokedAfter':
      return invocation.requestedAt > timeIn(value);
    case 'InvokedBefore':
      return invocation.requestedAt < timeIn(value);
    case 'Status':
      return invocation.status === value;
    case 'DocumentName':
      return invocation.document === value;
    default:
      throw new AwsError('InvalidFilterKey', `The filter key ${filter.key} is not valid.`);
  }
}

function timeIn(value: string): number {
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw invalid(`The time is not valid: ${value}`);
  return time;
}

function describe(invocation: Invocation, withDetails: boolean): CommandInvocation {
  return {
    CommandId: invocation.commandId,
    InstanceId: invocation.machine.id,
    InstanceName: invocation.machine.privateDnsName,
    Comment: invocation.comment,
    DocumentName: invocation.document,
    RequestedDateTime: new Date(invocation.requestedAt),
    Status: invocation.status,
    StatusDetails: invocation.details,
    CommandPlugins: withDetails ? [{ Name: invocation.document, Status: 'InProgress', Output: invocation.output }] : [],
  };
}

function iso(time: number | undefined): string {
  return time === undefined ? '' : new Date(time).toISOString();
}

function elapsed({ startedAt, endedAt }: Invocation): string {
  return startedAt === undefined || endedAt === undefined ? '' : `PT${((endedAt - startedAt) / 1000).toFixed(3)}S`;
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
