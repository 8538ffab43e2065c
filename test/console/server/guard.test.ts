import { describe, expect, it } from 'vitest';
import { SAFE_HEADERS } from '../../../src/console/server/guard/headers.ts';
import { hostCheck } from '../../../src/console/server/guard/hosts.ts';
import { memorySource, RUNNING } from '../memory-source.ts';
import { asked, STEERS, served, steered } from './served.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const ABORT = `/api/runs/${RUNNING}/abort`;

describe('the name that the console is asked by', () => {
  it.each(['127.0.0.1', 'localhost', 'LOCALHOST:80', '[::1]:4780', '127.0.0.1:1'])('may be %s', async (host) => {
    const server = await served({ source: memorySource() });
    expect((await asked(server, '/api/runs', { headers: { host } })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:4780',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '10.0.0.1',
    '127.1',
    'user@localhost',
    'localhost/../',
    'localhost:80:80',
  ])('may not be %j', async (host) => {
    const server = await served({ source: memorySource() });
    for (const path of ['/', '/api/runs', '/assets/console.js']) {
      const { status, body } = await asked(server, path, { headers: { host } });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(404);
      expect(body.toString()).not.toContain(RUNNING);
    }
  });

  it('may be a number of any address, or the name listened on, away from loopback', () => {
    const check = hostCheck('console.example');
    for (const host of ['console.example:4780', '10.0.0.1', '[fd00::1]:4780', 'localhost'])
      expect(() => check(host)).not.toThrow();
    for (const host of ['evil.example', 'a.console.example', undefined]) expect(() => check(host)).toThrow(/name/);
  });
});

describe('a page of another site', () => {
  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { 'x-drydock': '' },
  ])('does not steer a run: %j', async (headers) => {
    const source = memorySource();
    const { status } = await steered(await served({ source }), ABORT, headers);
    expect({ status, steered: source.steered }).toEqual({ status: 403, steered: [] });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp', ''])(
    'does not steer a run with a form of type %j',
    async (type) => {
      const source = memorySource();
      const { status } = await steered(await served({ source }), ABORT, { 'content-type': type });
      expect({ status, steered: source.steered }).toEqual({ status: 415, steered: [] });
    },
  );

  it('is not told by a preflight that it might', async () => {
    const { headers } = await asked(await served({ source: memorySource() }), ABORT, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('neither reads nor listens', async () => {
    const server = await served({ source: memorySource() });
    for (const path of ['/api/runs', '/api/stream', '/api/exposure.csv']) {
      const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
      expect((await asked(server, path, { headers })).status).toBe(403);
    }
  });

  it('may link to a download', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    const server = await served({ source: memorySource() });
    expect((await asked(server, '/api/exposure.csv', { headers })).status).toBe(200);
  });
});

describe("the console's own page", () => {
  it('steers a run', async () => {
    const source = memorySource();
    const server = await served({ source });
    const own = { origin: server.url, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };
    expect((await steered(server, ABORT, own)).status).toBe(200);
    expect(source.steered).toHaveLength(1);
  });
});

describe('every answer', () => {
  it.each(['/', '/runs/x', '/nothing', '/api/runs', '/api/runs/none', '/api/exposure.csv', '/assets/none.js'])(
    'tells the browser what not to do: %s',
    async (path) => {
      const { headers } = await asked(await served({ source: memorySource() }), path);
      expect(headers).toMatchObject(SAFE_HEADERS);
    },
  );

  it('allows no script but that of the console, and no other site', () => {
    expect(SAFE_HEADERS['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    );
  });

  it('is sent with them when it is refused', async () => {
    const { headers } = await asked(await served({ source: memorySource() }), '/', {
      headers: { host: 'evil.example' },
    });
    expect(headers).toMatchObject(SAFE_HEADERS);
  });
});

describe('a body', () => {
  it.each([[{ 'content-length': '2000000' }], [{ 'transfer-encoding': 'chunked' }]])(
    'that is long is refused: %j',
    async (headers) => {
      const source = memorySource();
      const server = await served({ source });
      const body = ' '.repeat(2_000_000);
      // The server may cut the connection before all of it is sent.
      const status = await asked(server, ABORT, { method: 'POST', headers: { ...STEERS, ...headers }, body }).then(
        (answer) => answer.status,
        (error: NodeJS.ErrnoException) => error.code,
      );
      expect([413, 'EPIPE', 'ECONNRESET']).toContain(status);
      expect(source.steered).toEqual([]);
    },
  );

  it.each(['{"force":true}', '[]', 'yes', '{'])(
    'that says something is refused, lest it be overheard: %s',
    async (body) => {
      const source = memorySource();
      const server = await served({ source });
      const { status } = await asked(server, ABORT, { method: 'POST', headers: STEERS, body });
      expect({ status, steered: source.steered }).toEqual({ status: 400, steered: [] });
    },
  );
});

describe('a console with a token', () => {
  const guarded = () => served({ source: memorySource(), token: TOKEN });

  it.each(['/', `/runs/${RUNNING}`, '/api/runs', '/api/stream', '/api/openapi.json'])(
    'shows nothing without it: %s',
    async (path) => {
      const { status, headers, body } = await asked(await guarded(), path);
      expect({ status, asks: headers['www-authenticate'] }).toEqual({
        status: 401,
        asks: expect.stringMatching(/^Bearer/),
      });
      expect(body.toString()).not.toContain('<script');
    },
  );

  it.each(['', 'Bearer', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`])(
    'shows nothing for another: %j',
    async (authorization) => {
      expect((await asked(await guarded(), '/api/runs', { headers: { authorization } })).status).toBe(401);
    },
  );

  it('answers who sends it along', async () => {
    const server = await guarded();
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await asked(server, '/api/runs', { headers })).status).toBe(200);
    expect((await steered(server, ABORT, headers)).status).toBe(200);
  });

  it('lets in who visits a page with it once, and takes it out of the address', async () => {
    const server = await guarded();
    const { status, headers } = await asked(server, `/runs/${RUNNING}?token=${TOKEN}&zoom=2`);
    expect({ status, location: headers.location }).toEqual({ status: 303, location: `/runs/${RUNNING}?zoom=2` });
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKEN);
    const own = { cookie: `theme=dark; ${cookie.split(';')[0]}` };
    expect((await asked(server, '/', { headers: own })).status).toBe(200);
    expect((await asked(server, '/api/runs', { headers: own })).status).toBe(200);
  });

  it('does not let in who visits with another', async () => {
    const { status, headers } = await asked(await guarded(), `/?token=${TOKEN}x`);
    expect({ status, cookie: headers['set-cookie'] }).toEqual({ status: 401, cookie: undefined });
  });

  it('leads nobody to another site', async () => {
    const { headers } = await asked(await guarded(), `//evil.example/?token=${TOKEN}`);
    expect(headers.location).toBe('/evil.example/');
  });

  it('still takes no orders from the page of another site', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, origin: 'https://evil.example' };
    expect((await steered(await guarded(), ABORT, headers)).status).toBe(403);
  });

  it('refuses a token that could be guessed', async () => {
    await expect(served({ source: memorySource(), token: 'secret' })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/6 characters/),
    });
  });
});
