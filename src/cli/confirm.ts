/** Asks a person before something is touched. */
import { createInterface } from 'node:readline/promises';
import { DrydockError, EXIT } from '../orchestrator/errors.ts';
import type { Context } from './context.ts';

/** Throws where nobody can be asked, unless `--yes` was given: a script must say that it means it. */
export function requireAnswerer(yes: boolean | undefined, context: Context): void {
  if (yes === true || context.interactive) return;
  throw new DrydockError(
    'nothing was touched: this is asked about before it is done, and there is no terminal to ask on',
    {
      exitCode: EXIT.badInput,
      next: 'Add --yes when the answer is yes.',
    },
  );
}

/** Whether to go on: true with `--yes`; else a person is asked, and anything but y or yes is a no. */
export async function confirm(question: string, yes: boolean | undefined, context: Context): Promise<boolean> {
  requireAnswerer(yes, context);
  if (yes === true) return true;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D at the question are a no.
  const declined = new Promise<string>((resolve) => {
    prompt.once('SIGINT', () => resolve('no'));
    prompt.once('close', () => resolve('no'));
  });
  try {
    const answer = await Promise.race([prompt.question(`${question} [y/N] `), declined]);
    return /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    prompt.close();
  }
}
