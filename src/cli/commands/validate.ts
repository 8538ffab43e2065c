/** `drydock validate`: everything that is wrong with policies, all at once. */
import type { Command } from 'commander';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import { printable } from '../../orchestrator/printable.ts';
import { parsePolicy } from '../../policies/parse.ts';
import { formatProblem, type PolicyProblem } from '../../policies/problem.ts';
import type { Context } from '../context.ts';
import { findPolicyFile, POLICY_FILE, readPolicyFile } from '../policy-file.ts';

const EXAMPLES = `
Examples:
  drydock validate                          check drydock.yaml here or in a parent folder
  drydock validate policies/*.yaml          check several
`;

interface Checked {
  file: string;
  valid: boolean;
  /** The policy's name and fingerprint, when it is valid. */
  policy?: { name: string; fingerprint: string };
  problems: PolicyProblem[];
  /** Why the file could not be read. */
  unreadable?: string;
}

/** Adds the action of `drydock validate`. */
export function validate(command: Command, context: Context): void {
  command
    .argument('[files...]', `policies (default: that of --policy, or ${POLICY_FILE})`)
    .addHelpText('after', EXAMPLES)
    .action(
      context.action(async (files: string[]) => {
        const checked = (files.length > 0 ? files : [defaultFile(context)]).map(check);
        const valid = checked.every((each) => each.valid);
        context.answer({ valid, files: checked }, () => checked.flatMap(lines).map(printable).join('\n'));
        return valid ? EXIT.done : EXIT.badInput;
      }),
    );
}

function defaultFile(context: Context): string {
  const file = context.flags.policy ?? findPolicyFile();
  if (file !== undefined) return file;
  throw new DrydockError(`there is no policy to check: no ${POLICY_FILE} here or in a parent folder`, {
    exitCode: EXIT.badInput,
    next: 'Name a file, or write one with `drydock init`.',
  });
}

function check(file: string): Checked {
  try {
    const result = parsePolicy(readPolicyFile(file), file);
    if ('problems' in result) return { file, valid: false, problems: result.problems };
    const { name, fingerprint } = result.policy;
    return { file, valid: true, policy: { name, fingerprint }, problems: [] };
  } catch (error) {
    // One file that cannot be read does not keep the others from being checked.
    if (error instanceof DrydockError) return { file, valid: false, problems: [], unreadable: error.message };
    throw error;
  }
}

function lines({ file, policy, problems, unreadable }: Checked): string[] {
  if (unreadable !== undefined) return [unreadable];
  if (policy !== undefined) return [`${file}: valid, policy ${policy.name} (${policy.fingerprint})`];
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return [...problems.map(formatProblem), `${file}: ${count}`];
}
