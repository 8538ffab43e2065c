/** What states ask of other executions: `states:startExecution.sync:2` begins one and waits for its end, `aws-sdk:sfn:describeExecution` looks at one. */
import { type Json, StoppedExecution, TaskFailure, type TaskRequest } from '../../interpreter/ports.ts';
import type { Engine } from '../engine/engine.ts';
import { type ExecutionDescription, VerbError } from '../engine/verbs.ts';

export type Executions = Pick<Engine, 'startExecution' | 'stopExecution' | 'describeExecution' | 'waitFor'>;

/**
 * Gives what Step Functions gives of an execution that succeeded, its input and output as JSON. Rejects with `States.TaskFailed`, whose cause
 * is the same of one that did not, and with `StepFunctions.…` when none could be begun. An execution that stops takes the one that it waits
 * for with it; a process that ends does not.
 */
export async function startAndWait(executions: Executions, request: TaskRequest): Promise<Json> {
  const executionArn = await submitted(executions, request);
  const stop = () => {
    if (request.signal.reason instanceof StoppedExecution) void executions.stopExecution({ executionArn });
  };
  request.signal.addEventListener('abort', stop, { once: true });
  try {
    const ended = await executions.waitFor(executionArn);
    if (ended.status === 'SUCCEEDED') return described(ended);
    throw new TaskFailure('States.TaskFailed', JSON.stringify(described(ended)));
  } finally {
    request.signal.removeEventListener('abort', stop);
  }
}

/** How an execution stands. Rejects with `Sfn.ExecutionDoesNotExistException`. */
export async function describeExecution(executions: Executions, input: Json): Promise<Json> {
  try {
    return described(await executions.describeExecution({ executionArn: String(membersOf(input).ExecutionArn) }));
  } catch (error) {
    if (error instanceof VerbError) throw new TaskFailure(`Sfn.${error.error}Exception`, error.message);
    throw error;
  }
}

/** The ARN of the execution: begun now, or before this process was. */
async function submitted(executions: Executions, request: TaskRequest): Promise<string> {
  const { ExecutionArn } = membersOf(request.submitted ?? null);
  if (typeof ExecutionArn === 'string') return ExecutionArn;
  const { StateMachineArn, Name, Input } = membersOf(request.arguments);
  const input = JSON.stringify(Input ?? {});
  try {
    const { executionArn, startDate } = await executions.startExecution({
      stateMachineArn: String(StateMachineArn),
      name: String(Name),
      input,
    });
    request.onSubmitted?.({ ExecutionArn: executionArn, StartDate: startDate });
    return executionArn;
  } catch (error) {
    if (error instanceof VerbError) throw new TaskFailure(`StepFunctions.${error.error}Exception`, error.message);
    throw error;
  }
}

function described(ended: ExecutionDescription): Json {
  const { executionArn, stateMachineArn, name, status, startDate, stopDate, input, output, error, cause } = ended;
  return {
    ExecutionArn: executionArn,
    StateMachineArn: stateMachineArn,
    Name: name,
    Status: status,
    StartDate: startDate,
    ...(stopDate === undefined ? {} : { StopDate: stopDate }),
    Input: JSON.parse(input),
    ...(output === undefined ? {} : { Output: JSON.parse(output) }),
    ...(error === undefined ? {} : { Error: error }),
    ...(cause === undefined ? {} : { Cause: cause }),
  };
}

function membersOf(value: Json): { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
