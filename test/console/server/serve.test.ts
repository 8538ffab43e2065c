import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { memorySource, RUNNING } from '../memory-source.ts';
import { asked, served } from './served.ts';

/** Sends these bytes and nothing more; gives all that came until the other end closed. */
function sent(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('the server', () => {
  it('listens on loopback, on a port of its own for 0', async () => {
    const { url } = await served({ source: memorySource() });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d{2,5}$/);
  });

  it('does not listen where others reach it without a token', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'console.example']) {
      await expect(served({ source: memorySource(), host })).rejects.toMatchObject({
        exitCode: 2,
        message: `the console does not listen on ${host} without a token: whoever reaches it could steer runs`,
      });
    }
  });

  it('listens where others reach it with one', async () => {
    const server = await served({ source: memorySource(), host: '0.0.0.0', token: 'x'.repeat(16) });
    const { port } = new URL(server.url);
    const loopback = { ...server, url: `http://127.0.0.1:${port}` };
    const headers = { authorization: `Bearer ${'x'.repeat(16)}` };
    expect((await asked(loopback, '/api/runs', { headers })).status).toBe(200);
  });

  it('says what to do when its port is taken', async () => {
    const { url } = await served({ source: memorySource() });
    const port = Number(new URL(url).port);
    await expect(served({ source: memorySource(), port })).rejects.toMatchObject({
      exitCode: 2,
      message: `the console cannot listen on port ${port} of 127.0.0.1: something else listens there`,
      next: expect.stringContaining('--port'),
    });
  });

  it('lets its port go when it is closed', async () => {
    const { url, close } = await served({ source: memorySource() });
    await close();
    const again = await served({ source: memorySource(), port: Number(new URL(url).port) });
    expect(again.url).toBe(url);
  });
});

describe('a client that does not say whom it asks', () => {
  it.each(['GET /api/runs HTTP/1.1\r\n', 'GET /api/runs HTTP/1.1\r\nHost:\r\n', 'GET /api/runs HTTP/1.0\r\n'])(
    'is told nothing: %j',
    async (head) => {
      const { url } = await served({ source: memorySource() });
      const answer = await sent(url, `${head}Connection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 (400|403) /);
      expect(answer).not.toContain(RUNNING);
    },
  );
});

describe('one connection too many', () => {
  it('is cut, and those that are open go on', async () => {
    const { url } = await served({ source: memorySource(), limits: { connections: 1 } });
    const first = await fetch(`${url}/api/runs`);
    expect(await sent(url, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')).toBe('');
    expect(first.status).toBe(200);
    await first.text();
  });
});

describe('a client that is slow', () => {
  const limits = { headersMs: 50, requestMs: 100 };

  it('with its headers is cut off', async () => {
    const { url } = await served({ source: memorySource(), limits });
    expect(await sent(url, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it('with its body is cut off', async () => {
    const { url } = await served({ source: memorySource(), limits });
    const head =
      'POST /api/runs/x/abort HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Drydock: console\r\n';
    expect(await sent(url, `${head}Content-Length: 10\r\n\r\n{`)).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it('with headers without end is cut off', async () => {
    const { url } = await served({ source: memorySource() });
    const answer = await sent(url, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });
});
