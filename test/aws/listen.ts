/** Starting an HTTP server for the length of a test. */
import { createServer, type RequestListener } from 'node:http';

export interface Listening extends AsyncDisposable {
  /** Without a slash at its end. */
  url: string;
}

/** Serves on a free loopback port until disposed of; open connections are cut then. */
export async function listen(serve: RequestListener): Promise<Listening> {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
