/** Finding and reading the policy. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DrydockError, EXIT } from '../orchestrator/errors.ts';
import { parsePolicy } from '../policies/parse.ts';
import type { Policy } from '../policies/policy.ts';
import { formatProblem } from '../policies/problem.ts';
import { STANDARD_POLICY, standardPolicy } from '../policies/standard.ts';
import type { Context } from './context.ts';

export const POLICY_FILE = 'drydock.yaml';

/** `drydock.yaml` in `folder` or the nearest parent that has one, relative to `folder`; undefined when none has. */
export function findPolicyFile(folder = process.cwd()): string | undefined {
  for (let here = folder; ; here = dirname(here)) {
    const file = join(here, POLICY_FILE);
    if (existsSync(file)) return relative(folder, file);
    if (dirname(here) === here) return undefined;
  }
}

/** The policy that `--policy` names, that is found, or the built-in one. Throws a `DrydockError` with all that is wrong. */
export function loadPolicy(context: Context): Policy {
  return loadPolicyDocument(context).policy;
}

/** The same, with the document that it was parsed from. */
export function loadPolicyDocument(context: Context): { policy: Policy; text: string } {
  const { file, ...document } = currentPolicy(context);
  if (file === null) context.note(`no ${POLICY_FILE} here or in a parent folder: using the built-in policy standard`);
  return document;
}

/** The policy as it stands now, and the file that it is in; null: the built-in one. Throws as `loadPolicy` does. */
export function currentPolicy({ flags }: Context): { policy: Policy; text: string; file: string | null } {
  const file = flags.policy ?? findPolicyFile();
  if (file === undefined) return { policy: standardPolicy(), text: STANDARD_POLICY, file: null };
  const text = readPolicyFile(file);
  const result = parsePolicy(text, file);
  if ('policy' in result) return { policy: result.policy, text, file };
  const { problems } = result;
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new DrydockError(
    `the policy ${file} has ${count}:\n${problems.map((each) => `  ${formatProblem(each)}`).join('\n')}`,
    {
      exitCode: EXIT.badInput,
      next: 'Mend it and try again; `drydock validate` checks it without doing anything.',
    },
  );
}

/** The text of a policy file; throws a `DrydockError` (exit code 2) when it cannot be read. */
export function readPolicyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DrydockError(`the policy ${file} cannot be read: ${why}`, {
      exitCode: EXIT.badInput,
      next: 'Name another with --policy, or write one with `drydock init`.',
      cause,
    });
  }
}
