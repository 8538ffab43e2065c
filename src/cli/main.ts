/** The command line: parses it, runs one command, and gives the exit code. */
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { EXIT, type ExitCode } from '../orchestrator/errors.ts';
import { endpoint } from './arguments.ts';
import { COMMANDS } from './commands.ts';
import { type Context, createContext, type GlobalFlags, hasColor } from './context.ts';
import { listenForInterrupts, mustFinish } from './interrupt.ts';

const EXAMPLES = `
Examples:
  drydock demo                             see a whole rollout, without an AWS account
  drydock init                             write a commented drydock.yaml
  drydock plan --environment staging       what would be patched, and how
  drydock run --environment staging        show the plan, ask, and run it
  drydock runs watch ID                    follow a run
  drydock help plan                        all about one command

Exit codes: 0 done or nothing to do, 1 unexpected error, 2 bad input, 3 halted and made whole, 4 another run holds
the group, 5 the plan no longer fits the fleet, 6 a person is needed, 10 work to do (--detailed-exitcode), 130 interrupted.
`;

/** Runs the command that `argv` (without node and script) names. Never rejects. */
export async function main(argv: string[]): Promise<ExitCode> {
  hushExperimentalWarnings();
  listenForInterrupts();
  endQuietlyWithoutReader();
  const program = new Command('drydock');
  const context = createContext(() => program.opts<GlobalFlags>());
  describeProgram(program, argv);
  addCommands(program, context);
  try {
    await program.parseAsync(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && HELP_SHOWN.has(error.code)) return EXIT.done;
    const { reportFailure } = await import('./failure.ts');
    return reportFailure(error, { json: argv.includes('--json'), verbose: argv.includes('--verbose') });
  }
}

const HELP_SHOWN = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version']);

function describeProgram(program: Command, argv: string[]): void {
  const color = hasColor({ color: !argv.includes('--no-color') }, process.stdout);
  const write = (text: string) => process.stdout.write(text);
  program
    .description('Patches the instances of EC2 Auto Scaling groups in place: a few at a time, checked, rolled back.')
    .version(packageJson.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => `\x1b[1m${title}\x1b[22m` })
    // Errors are reported in one place, by reportFailure; help that commander takes for an error is help all the same.
    .configureOutput({
      writeOut: write,
      writeErr: write,
      outputError: () => {},
      getOutHasColors: () => color,
      getErrHasColors: () => color,
    })
    .exitOverride()
    .option('--json', 'print one JSON document on stdout, or one a line for streams')
    .option(
      '--policy <file>',
      'the policy (default: drydock.yaml here or in a parent folder, else the built-in standard)',
    )
    .option('--region <region>', 'AWS region')
    .option('--profile <profile>', 'AWS profile')
    .option('--endpoint-url <url>', 'send AWS calls to this URL', endpoint)
    .option('--state-dir <dir>', 'where run history and state are kept', '.drydock')
    .option('--no-color', 'no colours (also: NO_COLOR)')
    .option('--quiet', 'no progress, only the result')
    .option('--verbose', 'log more, and add stack traces to errors')
    .addHelpText('after', EXAMPLES);
}

/** Only names and summaries; the flags of a command, and its code, are loaded when it is the one that is called. */
function addCommands(program: Command, context: Context): void {
  for (const { name, summary, group } of COMMANDS)
    program.command(name).summary(summary).description(summary).helpGroup(group);
  program.hook('preSubcommand', async (_program, called) => {
    const found = COMMANDS.find(({ name }) => name === called.name());
    if (found !== undefined) (await found.load())(called, context);
  });
}

/** `drydock plan | head` is no failure. A run that is under way goes on, though, without anybody who listens. */
function endQuietlyWithoutReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (!mustFinish()) process.exit(EXIT.done);
    });
  }
}

/** Node warns that SQLite and TypeScript are experimental in it: true, and nothing a user of drydock can act on. */
function hushExperimentalWarnings(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.stack ?? warning.message}\n`);
  });
}
