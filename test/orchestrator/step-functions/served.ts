/**
 * The history of the embedded engine, served as Step Functions' API serves it: through the SDK's own input and output types. What runs a
 * rollout is the real engine; only the names of AWS are put in the place of those that the engine gives.
 */
import type { ExecutionListItem, HistoryEvent as SdkEvent } from '@aws-sdk/client-sfn';
import type { HistoryEvent } from '../../../src/interpreter/ports.ts';
import type { RunHistory } from '../../../src/orchestrator/engine/history.ts';
import type * as verbs from '../../../src/orchestrator/engine/verbs.ts';
import type { Deployed } from '../../../src/orchestrator/step-functions/deployed.ts';
import type { StepFunctionsCalls } from '../../../src/orchestrator/step-functions/sdk-client.ts';

export const DEPLOYED: Deployed = { policy: 'test', region: 'eu-west-1', account: '123456789012', partition: 'aws' };

/** The rollouts that an engine carries out, as far as serving them takes. */
export interface Serving extends RunHistory {
  startExecution(input: { stateMachineArn: string; name: string; input: string }): Promise<unknown>;
}

export interface Served extends StepFunctionsCalls {
  /** How often each call was made. */
  readonly made: Record<string, number>;
  /** Rejects the next call of that name so. */
  failNext(call: keyof StepFunctionsCalls, error: Error): void;
}

/** An error as the SDK gives it. */
export function sdkError(name: string, message = 'said AWS', fault: 'client' | 'server' = 'client'): Error {
  return Object.assign(new Error(message), { name, $fault: fault });
}

export function serve(engine: Serving): Served {
  const made: Record<string, number> = {};
  const failures = new Map<string, Error[]>();
  const call = async <T>(name: keyof StepFunctionsCalls, answer: () => Promise<T>): Promise<T> => {
    made[name] = (made[name] ?? 0) + 1;
    const failure = failures.get(name)?.shift();
    if (failure !== undefined) throw failure;
    try {
      return await answer();
    } catch (error) {
      // The embedded engine's errors have Step Functions' names in a member of their own.
      if (error instanceof Error && 'error' in error) throw sdkError(String(error.error), error.message);
      throw error;
    }
  };
  const served = {
    made,
    failNext: (name: keyof StepFunctionsCalls, error: Error) => {
      failures.set(name, [...(failures.get(name) ?? []), error]);
    },
    startExecution: (input: { stateMachineArn: string; name: string; input: string }) =>
      call('startExecution', async () => {
        const machine = /:stateMachine:drydock-test-(rollout|recover):live$/.exec(input.stateMachineArn)?.[1];
        if (machine === undefined) throw sdkError('StateMachineDoesNotExist', `none is ${input.stateMachineArn}`);
        await engine.startExecution({ stateMachineArn: machine, name: input.name, input: input.input });
        return { executionArn: '', startDate: new Date(0), $metadata: {} };
      }),
    describeExecution: (input: { executionArn: string }) =>
      call('describeExecution', async () => {
        const found = await engine.describeExecution({ executionArn: ours(input.executionArn) });
        const { input: text, output, error, cause } = found;
        return { ...listItem(found), input: text, output, error, cause, $metadata: {} };
      }),
    listExecutions: (input: verbs.ListExecutionsInput) =>
      call('listExecutions', async () => {
        const { mapRunArn, stateMachineArn, ...rest } = input;
        const page = await engine.listExecutions({
          ...rest,
          ...(mapRunArn === undefined ? {} : { mapRunArn }),
          ...(stateMachineArn === undefined ? {} : { stateMachineArn: ours(stateMachineArn) }),
        });
        return { executions: page.executions.map(listItem), nextToken: page.nextToken, $metadata: {} };
      }),
    getExecutionHistory: (input: verbs.GetExecutionHistoryInput) =>
      call('getExecutionHistory', async () => {
        const page = await engine.getExecutionHistory({ ...input, executionArn: ours(input.executionArn) });
        return { events: page.events.map(toSdk), nextToken: page.nextToken, $metadata: {} };
      }),
  };
  // The SDK's methods have overloads with callbacks and options, which nobody here calls.
  return served as unknown as Served;
}

const ENGINE_ACCOUNT = '000000000000';

function ours(arn: string): string {
  return arn
    .replace(`:${DEPLOYED.account}:`, `:${ENGINE_ACCOUNT}:`)
    .replace(/:(stateMachine|execution):drydock-test-/, ':$1:');
}

function theirs(arn: string): string {
  return arn
    .replace(`:${ENGINE_ACCOUNT}:`, `:${DEPLOYED.account}:`)
    .replace(/:(stateMachine|execution):(rollout|recover)/, ':$1:drydock-test-$2');
}

function listItem(item: verbs.ExecutionListItem): ExecutionListItem {
  return {
    executionArn: theirs(item.executionArn),
    stateMachineArn: theirs(item.stateMachineArn),
    name: item.name,
    status: item.status,
    startDate: new Date(item.startDate),
    stopDate: item.stopDate === undefined ? undefined : new Date(item.stopDate),
    mapRunArn: item.mapRunArn,
    redriveCount: item.redriveCount,
  };
}

/** As it comes off the wire: a date, and every details member that it does not have undefined. */
export function toSdk({ id, previousEventId, timestamp, type, details }: HistoryEvent): SdkEvent {
  const event = { id, previousEventId, timestamp: new Date(timestamp), type, stateExitedEventDetails: undefined };
  return { ...event, ...(details === undefined ? {} : { [details.name]: details.value }) } as SdkEvent;
}
