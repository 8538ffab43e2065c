import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { checkHealth } from '../../../src/orchestrator/health/check.ts';
import type { HttpAnswer, HttpGet, HttpRequest } from '../../../src/orchestrator/http/http.ts';
import type { HealthCheck } from '../../../src/policies/policy.ts';
import { check } from './checks.ts';

const instance = { instanceId: 'i-1', privateIp: '10.0.1.5', publicIp: null, privateDnsName: '' };

type Scripted = Partial<HttpAnswer> | Error;

/** Answers by script, the last entry for ever; each answer takes `latencyMs` on the clock. */
function world(...script: Scripted[]) {
  const clock = virtualClock(0);
  const requests: (HttpRequest & { at: number })[] = [];
  const httpGet: HttpGet = async (request) => {
    requests.push({ ...request, at: clock.now() / 1000 });
    const scripted = script[Math.min(requests.length, script.length) - 1] ?? {};
    if (scripted instanceof Error) throw scripted;
    const answer = { status: 200, headers: {}, body: '', latencyMs: 0, ...scripted };
    await clock.sleep(answer.latencyMs, request.signal);
    return answer;
  };
  const run = (checks: HealthCheck[], signal = new AbortController().signal) =>
    clock.run(checkHealth({ checks, instance, httpGet, clock, signal }));
  return { clock, requests, run, times: () => requests.map(({ at }) => at) };
}

const ok = { status: 200, latencyMs: 4 };
const sick = { status: 503, latencyMs: 12 };

describe('an instance is healthy', () => {
  it('once every check succeeded as often in a row as it must, an interval apart', async () => {
    const { run, times, clock } = world(ok);
    const result = await run([check()]);
    expect(result).toEqual({
      healthy: true,
      reason: 'GET http://10.0.1.5/healthz → 200 in 4 ms',
      checks: [
        {
          url: 'http://10.0.1.5/healthz',
          healthy: true,
          attempts: 3,
          successes: 3,
          lastReason: 'GET http://10.0.1.5/healthz → 200 in 4 ms',
          latencyMs: 4,
        },
      ],
    });
    expect(times()).toEqual([0, 5, 10]);
    expect(clock.now()).toBe(10_004);
  });

  it('when it recovers in time; a failure begins the count anew', async () => {
    const { run, times } = world(sick, ok, ok, sick, ok);
    const result = await run([check()]);
    expect(result).toMatchObject({ healthy: true, checks: [{ attempts: 7, successes: 5 }] });
    expect(times()).toEqual([0, 5, 10, 15, 20, 25, 30]);
  });

  it('when the last attempt that may begin succeeds', async () => {
    const { run, times } = world(sick, ok);
    expect(await run([check({ consecutive: 2, withinSeconds: 10 })])).toMatchObject({ healthy: true });
    expect(times()).toEqual([0, 5, 10]);
  });

  it('when nothing is asked of it', async () => {
    const { run, requests } = world(sick);
    expect(await run([])).toEqual({ healthy: true, reason: 'no health check is configured', checks: [] });
    expect(requests).toEqual([]);
  });
});

describe('an instance is unhealthy', () => {
  it('when no check succeeds in time, and says what the last attempt said', async () => {
    const { run } = world(sick);
    const result = await run([check({ consecutive: 1, withinSeconds: 10 })]);
    expect(result.healthy).toBe(false);
    expect(result.reason).toBe('3 of 3 failed: GET http://10.0.1.5/healthz → 503 in 12 ms, expected 200-299');
  });

  it('as soon as it can not succeed in time any more', async () => {
    const { run, times } = world(ok, ok, sick);
    const result = await run([check({ consecutive: 3, withinSeconds: 22 })]);
    expect(result.healthy).toBe(false);
    // A fourth attempt at 15 s would need a sixth at 25 s.
    expect(times()).toEqual([0, 5, 10]);
    expect(result.reason).toContain('1 of 3 failed: ');
  });

  it('when answers come so slowly that the time runs out between successes', async () => {
    const { run, times } = world(sick, { latencyMs: 9000 });
    const result = await run([check({ consecutive: 3, timeoutSeconds: 10, withinSeconds: 20 })]);
    expect(times()).toEqual([0, 5, 14]);
    expect(result.healthy).toBe(false);
    expect(result.reason).toContain('1 of 3 failed: GET http://10.0.1.5/healthz → 503 in 12 ms');
    expect(result.reason).toContain(', then 2 of 3 successes in a row in 20 s');
  });

  it('when one of several checks fails, whatever the others say', async () => {
    const { run } = world(ok);
    const result = await run([check(), check({ url: 'http://{privateIp}:81/', body: 'ok', withinSeconds: 10 })]);
    expect(result).toMatchObject({ healthy: false, checks: [{ healthy: true }, { healthy: false, attempts: 1 }] });
    expect(result.reason).toBe('1 of 1 failed: GET http://10.0.1.5:81/ → 200 in 4 ms, body does not contain "ok"');
  });

  it('without being asked when so many successes do not fit in the time', async () => {
    const { run, requests } = world(ok);
    const result = await run([check({ consecutive: 4, intervalSeconds: 5, withinSeconds: 14 })]);
    expect(result.healthy).toBe(false);
    expect(result.reason).toContain('4 successes 5 s apart do not fit in 14 s');
    expect(requests).toEqual([]);
  });

  it('when there is no answer, with the reason of that', async () => {
    const { run } = world(new Error('connection refused'));
    const result = await run([check({ withinSeconds: 10 })]);
    expect(result.reason).toBe('1 of 1 failed: GET http://10.0.1.5/healthz → connection refused');
    expect(result.checks[0]?.latencyMs).toBeNull();
  });
});

describe('the checks of an instance', () => {
  it('run side by side', async () => {
    const { run, times, clock } = world({ latencyMs: 1000 });
    await run([check(), check({ url: 'http://{privateIp}:81/' })]);
    expect(times()).toEqual([0, 0, 5, 5, 10, 10]);
    expect(clock.now()).toBe(11_000);
  });

  it('end with the signal, in an answer or between two', async () => {
    for (const latencyMs of [1000, 4000]) {
      const { run, clock } = world({ latencyMs });
      const stop = new AbortController();
      void clock.sleep(2000).then(() => stop.abort(new Error('stopped')));
      await expect(run([check({ timeoutSeconds: 10 })], stop.signal)).rejects.toThrow('stopped');
      expect(clock.now()).toBe(2000);
    }
  });

  it('hand headers, timeout, body bound and trust in certificates on', async () => {
    const { run, requests } = world(ok);
    await run([check({ headers: { Host: 'shop.example' }, insecure: true, timeoutSeconds: 3 })]);
    expect(requests[0]).toMatchObject({
      url: 'http://10.0.1.5/healthz',
      headers: { Host: 'shop.example' },
      insecure: true,
      timeoutMs: 3000,
      maxBodyBytes: 65_536,
    });
  });
});

describe('the URL of a check', () => {
  it('has the names of the instance filled in', async () => {
    const { run, requests } = world(ok);
    await run([check({ url: 'https://{privateIp}/{instanceId}?{instanceId}' })]);
    expect(requests[0]?.url).toBe('https://10.0.1.5/i-1?i-1');
  });

  it.each([
    ['http://{publicIp}/', '{publicIp} cannot be filled in: i-1 has none'],
    ['http://{privateDnsName}/', '{privateDnsName} cannot be filled in: i-1 has none'],
    ['http://{ip}/', '{ip} is not known: there are {instanceId}, {privateIp}, {publicIp}, {privateDnsName}'],
    ['{privateIp}/healthz', 'is not a URL'],
    ['ftp://{privateIp}/', 'is neither http nor https'],
    ['http://169.254.169.254/latest/meta-data/', '169.254.169.254 is a link-local address: not asked'],
    ['http://0xa9fea9fe/', '169.254.169.254 is a link-local address: not asked'],
    ['http://[fd00:ec2::254]/', 'is a link-local address: not asked'],
    ['http://[::ffff:169.254.169.254]/', 'is a link-local address: not asked'],
    ['http://[64:ff9b::a9fe:a9fe]/', 'is a link-local address: not asked'],
    ['http://[64:ff9b:1::a9fe:a9fe]/', 'is a link-local address: not asked'],
    ['http://[2002:a9fe:a9fe::1]/', 'is a link-local address: not asked'],
    ['http://[::a9fe:a9fe]/', 'is a link-local address: not asked'],
    ['http://[::ffff:0:a9fe:a9fe]/', 'is a link-local address: not asked'],
  ])('%s is not asked', async (url, why) => {
    const { run, requests } = world(ok);
    const result = await run([check({ url })]);
    expect(result).toMatchObject({ healthy: false, checks: [{ url, attempts: 0, latencyMs: null }] });
    expect(result.reason).toContain(`not made: `);
    expect(result.reason).toContain(why);
    expect(requests).toEqual([]);
  });

  it.each([
    ['password', 'http://me:secret@{privateIp}/'],
    ['user', 'http://secret@{privateIp}/'],
    ['query', 'http://{privateIp}/healthz?token=secret'],
  ])('keeps its %s to itself', async (_name, url) => {
    const { run, requests } = world(sick);
    const result = await run([check({ url, withinSeconds: 10 })]);
    expect(requests[0]?.url).toContain('secret');
    expect(JSON.stringify(result)).not.toContain('secret');
  });
});

it('a result is short, however much is said: the state of an execution holds 256 KiB of everything', async () => {
  const clock = virtualClock(0);
  const httpGet = () => Promise.reject(new Error('x'.repeat(100_000)));
  const checks = Array.from({ length: 20 }, () => check({ withinSeconds: 5 }));
  const { signal } = new AbortController();
  const made = checkHealth({ checks, instance: { instanceId: 'i-1', privateIp: '10.0.1.5' }, httpGet, clock, signal });
  const result = await clock.run(made);
  expect(result.healthy).toBe(false);
  expect(result.reason.length).toBeLessThanOrEqual(2000);
  expect(JSON.stringify(result).length).toBeLessThan(20_000);
});
