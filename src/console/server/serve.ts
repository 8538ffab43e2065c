/** The console's server: listens, and ends cleanly. */
import { createServer, type Server } from 'node:http';
import { hostname } from 'node:os';
import { getRequestListener } from '@hono/node-server';
import { DrydockError, EXIT } from '../../orchestrator/errors.ts';
import { consoleApp } from './app.ts';
import type { Bundle } from './bundle.ts';
import { inUrl, isLoopback } from './guard/hosts.ts';
import { tokenCheck } from './guard/token.ts';
import { pagesOf } from './pages.ts';
import type { ConsoleSource } from './source.ts';
import { liveStreams, type Streams } from './stream.ts';

export interface ServeOptions {
  source: ConsoleSource;
  bundle: Bundle;
  /** 0: any that is free. */
  port: number;
  /** The address to listen on; default: 127.0.0.1. Any but loopback needs a token. */
  host?: string | undefined;
  token?: string | undefined;
  /** Hears of what was not expected, and was told to the page without its stack. */
  onError: (error: unknown) => void;
  limits?: Partial<typeof LIMITS>;
}

/** How much of everything: who is slow, or many, must not keep others out. */
const LIMITS = {
  heartbeatMs: 15_000,
  streams: 32,
  connections: 256,
  /** Until a request's headers are there, and until all of it is. */
  headersMs: 10_000,
  requestMs: 20_000,
  headerBytes: 16_384,
};

export interface ConsoleServer {
  /** Where to open it. */
  url: string;
  /** Ends the streams, then everything. */
  close(): Promise<void>;
}

/** Listens, and resolves once it does. Rejects with a `DrydockError` (exit code 2) when it cannot, or must not without a token. */
export async function serveConsole(options: ServeOptions): Promise<ConsoleServer> {
  const { source, bundle, port, host = '127.0.0.1', token, onError } = options;
  const limits = { ...LIMITS, ...options.limits };
  if (token === undefined && !isLoopback(host)) throw withoutToken(host);
  const streams = liveStreams({ heartbeatMs: limits.heartbeatMs, most: limits.streams, onError });
  const app = consoleApp({
    source,
    pages: await pagesOf(bundle),
    streams,
    listensOn: host,
    token: token === undefined ? undefined : tokenCheck(token),
    onError,
  });
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.ceil(Math.min(limits.headersMs, limits.requestMs) / 4),
      maxHeaderSize: limits.headerBytes,
    },
    getRequestListener(app.fetch),
  );
  server.maxConnections = limits.connections;
  return { url: await listen(server, host, port), close: () => close(server, streams) };
}

/** Gives the URL. */
function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`http://${inUrl(ANYWHERE.includes(host) ? hostname() : host)}:${bound}`);
    });
  });
}

const ANYWHERE = ['0.0.0.0', '::'];

/** What is being answered may be sent to its end, for a moment. */
async function close(server: Server, streams: Streams): Promise<void> {
  streams.close();
  const closed = new Promise((resolve) => server.close(resolve));
  const cut = setTimeout(() => server.closeAllConnections(), 1000);
  await closed;
  clearTimeout(cut);
}

const WHY: Record<string, string> = {
  EADDRINUSE: 'something else listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this computer does not have that address',
  ENOTFOUND: 'there is no such host',
};

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): DrydockError {
  const why = WHY[error.code ?? ''] ?? error.message;
  return new DrydockError(`the console cannot listen on port ${port} of ${host}: ${why}`, {
    exitCode: EXIT.badInput,
    next: 'Name another port with --port (0: any that is free), or another address with --host.',
    cause: error,
  });
}

function withoutToken(host: string): DrydockError {
  return new DrydockError(
    `the console does not listen on ${host} without a token: whoever reaches it could steer runs`,
    {
      exitCode: EXIT.badInput,
      next: 'Set DRYDOCK_CONSOLE_TOKEN (`openssl rand -hex 16` makes one), or leave out --host and come by `ssh -L`.',
    },
  );
}
