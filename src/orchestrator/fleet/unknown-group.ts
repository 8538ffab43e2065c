/** A group that somebody named and that is not there. */
import { nearest } from '../../policies/suggestion.ts';
import { DrydockError, EXIT } from '../errors.ts';

const MOST_NAMES = 10;

/** The error to end with (exit code 2): it says which of the groups that are `there` may have been meant. */
export function unknownGroup(name: string, there: readonly string[]): DrydockError {
  return new DrydockError(`there is no Auto Scaling group ${name} in this account and region`, {
    exitCode: EXIT.badInput,
    next: nextStep(name, there.toSorted()),
  });
}

function nextStep(name: string, there: readonly string[]): string {
  if (there.length === 0) return 'There is none at all: are the region and the account right?';
  const meant = nearest(name, there);
  const rest = there.length > MOST_NAMES ? ` and ${there.length - MOST_NAMES} more` : '';
  const names = `There are: ${there.slice(0, MOST_NAMES).join(', ')}${rest}.`;
  return meant === undefined ? names : `Did you mean ${meant}? ${names}`;
}
