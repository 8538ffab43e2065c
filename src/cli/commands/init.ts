/** `drydock init`: a policy to begin with. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import { initTemplate } from '../../policies/standard.ts';
import type { Context } from '../context.ts';
import { POLICY_FILE } from '../policy-file.ts';

const EXAMPLES = `
Examples:
  drydock init                              write drydock.yaml here
  drydock init --policy ops/web.yaml        write another file
`;

/** Adds the flags and the action of `drydock init`. */
export function init(command: Command, context: Context): void {
  command
    .option('--force', 'overwrite a file that is there already')
    .addHelpText('after', EXAMPLES)
    .action(
      context.action(async (flags: { force?: boolean }) => {
        const file = context.flags.policy ?? POLICY_FILE;
        write(file, flags.force === true);
        context.answer({ file }, () => `wrote ${file}\n→ Change it as you need, then run \`drydock validate\`.`);
        return EXIT.done;
      }),
    );
}

function write(file: string, force: boolean): void {
  try {
    // `wx` makes the file or fails: there is no moment in which another's file could be lost.
    writeFileSync(file, initTemplate(), { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DrydockError(
      isThere ? `${file} is there already; it was left as it is` : `${file} cannot be written: ${why}`,
      {
        exitCode: EXIT.badInput,
        next: isThere ? 'Add --force to overwrite it.' : 'Name another file with --policy.',
        cause,
      },
    );
  }
}
