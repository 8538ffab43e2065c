import { describe, expect, it } from 'vitest';
import { attempt } from '../../../src/orchestrator/health/attempt.ts';
import type { HttpAnswer, HttpGet } from '../../../src/orchestrator/http/http.ts';
import type { HealthCheck } from '../../../src/policies/policy.ts';
import { check } from './checks.ts';

const signal = new AbortController().signal;

/** Answers by URL; a URL that is not in it is refused. */
async function asked(answers: Record<string, Partial<HttpAnswer>>, otherwise: Partial<HealthCheck> = {}) {
  const urls: string[] = [];
  const httpGet: HttpGet = async ({ url }) => {
    urls.push(url);
    const answer = answers[url];
    if (answer === undefined) throw new Error('connection refused');
    return { status: 200, headers: {}, body: '', latencyMs: 10, ...answer };
  };
  const outcome = await attempt(check(otherwise), 'http://10.0.1.5/a', httpGet, signal);
  return { ...outcome, urls };
}

const answer = (body: string, more: Partial<HttpAnswer> = {}) => ({ 'http://10.0.1.5/a': { body, ...more } });
const redirect = (location: string, status = 302) => ({ status, headers: { location } });

describe('an answer is judged by', () => {
  it.each([
    [200, true],
    [299, true],
    [300, false],
    [404, true],
    [405, false],
  ])('its status: %i → %s', async (status, healthy) => {
    const ranges = [
      { from: 200, to: 299 },
      { from: 404, to: 404 },
    ];
    const outcome = await asked(answer('', { status }), { status: ranges });
    expect(outcome.healthy).toBe(healthy);
    if (!healthy) expect(outcome.reason).toContain(`→ ${status} in 10 ms, expected 200-299, 404`);
  });

  it('text that its body contains', async () => {
    expect(await asked(answer('all is ok'), { body: 'ok' })).toMatchObject({ healthy: true });
    const outcome = await asked(answer('all is well'), { body: 'ok' });
    expect(outcome).toMatchObject({ healthy: false, latencyMs: 10 });
    expect(outcome.reason).toBe('GET http://10.0.1.5/a → 200 in 10 ms, body does not contain "ok"');
  });

  it('a pattern that its body matches', async () => {
    expect(await asked(answer('status=UP'), { body: '/status=(UP|OK)/' })).toMatchObject({ healthy: true });
    const outcome = await asked(answer('status=DOWN'), { body: '/status=(UP|OK)/' });
    expect(outcome.reason).toContain('body does not match /status=(UP|OK)/');
  });

  it('a pattern only for a tenth of a second, however long the body would make it take', async () => {
    const outcome = await asked(answer(`${'a'.repeat(100)}!`), { body: '/^(a+)+$/' });
    expect(outcome.healthy).toBe(false);
    expect(outcome.reason).toContain('was not done with the body in 100 ms');
  });

  it('a pattern only as far as memory goes', async () => {
    const outcome = await asked(answer('a'.repeat(65_536)), { body: '/((?:a?){9999999})/' });
    expect(outcome.healthy).toBe(false);
    expect(outcome.reason).toMatch(/the pattern .* (takes too much memory|was not done .*): simplify it/);
  });

  it('how fast it came', async () => {
    expect(await asked(answer(''), { maxLatencyMs: 10 })).toMatchObject({ healthy: true });
    const outcome = await asked(answer(''), { maxLatencyMs: 9 });
    expect(outcome).toMatchObject({ healthy: false, reason: 'GET http://10.0.1.5/a → 200 in 10 ms, slower than 9 ms' });
  });

  it.each([
    [{ '/status': 'ok' }, '{"status":"ok"}', undefined],
    [{ '/status': 'ok' }, '{"status":"starting"}', '/status is "starting", expected "ok"'],
    [{ '/status': 'ok' }, '{}', '/status is missing, expected "ok"'],
    [{ '/n': 1 }, '{"n":"1"}', '/n is "1", expected 1'],
    [{ '/ready': true, '/down': null }, '{"ready":true,"down":null}', undefined],
    [{ '/down': null }, '{}', '/down is missing, expected null'],
    [{ '/a~1b/~01': 'x' }, '{"a/b":{"~1":"x"}}', undefined],
    [{ '/list/1': 'b' }, '{"list":["a","b"]}', undefined],
    [{ '/list/01': 'b' }, '{"list":["a","b"]}', '/list/01 is missing, expected "b"'],
    [{ '/list/-': 'b' }, '{"list":["a","b"]}', '/list/- is missing, expected "b"'],
    [{ '/list/length': 2 }, '{"list":["a","b"]}', '/list/length is missing, expected 2'],
    [{ '/toString': 'x' }, '{}', '/toString is missing, expected "x"'],
    [{ '': 'up' }, '"up"', undefined],
    [{ '': 'up' }, 'null', 'the document is null, expected "up"'],
    [{ '/': 'empty name' }, '{"":"empty name"}', undefined],
    [{ status: 'ok' }, '{"status":"ok"}', 'status is missing, expected "ok"'],
    [{ '/status': 'ok' }, '<html>', 'body is not JSON: "<html>"'],
  ])('members of its JSON: %j in %s', async (json, body, trouble) => {
    const outcome = await asked(answer(body), { json });
    expect(outcome.healthy).toBe(trouble === undefined);
    if (trouble !== undefined) expect(outcome.reason).toBe(`GET http://10.0.1.5/a → 200 in 10 ms, ${trouble}`);
  });

  it.each([
    ['a list', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['an object', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ])('members of its JSON, though one be %s nested deeper than can be written', async (what, nested) => {
    const outcome = await asked(answer(`{"status":${nested}}`), { json: { '/status': 'ok' } });
    expect(outcome.healthy).toBe(false);
    expect(outcome.reason).toContain(`, /status is ${what}, expected "ok"`);
  });

  it('what was read of a body that is too long', async () => {
    const long = answer('x'.repeat(65_536), { truncated: true });
    expect(await asked(long)).toMatchObject({ healthy: true });
    expect((await asked(long, { body: 'ok' })).reason).toContain('body does not contain "ok" in its first 64 KiB');
    expect((await asked(long, { json: { '/a': 1 } })).reason).toContain('body exceeds 64 KiB');
  });

  it('reasons that stay short, whatever it holds', async () => {
    const outcome = await asked(answer(JSON.stringify({ status: '\u001b[2J'.repeat(1000) })), {
      json: { '/status': 'ok' },
    });
    expect(outcome.reason.length).toBeLessThan(200);
    expect(outcome.reason).not.toContain('\u001b');
  });
});

describe('a redirect', () => {
  it('is not followed unless the check asks for it', async () => {
    const outcome = await asked({ 'http://10.0.1.5/a': redirect('http://10.0.1.5/b') });
    expect(outcome).toMatchObject({ healthy: false, urls: ['http://10.0.1.5/a'] });
    expect(outcome.reason).toBe('GET http://10.0.1.5/a → 302 in 10 ms, redirect to http://10.0.1.5/b not followed');
  });

  it('is an answer like any other where its status is accepted', async () => {
    const outcome = await asked({ 'http://10.0.1.5/a': redirect('/b') }, { status: [{ from: 302, to: 302 }] });
    expect(outcome).toMatchObject({ healthy: true, urls: ['http://10.0.1.5/a'] });
  });

  it.each([301, 302, 303, 307, 308])(
    'with %i is followed on the same host, all hops on one latency',
    async (status) => {
      const answers = {
        'http://10.0.1.5/a': redirect('/b', status),
        'http://10.0.1.5/b': redirect('https://10.0.1.5:8443/c', status),
        'https://10.0.1.5:8443/c': {},
      };
      const outcome = await asked(answers, { followRedirects: true });
      expect(outcome).toMatchObject({ healthy: true, urls: Object.keys(answers), latencyMs: 30 });
    },
  );

  it('is followed three times, not four', async () => {
    const answers = { 'http://10.0.1.5/a': redirect('/a') };
    const outcome = await asked(answers, { followRedirects: true });
    expect(outcome.urls).toHaveLength(4);
    expect(outcome.reason).toContain('not followed: it is the 4th in a row');
  });

  it.each([
    ['http://169.254.169.254/latest/meta-data/iam/', 'is a link-local address'],
    ['//169.254.169.254/', 'is a link-local address'],
    ['http://2852039166/', 'is a link-local address'],
    ['http://[fd00:ec2::254]/', 'is a link-local address'],
    ['http://10.0.1.6/a', 'it leads to another host'],
    ['file:///etc/passwd', 'is neither http nor https'],
    ['http://[', 'is not a URL'],
  ])('to %s is not followed', async (location, why) => {
    const outcome = await asked({ 'http://10.0.1.5/a': redirect(location) }, { followRedirects: true });
    expect(outcome).toMatchObject({ healthy: false, urls: ['http://10.0.1.5/a'] });
    expect(outcome.reason).toContain(why);
  });

  it.each(['//me:secret@h/', 'http://secret@h/', '/cb#access_token=secret', 'http://me:secret@[bad/', '/a?b=secret'])(
    'to %s keeps what is secret in it to itself',
    async (location) => {
      const outcome = await asked({ 'http://10.0.1.5/a': redirect(location) }, {});
      expect(outcome.reason).toContain('redirect to');
      expect(outcome.reason).not.toContain('secret');
    },
  );

  it('from https to http is not followed: it would bare the headers', async () => {
    const answers = {
      'http://10.0.1.5/a': redirect('https://10.0.1.5/b'),
      'https://10.0.1.5/b': redirect('http://10.0.1.5/c'),
    };
    const outcome = await asked(answers, { followRedirects: true });
    expect(outcome.urls).toEqual(Object.keys(answers));
    expect(outcome.reason).toContain('it leads from https to http');
  });

  it('spends the time of its check only once', async () => {
    const slow = { ...redirect('/a'), latencyMs: 1500 };
    const outcome = await asked({ 'http://10.0.1.5/a': slow }, { followRedirects: true, timeoutSeconds: 2 });
    expect(outcome.urls).toHaveLength(2);
    expect(outcome.reason).toBe('GET http://10.0.1.5/a → no answer in 2 s');
  });
});
