/** The console's server, as commands open it. */
import { pagesBundle } from '../../console/server/bundle.ts';
import { type ConsoleServer, serveConsole } from '../../console/server/serve.ts';
import type { ConsoleSource } from '../../console/server/source.ts';
import type { Context } from '../context.ts';
import { reportFailure } from '../failure.ts';

export const DEFAULT_PORT = 4780;

export interface ListenFlags {
  /** 0: any that is free. */
  port: number;
  /** Default: loopback. */
  host?: string;
  token?: string;
}

/**
 * Shows what `source` tells, until it is closed. What was not expected is told on stderr: pages get no stack. Rejects with a `DrydockError`
 * (exit code 2) when it cannot listen there, or must not.
 */
export async function listen(
  source: ConsoleSource,
  flags: ListenFlags,
  { flags: global }: Context,
): Promise<ConsoleServer> {
  const { port, host, token = process.env.DRYDOCK_CONSOLE_TOKEN || undefined } = flags;
  const onError = (error: unknown) => {
    reportFailure(error, { json: false, verbose: global.verbose === true });
  };
  return serveConsole({ source, bundle: await pagesBundle(), port, host, token, onError });
}
