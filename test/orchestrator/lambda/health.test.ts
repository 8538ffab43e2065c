import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../../src/orchestrator/engine/clock.ts';
import { healthHandler } from '../../../src/orchestrator/lambda/health.ts';
import { check } from '../health/checks.ts';

const instance = { instanceId: 'i-1', privateIp: '10.0.1.5', publicIp: '', privateDnsName: null };

function world(status: number) {
  const clock = virtualClock(0);
  let asked = 0;
  const handler = healthHandler({
    clock,
    httpGet: async () => {
      asked += 1;
      return { status, headers: {}, body: '', latencyMs: 3 };
    },
  });
  return { clock, asked: () => asked, handle: (event: unknown) => clock.run(handler(event)) };
}

describe('the health function', () => {
  it('makes the checks of an instance', async () => {
    const { handle, asked } = world(200);
    expect(await handle({ instance, checks: [check()] })).toMatchObject({ healthy: true, checks: [{ attempts: 3 }] });
    expect(asked()).toBe(3);
  });

  it('answers that an instance is unhealthy', async () => {
    const { handle } = world(500);
    const result = await handle({ instance, checks: [check({ withinSeconds: 10 })] });
    expect(result).toMatchObject({ healthy: false, reason: expect.stringContaining('→ 500 in 3 ms') });
  });

  it.each([
    [200, true],
    [500, false],
  ])('asks once when a look is wanted: %i → %s', async (status, healthy) => {
    const { handle, asked, clock } = world(status);
    expect(await handle({ instance, checks: [check()], once: true })).toMatchObject({ healthy });
    expect(asked()).toBe(1);
    expect(clock.now()).toBe(0);
  });

  it('finds an instance healthy of which nothing is asked', async () => {
    const { handle } = world(500);
    expect(await handle({ instance, checks: [] })).toEqual({
      healthy: true,
      reason: 'no health check is configured',
      checks: [],
    });
  });

  it.each([
    ['no instance', { checks: [] }],
    ['a check without a URL', { instance, checks: [{ ...check(), url: undefined }] }],
    ['a check without a pause between attempts', { instance, checks: [check({ intervalSeconds: 0 })] }],
  ])('refuses %s', async (_, event) => {
    const { handle, asked } = world(200);
    await expect(handle(event)).rejects.toThrow();
    expect(asked()).toBe(0);
  });
});
