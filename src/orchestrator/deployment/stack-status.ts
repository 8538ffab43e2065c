/** What the status of a stack lets one do with it. */

/**
 * `absent`: there is none. `in-review`: only a change set that nobody has executed. `standing`: it can be updated. `busy`: CloudFormation
 * is at work on it. `never-stood`: its creation failed and was rolled back; nothing is in it, and it can only be deleted. `remains`:
 * something is left of it that could not be deleted or rolled back; it can only be deleted. `stuck`: an update could be
 * neither finished nor taken back.
 */
export type Standing = 'absent' | 'in-review' | 'standing' | 'busy' | 'never-stood' | 'remains' | 'stuck';

const STANDINGS: Record<string, Standing> = {
  DELETE_COMPLETE: 'absent',
  REVIEW_IN_PROGRESS: 'in-review',
  CREATE_COMPLETE: 'standing',
  UPDATE_COMPLETE: 'standing',
  UPDATE_ROLLBACK_COMPLETE: 'standing',
  IMPORT_COMPLETE: 'standing',
  IMPORT_ROLLBACK_COMPLETE: 'standing',
  ROLLBACK_COMPLETE: 'never-stood',
  CREATE_FAILED: 'remains',
  ROLLBACK_FAILED: 'remains',
  DELETE_FAILED: 'remains',
  UPDATE_FAILED: 'stuck',
  UPDATE_ROLLBACK_FAILED: 'stuck',
  IMPORT_ROLLBACK_FAILED: 'stuck',
};

/** Takes CloudFormation's `StackStatus`, undefined where there is no stack. A status that is not known is not touched: it counts as stuck. */
export function standingOf(status: string | undefined): Standing {
  if (status === undefined) return 'absent';
  return STANDINGS[status] ?? (goesOn(status) ? 'busy' : 'stuck');
}

/** Whether CloudFormation will do more by itself. */
export function goesOn(status: string): boolean {
  return status.endsWith('_IN_PROGRESS');
}
