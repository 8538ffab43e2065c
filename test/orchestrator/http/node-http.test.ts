import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../src/orchestrator/http/http.ts';
import { nodeHttpGet } from '../../../src/orchestrator/http/node-http.ts';
import { selfSigned } from '../health/self-signed.ts';

const open: { server: Server; sockets: Set<Socket> }[] = [];

/** Listens on a free port of loopback until the test is over; gives the port. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
  open.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port }: AddressInfo = Object(server.address());
  return port;
}

afterEach(async () => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

const serve = (listener: RequestListener) => listen(createServer(listener));
const serveRaw = (talk: (socket: Socket) => void) => listen(createTcpServer(talk));

function get(url: string, otherwise: Partial<HttpRequest> = {}, httpGet = nodeHttpGet()) {
  const signal = new AbortController().signal;
  return httpGet({ url, headers: {}, timeoutMs: 5000, insecure: false, maxBodyBytes: 65_536, signal, ...otherwise });
}

describe('an answer', () => {
  it('comes with status, headers, body and how long it took', async () => {
    const port = await serve((_, response) => response.writeHead(503, { 'X-Why': 'busy' }).end('später'));
    const answer = await get(`http://127.0.0.1:${port}/healthz?a=b`);
    expect(answer).toMatchObject({ status: 503, body: 'später', truncated: false, headers: { 'x-why': 'busy' } });
    expect(answer.latencyMs).toBeGreaterThanOrEqual(0);
    expect(answer.latencyMs).toBeLessThan(5000);
  });

  it('is asked for with path, query, headers and a Host of the check’s own', async () => {
    const port = await serve(({ url, headers }, response) => response.end(JSON.stringify({ url, headers })));
    const answer = await get(`http://me:se%40cret@127.0.0.1:${port}/a?b=c#d`, {
      headers: { Host: 'shop.example', A: 'b' },
    });
    const { url, headers } = JSON.parse(answer.body);
    expect(url).toBe('/a?b=c');
    expect(headers).toMatchObject({ host: 'shop.example', a: 'b', 'user-agent': 'drydock', connection: 'close' });
    expect(headers.authorization).toBe(`Basic ${Buffer.from('me:se@cret').toString('base64')}`);
  });

  it('may be a redirect, which is not followed', async () => {
    const paths: (string | undefined)[] = [];
    const port = await serve(({ url }, response) => {
      paths.push(url);
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    });
    const answer = await get(`http://127.0.0.1:${port}/`);
    expect(answer).toMatchObject({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' } });
    expect(paths).toEqual(['/']);
  });

  it('comes from elsewhere by a route, while URL and Host stay', async () => {
    const port = await serve(({ headers }, response) => response.end(headers.host));
    const asked: [string, number][] = [];
    const httpGet = nodeHttpGet({
      route: (host, asPort) => {
        asked.push([host, asPort]);
        return host === '10.0.1.5' ? { host: '127.0.0.1', port } : undefined;
      },
    });
    expect(await get('http://10.0.1.5/healthz', {}, httpGet)).toMatchObject({ body: '10.0.1.5' });
    expect(await get('http://10.0.1.5:8080/healthz', {}, httpGet)).toMatchObject({ body: '10.0.1.5:8080' });
    expect(await get(`http://127.0.0.1:${port}/`, {}, httpGet)).toMatchObject({ body: `127.0.0.1:${port}` });
    expect(asked.slice(0, 2)).toEqual([
      ['10.0.1.5', 80],
      ['10.0.1.5', 8080],
    ]);
  });

  it('over TLS counts only with a trusted certificate, or when the check is insecure', async () => {
    const port = await listen(createTlsServer(selfSigned(), (_, response) => response.end('sealed')));
    await expect(get(`https://127.0.0.1:${port}/`)).rejects.toThrow(
      /^the certificate is not trusted \(self-signed certificate\); `insecure: true` accepts it$/,
    );
    expect(await get(`https://127.0.0.1:${port}/`, { insecure: true })).toMatchObject({ status: 200, body: 'sealed' });
  });
});

describe('no answer', () => {
  it('comes from a port where nobody listens', async () => {
    const port = await serve(() => {});
    await new Promise((resolve) => open.splice(0)[0]?.server.close(resolve));
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow(/^connection refused$/);
  });

  it('comes from a server that stays silent', async () => {
    const port = await serveRaw(() => {});
    await expect(get(`http://127.0.0.1:${port}/`, { timeoutMs: 50 })).rejects.toThrow(/^no answer in 0.05 s$/);
  });

  it('comes from a server that hangs up', async () => {
    const port = await serveRaw((socket) => socket.end());
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow('the connection was closed without an answer');
  });

  it('comes from a server that breaks off in mid-answer', async () => {
    const port = await serveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'));
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow('the connection was closed');
  });

  it('comes from a server that speaks something else', async () => {
    const port = await serveRaw((socket) => socket.end('220 mail.example ESMTP\r\n'));
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow('no HTTP is spoken there');
    await expect(get(`https://127.0.0.1:${port}/`)).rejects.toThrow('no TLS is spoken there');
  });

  it('is waited for once the signal is aborted', async () => {
    const port = await serveRaw(() => {});
    const stop = new AbortController();
    const answer = get(`http://127.0.0.1:${port}/`, { signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(answer).rejects.toThrow(/^stopped$/);
    await expect(get(`http://127.0.0.1:${port}/`, { signal: stop.signal })).rejects.toThrow(/^stopped$/);
  });

  it('comes from a link-local address: it is not asked, by URL or by route', async () => {
    const asked = nodeHttpGet({ route: () => ({ host: '169.254.169.254', port: 80 }) });
    await expect(get('http://10.0.1.5/', {}, asked)).rejects.toThrow('169.254.169.254 is a link-local address');
    await expect(get('http://169.254.169.254/')).rejects.toThrow('169.254.169.254 is a link-local address');
  });

  it('comes of a header that cannot be sent', async () => {
    await expect(get('http://127.0.0.1:9/', { headers: { a: 'b\r\nc: d' } })).rejects.toThrow('Invalid character');
  });
});

describe('a hostile server', () => {
  it('that sends without end is read to the bound, and left', async () => {
    let closed: () => void = () => {};
    const hungUp = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const port = await serve((request, response) => {
      const flood = () => {
        while (response.write('x'.repeat(16_384)));
      };
      response.on('drain', flood).writeHead(200);
      request.on('close', closed);
      flood();
    });
    const answer = await get(`http://127.0.0.1:${port}/`);
    expect(answer).toMatchObject({ status: 200, truncated: true });
    expect(answer.body).toHaveLength(65_536);
    await hungUp;
  });

  it('that sends exactly as much as is read has sent it all', async () => {
    const port = await serve((_, response) => response.end('x'.repeat(100)));
    const answer = await get(`http://127.0.0.1:${port}/`, { maxBodyBytes: 100 });
    expect(answer).toMatchObject({ truncated: false, body: 'x'.repeat(100) });
  });

  it('that drips its body is cut off by the timeout', async () => {
    const port = await serve((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 5);
      response.on('close', () => clearInterval(drip));
    });
    await expect(get(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })).rejects.toThrow(
      /^the answer was not complete in 0.1 s$/,
    );
  });

  it('that drips its headers is cut off by the timeout', async () => {
    const port = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('a: b\r\n'), 5);
      socket.on('close', () => clearInterval(drip));
    });
    await expect(get(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })).rejects.toThrow(/^no answer in 0.1 s$/);
  });

  it('that switches to another protocol is left', async () => {
    const port = await serveRaw((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'),
    );
    await expect(get(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })).rejects.toThrow(
      /^the answer switches to another protocol$/,
    );
  });

  it('that names another protocol and answers all the same is read', async () => {
    const port = await serve((_, response) =>
      response.writeHead(200, { Connection: 'upgrade', Upgrade: 'h2c' }).end('ok'),
    );
    expect(await get(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 200, body: 'ok' });
  });

  it('that floods with headers is left', async () => {
    const port = await serveRaw((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\n${`a: ${'b'.repeat(1000)}\r\n`.repeat(30)}`),
    );
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow(/^the headers exceed 16 KiB$/);
  });
});
