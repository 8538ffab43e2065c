import { describe, expect, it } from 'vitest';
import { TaskFailure } from '../../src/interpreter/index.ts';
import { detailsOf, machine, run, types } from './world.ts';

const task = (more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::aws-sdk:ssm:sendCommand',
  Arguments: { DocumentName: '{% $states.input.document %}' },
  End: true,
  ...more,
});

describe('a Task', () => {
  it('hands its arguments to the host and records the five events of Step Functions', async () => {
    const asked: unknown[] = [];
    const outcome = await run(
      machine({ Send: task() }),
      { document: 'AWS-RunPatchBaseline' },
      {
        tasks: {
          sendCommand: (args, request) => {
            asked.push([request.resource, request.stateName, args]);
            return { CommandId: 'c-1' };
          },
        },
      },
    );
    expect(asked).toEqual([
      ['arn:aws:states:::aws-sdk:ssm:sendCommand', 'Send', { DocumentName: 'AWS-RunPatchBaseline' }],
    ]);
    expect(outcome.result).toEqual({ status: 'SUCCEEDED', output: { CommandId: 'c-1' } });
    expect(types(outcome)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(detailsOf(outcome, 'TaskScheduled')).toEqual({
      parameters: '{"DocumentName":"AWS-RunPatchBaseline"}',
      region: 'eu-central-1',
      resource: 'sendCommand',
      resourceType: 'aws-sdk:ssm',
    });
  });

  it('ends the execution with the error of the task when nothing takes it', async () => {
    const fail = () => {
      throw new TaskFailure('Ssm.InvalidDocumentException', 'no such document');
    };
    const outcome = await run(machine({ Send: task() }), { document: 'X' }, { tasks: { sendCommand: fail } });
    expect(outcome.result).toEqual({
      status: 'FAILED',
      error: 'Ssm.InvalidDocumentException',
      cause: 'no such document',
    });
    expect(detailsOf(outcome, 'TaskFailed')).toEqual({
      error: 'Ssm.InvalidDocumentException',
      cause: 'no such document',
      resource: 'sendCommand',
      resourceType: 'aws-sdk:ssm',
    });
  });

  it('times out after its TimeoutSeconds, by the clock it was given', async () => {
    let aborted = false;
    const outcome = await run(
      machine({ Send: task({ TimeoutSeconds: '{% $states.input.seconds %}' }) }),
      { document: 'X', seconds: 90 },
      {
        tasks: {
          sendCommand: (_args, { signal }) =>
            new Promise(() => {
              signal.addEventListener('abort', () => {
                aborted = true;
              });
            }),
        },
      },
    );
    expect(outcome.result).toEqual({ status: 'FAILED', error: 'States.Timeout' });
    expect(aborted).toBe(true);
    const at = (type: string) => outcome.events.find((event) => event.type === type)?.timestamp ?? 0;
    expect(at('TaskTimedOut') - at('TaskStarted')).toBe(90_000);
    expect(detailsOf(outcome, 'TaskScheduled').timeoutInSeconds).toBe(90);
  });
});
