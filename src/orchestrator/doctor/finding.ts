/** What was found, and what was not looked at: nothing is called well that was not checked. */
import { explainAwsError, isDenied } from '../aws/explain.ts';
import type { Statement } from '../permissions/statements.ts';

export const CHECKS = ['credentials', 'permissions', 'instances', 'override-list', 'health', 'quotas'] as const;
export type Check = (typeof CHECKS)[number];

export interface Finding {
  check: Check;
  standing: 'ok' | 'bad' | 'not-checked';
  message: string;
  /** How to mend it, or how to have it checked. */
  remedy?: string;
  /** What to add to the policies of whoever calls. */
  statements?: Statement[];
}

/** A finding that says what went wrong, and what to do, when a call of AWS was rejected with `error`. */
export function troubleOf(check: Check, what: string, error: unknown): Finding {
  const explained = explainAwsError(error);
  return {
    check,
    standing: 'bad',
    message: `${what}: ${explained?.message ?? said(error)}`,
    remedy: isDenied(error)
      ? 'Allow it: under permissions stands what is missing.'
      : (explained?.next ?? 'See what AWS says of this error.'),
  };
}

/** What an error says, on one line. */
export function said(error: unknown): string {
  const [line = ''] = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).split('\n');
  return line;
}
