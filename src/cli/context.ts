/** What every command is given: the global flags, and the ways to speak. */
import { EXIT, type ExitCode } from '../orchestrator/errors.ts';

/** The flags that every command takes. */
export interface GlobalFlags {
  json?: boolean;
  policy?: string;
  region?: string;
  profile?: string;
  endpointUrl?: string;
  stateDir: string;
  color: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

export interface Context {
  readonly flags: GlobalFlags;
  /** Whether somebody sits there to be asked, and to look at a picture that is painted over. */
  readonly interactive: boolean;
  /** The command's answer on stdout: as one JSON document with --json, else as text. */
  answer(json: unknown, text: () => string): void;
  /** A line on the way, on stderr; not with --quiet. */
  note(line: string): void;
  /** Wraps what a command does for commander; the code that it resolves to becomes the exit code. */
  action<Args extends unknown[]>(work: (...args: Args) => Promise<ExitCode>): (...args: Args) => Promise<void>;
  readonly exitCode: ExitCode;
}

/** `flags` is asked on each use: they are known only once the command line is parsed. */
export function createContext(flags: () => GlobalFlags): Context {
  let exitCode: ExitCode = EXIT.done;
  return {
    get flags() {
      return flags();
    },
    get interactive() {
      return process.stdin.isTTY === true && process.stderr.isTTY === true && process.env.TERM !== 'dumb';
    },
    get exitCode() {
      return exitCode;
    },
    answer(json, text) {
      const answer = flags().json ? JSON.stringify(json, null, 2) : text();
      process.stdout.write(answer.endsWith('\n') ? answer : `${answer}\n`);
    },
    note(line) {
      if (!flags().quiet) process.stderr.write(`${line}\n`);
    },
    action(work) {
      return async (...args) => {
        exitCode = await work(...args);
      };
    },
  };
}

/** Whether text for this stream is coloured: `--no-color` and NO_COLOR say no, FORCE_COLOR yes, else a terminal has it. */
export function hasColor(flags: Pick<GlobalFlags, 'color'>, stream: { isTTY?: boolean }): boolean {
  if (!flags.color || process.env.NO_COLOR) return false;
  if (process.env.FORCE_COLOR && process.env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}
