import { StackStatus } from '@aws-sdk/client-cloudformation';
import { expect, it } from 'vitest';
import { refuseBusy, refuseUndeployable } from '../../../src/orchestrator/deployment/stack-errors.ts';
import { standingOf } from '../../../src/orchestrator/deployment/stack-status.ts';

const stack = (status: string) => ({ id: 'id', name: 'drydock-shop', status, reason: 'because', outputs: {} });

it.each([
  ['ROLLBACK_FAILED', 6, /ROLLBACK_FAILED \(because\)/, /drydock destroy/],
  ['DELETE_FAILED', 6, /could not be removed/, /drydock destroy/],
  ['CREATE_FAILED', 6, /CREATE_FAILED/, /drydock destroy/],
  [
    'UPDATE_ROLLBACK_FAILED',
    6,
    /so did taking it back/,
    /aws cloudformation continue-update-rollback --stack-name drydock-shop/,
  ],
  ['UPDATE_FAILED', 6, /UPDATE_FAILED/, /aws cloudformation rollback-stack --stack-name drydock-shop/],
  ['CREATE_IN_PROGRESS', 4, /CREATE_IN_PROGRESS/, /Nothing was touched/],
  ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 4, /CLEANUP/, /Try again/],
  ['A_STATUS_OF_TOMORROW', 6, /A_STATUS_OF_TOMORROW/, /events/],
])('a stack that is %s is not deployed to: exit code %d, and what to do', (status, exitCode, message, next) => {
  let thrown: unknown;
  try {
    refuseUndeployable(stack(status));
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({
    exitCode,
    message: expect.stringMatching(message),
    next: expect.stringMatching(next),
  });
});

it.each([undefined, 'REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'CREATE_COMPLETE'])(
  'one that is %s is',
  (status) => {
    expect(() => refuseUndeployable(status === undefined ? undefined : stack(status))).not.toThrow();
  },
);

it('what CloudFormation is at work on is removed by nobody else, whatever the work', () => {
  const busy = Object.values(StackStatus).filter((status) => standingOf(status) === 'busy');
  expect(busy).toEqual(
    Object.values(StackStatus).filter((status) => status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS'),
  );
  expect(busy.length).toBeGreaterThan(8);
  for (const status of busy) expect(() => refuseBusy(stack(status))).toThrow(status);
});

it('every status that the SDK knows has a standing of its own choosing', () => {
  const stuck = Object.values(StackStatus).filter((status) => standingOf(status) === 'stuck');
  expect(stuck.sort()).toEqual(['IMPORT_ROLLBACK_FAILED', 'UPDATE_FAILED', 'UPDATE_ROLLBACK_FAILED']);
});
