/** `drydock console`: the web pages over run history, until Ctrl-C. */
import type { Command } from 'commander';
import { EXIT } from '../../orchestrator/errors.ts';
import { wholeNumber } from '../arguments.ts';
import { DEFAULT_PORT, type ListenFlags, listen } from '../console/listen.ts';
import { withConsoleSource } from '../console/source.ts';
import type { Context } from '../context.ts';
import { untilInterrupted } from '../interrupt.ts';

const EXAMPLES = `
Examples:
  drydock console                              the runs of this state directory, and those on AWS that it knows of
  drydock console --port 0 --json              on any free port; the address is one line of JSON
  ssh -L 4780:127.0.0.1:4780 HOST              how to see one that runs on another computer
  DRYDOCK_CONSOLE_TOKEN=$(openssl rand -hex 16) drydock console --host 0.0.0.0
`;

/** Adds the flags and the action of `drydock console`. */
export function consoleCommand(command: Command, context: Context): void {
  command
    .option('--port <port>', 'where to listen; 0: any port that is free', wholeNumber(0, 65_535), DEFAULT_PORT)
    .option('--host <address>', 'the address to listen on; any but loopback needs a token', '127.0.0.1')
    .option(
      '--token <token>',
      'let in only who shows it (also: DRYDOCK_CONSOLE_TOKEN, which no list of processes shows)',
    )
    .addHelpText('after', EXAMPLES)
    .action(
      context.action((flags: ListenFlags) =>
        withConsoleSource(context, async (source) => {
          const server = await listen(source, flags, context);
          const { url } = server;
          process.stdout.write(context.flags.json ? `${JSON.stringify({ url })}\n` : `The console is at ${url}\n`);
          context.note('Ctrl-C ends it.');
          await untilInterrupted();
          await server.close();
          return EXIT.done;
        }),
      ),
    );
}
