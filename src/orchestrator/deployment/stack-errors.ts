/** What is said to a person of a stack that failed, or that cannot be deployed to as it stands. */
import { DrydockError, EXIT } from '../errors.ts';
import { mendsDenial } from './denied.ts';
import type { Stack, StackEnd } from './stack.ts';
import { eventSentence, failedLast, firstFailure } from './stack-events.ts';
import { standingOf } from './stack-status.ts';

/**
 * Throws where a change set could not be made or executed: exit code 4 while CloudFormation is at work on the stack, 6 when it needs a
 * person's hand. One whose creation failed passes: it has to be removed first.
 */
export function refuseUndeployable(stack: Stack | undefined): void {
  if (stack === undefined) return;
  refuseBusy(stack);
  const { name, status, reason } = stack;
  const why = reason === undefined ? '' : ` (${reason})`;
  switch (standingOf(status)) {
    case 'stuck':
      throw new DrydockError(
        `nothing was deployed: stack ${name} is ${status}${why}: an update failed, and so did taking it back`,
        {
          exitCode: EXIT.notWhole,
          next: `See its events for what stands in the way, mend that, then: aws cloudformation ${status === 'UPDATE_FAILED' ? 'rollback-stack' : 'continue-update-rollback'} --stack-name ${name}. Then deploy again.`,
        },
      );
    case 'remains':
      throw new DrydockError(
        `nothing was deployed: stack ${name} is ${status}${why}: some of it could not be removed`,
        {
          exitCode: EXIT.notWhole,
          next: 'Remove it with drydock destroy, which says what stands in the way, and deploy again.',
        },
      );
    default:
  }
}

/** Throws (exit code 4) while CloudFormation is at work on the stack. */
export function refuseBusy({ name, status }: Stack): void {
  if (standingOf(status) !== 'busy') return;
  throw new DrydockError(
    `stack ${name} is ${status}: somebody else deploys or removes it, or CloudFormation puts it back`,
    {
      exitCode: EXIT.groupHeld,
      next: 'Nothing was touched. Try again when it is through.',
    },
  );
}

/** Why a deployment failed, and how things stand now. The first failed event is the reason; the others follow from it. */
export function deployFailure(stackName: string, { status, reason, events }: StackEnd): DrydockError {
  const failure = firstFailure(events);
  const why = failure === undefined ? (reason ?? status) : eventSentence(failure);
  const isBack = status === 'ROLLBACK_COMPLETE' || status === 'UPDATE_ROLLBACK_COMPLETE';
  return new DrydockError(
    `the deployment of ${stackName} failed: ${why}\n${standingSentence(status)}${isBack ? '' : leftOver(events)}`,
    {
      exitCode: isBack ? EXIT.halted : EXIT.notWhole,
      next: nextOf(stackName, status, why),
    },
  );
}

function standingSentence(status: string): string {
  switch (status) {
    case 'ROLLBACK_COMPLETE':
      return 'CloudFormation has removed again all that it had made (ROLLBACK_COMPLETE); nothing of it runs.';
    case 'UPDATE_ROLLBACK_COMPLETE':
      return 'CloudFormation has put everything back as it was before (UPDATE_ROLLBACK_COMPLETE); what was deployed goes on.';
    case 'ROLLBACK_FAILED':
      return 'CloudFormation could not remove again all that it had made (ROLLBACK_FAILED).';
    case 'UPDATE_ROLLBACK_FAILED':
      return 'CloudFormation could not put everything back as it was before (UPDATE_ROLLBACK_FAILED).';
    default:
      return `The stack is ${status}.`;
  }
}

function leftOver(events: StackEnd['events']): string {
  return failedLast(events)
    .map((event) => `\n  ${eventSentence(event)}`)
    .join('');
}

function nextOf(stackName: string, status: string, why: string): string {
  if (status === 'ROLLBACK_FAILED')
    return 'Remove what is left with drydock destroy, mend the reason, and deploy again.';
  if (status === 'UPDATE_ROLLBACK_FAILED')
    return `Mend what stands in the way, then: aws cloudformation continue-update-rollback --stack-name ${stackName}. Then deploy again.`;
  return mendsDenial(why) ?? 'Mend the reason and deploy again.';
}

/** Why a stack could not be removed: each resource that stands in the way. */
export function destroyFailure(stackName: string, { status, reason, events }: StackEnd): DrydockError {
  const failed = failedLast(events).map((event) => `\n  ${eventSentence(event)}`);
  const why = failed.length > 0 ? failed.join('') : ` ${reason ?? status}`;
  return new DrydockError(`stack ${stackName} could not be removed (${status}):${why}`, {
    exitCode: EXIT.notWhole,
    next: 'Mend what stands in the way and run drydock destroy again: it goes on where it stopped.',
  });
}
