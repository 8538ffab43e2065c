/** A console served on 127.0.0.1, and requests to it as they go over the wire. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { onTestFinished } from 'vitest';
import { type ConsoleServer, type ServeOptions, serveConsole } from '../../../src/console/server/serve.ts';

const BUNDLE = { script: `console.log(${JSON.stringify('a script '.repeat(400))});`, styles: 'main { color: red }' };
/** Serves, until the test is over. What was not expected fails the test, unless it says otherwise. */
export async function served(options: Partial<ServeOptions> & Pick<ServeOptions, 'source'>): Promise<ConsoleServer> {
  const onError = (error: unknown) => {
    throw error;
  };
  const server = await serveConsole({ bundle: BUNDLE, port: 0, onError, ...options });
  onTestFinished(() => server.close());
  return server;
}

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** One request, with just these headers: `fetch` sets some of its own, and does not let Host be set. */
export function asked(
  server: ConsoleServer,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answered> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export const STEERS = { 'content-type': 'application/json', 'x-drydock': 'console' };

/** Asks something of a run, as the page does. */
export function steered(server: ConsoleServer, path: string, headers: Record<string, string> = {}): Promise<Answered> {
  return asked(server, path, { method: 'POST', headers: { ...STEERS, ...headers }, body: '{}' });
}
