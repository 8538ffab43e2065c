import { describe, expect, it } from 'vitest';
import { removeStack, stackResources } from '../../../src/orchestrator/deployment/destroy.ts';
import { refuseRunning, runningExecutions } from '../../../src/orchestrator/deployment/running.ts';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import type { StepFunctionsCalls } from '../../../src/orchestrator/step-functions/sdk-client.ts';
import { DEPLOYED, type Script, STACK_ID, scriptedCloudFormation, sdkError } from './cloud-formation.ts';

const STACK = { id: STACK_ID, name: 'drydock-shop', status: 'CREATE_COMPLETE', outputs: {} };

function removing(script: Script) {
  const calls = scriptedCloudFormation({ status: 'CREATE_COMPLETE', ...script });
  const clock = virtualClock(0);
  const ports = { calls, clock, uuid: () => 'token' };
  return { calls, remove: () => clock.run(removeStack(ports, STACK, { onEvent: () => {} })) };
}

describe('removing a stack', () => {
  it('is followed until it is gone', async () => {
    const { calls, remove } = removing({
      looks: [[{ status: 'DELETE_IN_PROGRESS' }], [{ status: 'DELETE_COMPLETE' }]],
    });
    await remove();
    expect(calls.made).toContainEqual({
      call: 'deleteStack',
      input: { StackName: STACK_ID, ClientRequestToken: 'token' },
    });
  });

  it('that stops says each resource that stands in the way, by what was said of it last', async () => {
    const { remove } = removing({
      looks: [
        [
          { resource: 'Queue', status: 'DELETE_FAILED', reason: 'try again' },
          { resource: 'Queue', status: 'DELETE_COMPLETE' },
          { resource: 'Role', status: 'DELETE_FAILED', reason: 'Cannot delete entity' },
          { status: 'DELETE_FAILED', reason: 'The following resource(s) failed to delete: [Role].' },
        ],
      ],
    });
    await expect(remove()).rejects.toMatchObject({
      exitCode: 6,
      message:
        'stack drydock-shop could not be removed (DELETE_FAILED):\n  Role (AWS::IAM::Role) DELETE_FAILED: Cannot delete entity',
      next: expect.stringContaining('drydock destroy again'),
    });
  });

  it('that is protected is not begun, and says how the protection is lifted', async () => {
    const { calls, remove } = removing({});
    const message = 'Stack [drydock-shop] cannot be deleted while TerminationProtection is enabled';
    calls.failNext('deleteStack', sdkError('ValidationError', message));
    await expect(remove()).rejects.toMatchObject({
      exitCode: 2,
      message: `stack drydock-shop was not removed: ${message}`,
      next: expect.stringContaining('--no-enable-termination-protection --stack-name drydock-shop'),
    });
  });

  it('that is only in review has nothing in it to tell of', async () => {
    const calls = scriptedCloudFormation({ status: 'REVIEW_IN_PROGRESS' });
    calls.failNext('getTemplate', sdkError('ValidationError', 'no template'));
    expect(await stackResources(calls, { ...STACK, status: 'REVIEW_IN_PROGRESS' })).toEqual([]);
  });

  it('tells before what goes and what stays, from all pages', async () => {
    const resources = await stackResources(scriptedCloudFormation({ status: 'CREATE_COMPLETE' }), STACK);
    expect(resources.map(({ logicalId, physicalId, retained }) => [logicalId, physicalId, retained])).toEqual([
      ['Table', 'drydock-shop-table', false],
      ['Orders', 'drydock-shop-orders', true],
    ]);
  });
});

describe('what is at work in a deployment', () => {
  const listing = (answer: StepFunctionsCalls['listExecutions']) => ({ listExecutions: answer });
  const execution = (name: string) => ({
    name,
    executionArn: `arn:${name}`,
    stateMachineArn: 'arn',
    status: 'RUNNING' as const,
    startDate: new Date(0),
  });

  it('is found in all its state machines, on all pages', async () => {
    const asked: unknown[] = [];
    const calls = listing((async (input: { stateMachineArn?: string; nextToken?: string }) => {
      asked.push(input);
      const machine = input.stateMachineArn?.split('-').at(-1);
      if (machine !== 'rollout') return { executions: machine === 'window' ? [execution('w')] : [], $metadata: {} };
      return input.nextToken === undefined
        ? { executions: [execution('first')], nextToken: 'more', $metadata: {} }
        : { executions: [execution('second')], $metadata: {} };
    }) as StepFunctionsCalls['listExecutions']);
    const running = await runningExecutions(calls, DEPLOYED);
    expect(running.map(({ machine, name }) => `${machine} ${name}`)).toEqual([
      'rollout first',
      'rollout second',
      'window w',
    ]);
    for (const input of asked) expect(input).toMatchObject({ statusFilter: 'RUNNING' });
    expect(() => refuseRunning('drydock-shop', running)).toThrow(
      expect.objectContaining({ exitCode: 4, next: expect.stringContaining('drydock runs abort first') }),
    );
  });

  it('is nothing where the state machines are gone, and not known where AWS does not say', async () => {
    const failing = (name: string) =>
      listing((async () => Promise.reject(sdkError(name))) as unknown as StepFunctionsCalls['listExecutions']);
    const none = await runningExecutions(failing('StateMachineDoesNotExist'), DEPLOYED);
    expect(none).toEqual([]);
    expect(() => refuseRunning('drydock-shop', none)).not.toThrow();
    await expect(runningExecutions(failing('AccessDeniedException'), DEPLOYED)).rejects.toMatchObject({ exitCode: 2 });
  });
});
