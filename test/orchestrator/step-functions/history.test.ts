import { describe, expect, it } from 'vitest';
import { stepFunctionsHistory, toEvent } from '../../../src/orchestrator/step-functions/history.ts';
import type { StepFunctionsCalls } from '../../../src/orchestrator/step-functions/sdk-client.ts';
import { sdkError } from './served.ts';

const AT = new Date('2026-03-02T02:00:00.500Z');

/** Calls that all give `output`, or are rejected with it. */
function calls(output: object): StepFunctionsCalls {
  const call = async () => {
    if (output instanceof Error) throw output;
    return { ...output, $metadata: {} };
  };
  const all = { startExecution: call, describeExecution: call, listExecutions: call, getExecutionHistory: call };
  return all as unknown as StepFunctionsCalls;
}

describe("Step Functions' history in the engine's words", () => {
  it('has the details of an event under the name that they have there', () => {
    const event = toEvent({
      id: 7,
      previousEventId: 6,
      timestamp: AT,
      type: 'TaskStateEntered',
      stateEnteredEventDetails: { name: 'Lock', input: '{}', inputDetails: { truncated: false } },
    });
    expect(event).toEqual({
      id: 7,
      previousEventId: 6,
      timestamp: AT.getTime(),
      type: 'TaskStateEntered',
      details: {
        name: 'stateEnteredEventDetails',
        value: { name: 'Lock', input: '{}', inputDetails: { truncated: false } },
      },
    });
    expect(toEvent({ id: 8, timestamp: AT, type: 'MapRunSucceeded' })).not.toHaveProperty('details');
  });

  it('has an execution that waits for its redrive as one that goes on', async () => {
    const execution = { executionArn: 'a:b:x', stateMachineArn: 'm', status: 'PENDING_REDRIVE', startDate: AT };
    const described = await stepFunctionsHistory(calls(execution)).describeExecution({ executionArn: 'a:b:x' });
    expect(described).toEqual({
      executionArn: 'a:b:x',
      stateMachineArn: 'm',
      name: 'x',
      status: 'RUNNING',
      startDate: AT.getTime(),
      redriveCount: 0,
      input: '{}',
    });
  });

  it('says of an execution that is not there what the engine says', async () => {
    const history = stepFunctionsHistory(calls(sdkError('ExecutionDoesNotExist')));
    for (const asked of [
      history.describeExecution({ executionArn: 'x' }),
      history.getExecutionHistory({ executionArn: 'x' }),
    ]) {
      await expect(asked).rejects.toMatchObject({ error: 'ExecutionDoesNotExist', exitCode: 2 });
    }
  });

  it('hands on what AWS refuses as it is', async () => {
    const history = stepFunctionsHistory(calls(sdkError('AccessDeniedException')));
    await expect(history.listExecutions({ stateMachineArn: 'm' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});
