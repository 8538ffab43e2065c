/** How a command that fails says so: what happened, to what, why, and after the arrow what to do next. */
import { CommanderError } from 'commander';
import { DrydockError, EXIT, type ExitCode } from '../orchestrator/errors.ts';
import { printable } from '../orchestrator/printable.ts';
import { withoutSecrets } from '../orchestrator/secrets.ts';

/** Writes the failure (with `json` as a document on stdout, else as text on stderr) and gives the exit code. */
export function reportFailure(error: unknown, how: { json: boolean; verbose: boolean }): ExitCode {
  const failure = describeFailure(error);
  const { next, exitCode } = failure;
  const message = withoutSecrets(failure.message);
  if (how.json) {
    // On one line: it may come at the end of a stream of one document a line.
    process.stdout.write(`${JSON.stringify({ error: { message, next, exitCode } })}\n`);
  } else {
    process.stderr.write(`${lines(`drydock: ${message}`)}\n→ ${lines(next)}\n`);
  }
  if (how.verbose && error instanceof Error) process.stderr.write(`${lines(withoutSecrets(stackOf(error)))}\n`);
  return exitCode;
}

interface Failure {
  message: string;
  next: string;
  exitCode: ExitCode;
}

function describeFailure(error: unknown): Failure {
  if (error instanceof DrydockError) return error;
  if (error instanceof CommanderError) return describeUsage(error);
  const message = error instanceof Error ? error.message : String(error);
  return {
    message: `an error that drydock did not expect: ${message}`,
    next: 'Run the same command with --verbose, and report what it prints. `drydock runs list` says whether a run is still open.',
    exitCode: EXIT.unexpected,
  };
}

/** Commander puts a suggestion behind its message, in brackets on a line of its own. */
function describeUsage(error: CommanderError): Failure {
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const guess = suggestion?.match(/^\((.*)\)$/)?.[1];
  return {
    message: message.replace(/\.$/, ''),
    next: guess ?? 'See `drydock --help`, or `drydock COMMAND --help` for one command.',
    exitCode: EXIT.badInput,
  };
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

function lines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
